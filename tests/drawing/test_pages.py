"""Pages: names and labels stay text wherever they stand, ids are unique, and the same page is the same file."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.drawing.sheets import Column, contact_sheet
from gazeaug.effort import Effort
from gazeaug.evaluation.intervals import Estimate
from gazeaug.evaluation.page import write_evaluation_page
from gazeaug.evaluation.realism import REAL_HALVES, Likeness, Looks, Realism
from gazeaug.evaluation.realism_page import write_realism_page
from gazeaug.evaluation.results import Evaluation
from gazeaug.evaluation.scores import DEGREES, Score
from gazeaug.evaluation.turing import write_turing_page
from gazeaug.experiments import page as experiments
from gazeaug.experiments.questions import EXPERIMENTS, LOOKED_AT, Result
from gazeaug.runs.report import write_report

NAME = '<b id="evil">\'&<!--<script>'  # of a file or a folder
LABEL = NAME + "</script>"
HALF = Estimate(0.5, 0.4, 0.6)
EFFORT = Effort(date="2026-11-27", seconds=3.0, hardware=LABEL, version=LABEL)


def report(folder: Path) -> Path:
    run = folder / NAME
    (run / "grids").mkdir(parents=True)
    flat = np.full((2, 5, 7), 60, np.uint8)
    contact_sheet([Column(title, flat) for title in ("synthetic", "refined", "real")]).save(
        run / "grids" / "000002.png"
    )
    (run / "config.json").write_text(json.dumps({"config": {"real": LABEL, LABEL: {LABEL: [LABEL]}}}))
    (run / "metrics.jsonl").write_text('{"step": 1, "change": 2.0, "sharpness": 1.0, "contrast": 0.5}\n')
    return write_report(run, folder / "page.html")


def evaluation(folder: Path) -> Path:
    score = Score(
        name=LABEL,
        n_images=10,
        is_largest=True,
        seed_spread=None,
        constant=9.0,
        offset=(1, 2),
        mean=HALF,
        median=HALF,
        within=HALF,
        without_offset=1.0,
        cumulative=[0.5] * len(DEGREES),
        by_group={LABEL: 1.0},
    )
    facts = {"options": {"test": NAME, "seeds": 1}, "estimator": {"estimator": LABEL}, "n_test": 10, LABEL: LABEL}
    scores = [score, dataclasses.replace(score, n_images=20)]
    return write_evaluation_page(Evaluation(scores, [LABEL], facts, EFFORT), folder / "page.html")


def eyes(folder: Path, kind: str) -> Path:
    path = folder / (NAME + kind)
    with h5py.File(path, "w") as file:
        file["image"] = np.arange(60, dtype=np.uint8)[:, None, None].repeat(16, 1).repeat(18, 2)
    return path


def realism(folder: Path) -> Path:
    looks = Looks(sharpness=HALF, contrast=HALF, noise=HALF, spectrum=[(0.1, 2.0), (0.5, 1.0)])
    likeness = Likeness(told_apart=HALF, distance=HALF, spectrum_decibels=1.0, lattice=0.0)
    found = Realism(
        looks={LABEL: looks, "real": looks},
        likeness={"refined": likeness, REAL_HALVES: likeness, LABEL: likeness},
        facts={"pictures": {LABEL: 60}, LABEL: LABEL},
    )
    return write_realism_page(found, [eyes(folder, kind) for kind in ("refined", "real")], folder / "page.html")


def turing(folder: Path) -> Path:
    return write_turing_page(*(eyes(folder, kind) for kind in ("refined", "real")), folder / "page.html")


def five_experiments(folder: Path) -> Path:
    looks = dict.fromkeys(LOOKED_AT, 0.5)
    runs = [Result(run="r", value=i, milliseconds=1.0, looks=looks, error=7.0 - i) for i in (1, 2)]
    evil = dataclasses.replace(EXPERIMENTS[1], title=LABEL, question=LABEL, axis=LABEL, answer=lambda _: (True, LABEL))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(experiments, "EXPERIMENTS", dict.fromkeys(EXPERIMENTS, evil))
        return experiments.write_experiments_page(dict.fromkeys(EXPERIMENTS, runs), folder / "page.html")


class Seen(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


PAGES = {"report": report, "evaluation": evaluation, "realism": realism, "turing": turing, "five": five_experiments}


@pytest.mark.parametrize("make", PAGES.values(), ids=PAGES)
def test_names_and_labels_stay_text(make: Callable[[Path], Path], tmp_path: Path) -> None:
    page = make(tmp_path).read_text("utf-8")
    seen = Seen(page)
    assert any(NAME in text for text in seen.text)
    assert "b" not in seen.tags
    assert len(seen.ids) == len(set(seen.ids))
    assert seen.tags.count("script") == page.count("</script>") == (1 if make in (report, turing) else 0)
    # Neither elsewhere, nor in attributes and scripts, where the parser does not look.
    assert not re.search(r"<b |<!--", page)


def test_a_script_gets_the_names_as_they_are(tmp_path: Path) -> None:
    trial = re.search(r"const trial = (\{.*\});", turing(tmp_path).read_text("utf-8"))
    assert json.loads(trial[1])["files"] == [NAME + "refined", NAME + "real"]


@pytest.mark.parametrize("make", PAGES.values(), ids=PAGES)
def test_the_same_page_is_the_same_file(make: Callable[[Path], Path], tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    first, second = (make(folder).read_bytes() for folder in folders)
    assert first == second
