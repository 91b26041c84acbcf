"""What `train` says of a pair: its own words, once for the same files, and no process left behind."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gazeaug_studio import pair_check
from tests.makers.eye_files import write_eyes


@pytest.fixture
def pair(folder: Path) -> dict[str, str]:
    return {name: write_eyes(folder / f"{name}.h5", 40, seed=i).name for i, name in enumerate(("synthetic", "real"))}


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Those that a check has started."""
    started, original = [], pair_check.subprocess.Popen

    def counted(words: Sequence[str], **options: Any) -> Any:
        started.append(original(words, **options))
        return started[-1]

    monkeypatch.setattr(pair_check.subprocess, "Popen", counted)
    return started


def test_the_words_are_those_of_train_and_are_asked_once(studio, folder, pair, processes):
    found = studio.get("/api/pair", **pair).json
    assert (found["sentence"], [one["name"] for one in found["findings"]]) == (None, ["few real eyes"])
    assert found["sets"][0].startswith("synthetic: 40 pictures")
    assert found["line"] == "gazeaug train --dry-run --synthetic synthetic.h5 --real real.h5"
    assert studio.get("/api/pair", **pair).json == found
    assert len(processes) == 1
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == [
        "real.h5",
        "synthetic.h5",
    ]
    write_eyes(folder / "real.h5", 4, seed=2)  # another file of that name
    few = studio.get("/api/pair", **pair).json
    assert "less than half a batch" in few["sentence"]
    assert len(processes) == 2


def test_a_file_that_is_no_eye_file_is_refused_in_trains_sentence(studio, folder, pair):
    (folder / "real.h5").write_text("no eyes")
    answer = studio.get("/api/pair", **pair)
    assert answer.status == 200
    assert answer.json["sentence"].startswith("real.h5: ")


@pytest.mark.parametrize(("name", "status"), [("", 400), ("missing.h5", 404), ("../real.h5", 403)])
def test_names_stay_in_the_folder(studio, pair, processes, name, status):
    assert studio.get("/api/pair", **(pair | {"real": name})).status == status
    assert processes == []


def test_a_check_that_takes_too_long_is_ended(studio, pair, processes, monkeypatch):
    monkeypatch.setattr(pair_check, "LONGEST_S", 0.1)
    answer = studio.get("/api/pair", **pair)
    assert (answer.status, list(answer.json)) == (504, ["error"])
    assert processes[0].returncode == -signal.SIGKILL


def test_recipes_say_what_they_change(studio):
    found = {recipe["name"]: recipe for recipe in studio.get("/api/recipes").json["recipes"]}
    assert found["best"]["options"] == [{"name": "steps", "flag": "--steps", "value": 6000, "text": "6000"}]
    assert json.dumps(found["paper"]).count("--") > 20
