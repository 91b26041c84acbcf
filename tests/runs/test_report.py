"""The report of a run: self-contained, escaped, and honest about what is missing."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gazeaug.drawing.pictures import pictures_of
from gazeaug.effort import Effort
from gazeaug.errors import InputError
from gazeaug.runs.folder import CONFIG
from gazeaug.runs.report import write_report
from gazeaug.training.loop import train
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes
from tests.makers.pages import Structure
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    pair = {name: str(write_eyes(folder / f"{name}.h5", 40, seed=i)) for i, name in enumerate(("synthetic", "real"))}
    return train(**pair, **TINY, steps=6, validation_interval=2, checkpoint_interval=2, run_dir=folder / "a<b>run")


def test_the_page_is_whole_and_loads_nothing(run):
    page = write_report(run).read_text("utf-8")
    structure = Structure(page)
    assert not structure.open
    assert structure.loads
    assert all(load.startswith("data:image/png;base64,") for load in structure.loads)
    assert not re.search(r"https?://", page)


def test_it_shows_figures_curves_pictures_diagnosis_and_settings(run):
    page = write_report(run).read_text("utf-8")
    for title in ("Score", "Movement of the iris", "Self-regularisation loss", "Accuracy of the discriminator"):
        assert f"<h3>{title}</h3>" in page
    for name in ("Distance to the real eyes closed", "Real eyes reached", "Movement of the iris"):
        assert f"<h2>{name}</h2>" in page
    grids = json.loads(re.search(r"const grids = (.*);", page)[1])
    assert [step for step, _ in grids] == [2, 4, 6]
    assert "<strong>Few real eyes.</strong>" in page
    assert "<td>batch size</td><td>4</td>" in page


def test_pictures_stand_in_their_own_pixels(run):
    """The browser enlarges them, by whole pixels."""
    page = write_report(run).read_text("utf-8")
    with Image.open(run / "grids" / "0000006.png") as sheet:
        *_, real = pictures_of(sheet, 3)
    sources = re.findall(r'data-column="2"[^>]*src="data:image/png;base64,([^"]*)"', page)[: len(real)]
    shown = [np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))) for source in sources]
    np.testing.assert_array_equal(shown, real)


def test_wall_time_and_hardware_are_those_of_the_training(run):
    effort = Effort(**json.loads((run / "state.json").read_text())["effort"])
    assert effort.seconds > 0
    page = write_report(run).read_text("utf-8")
    assert f"wall time of the training steps {effort.duration} " in page
    assert effort.hardware in page
    assert f'<time datetime="{effort.date}">{effort.day}</time>' in page


def test_a_run_of_an_earlier_version_still_has_its_page(run, tmp_path):
    """It kept neither its effort nor what it was refined towards, and measured less."""
    old = shutil.copytree(run, tmp_path / "old")
    lines = [json.loads(line) for line in (old / "metrics.jsonl").read_text().splitlines()]
    new = {"reached", "redrawn", "lattice", "beyond_dark", "beyond_light"}
    kept = [{name: value for name, value in line.items() if name not in new} for line in lines]
    (old / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))
    (old / "verdict.json").unlink()
    for name, outer, inner in (("state.json", None, "effort"), ("config.json", "domains", "target")):
        content = json.loads((old / name).read_text())
        del (content if outer is None else content[outer])[inner]
        (old / name).write_text(json.dumps({**content, "complete": False} if outer is None else content))
    page = write_report(old).read_text("utf-8")
    assert "date, wall time and hardware were not recorded" in page
    assert "Not measured by the version of gazeaug that trained this run." in page
    assert "<figcaption>Target</figcaption>" in page


def test_names_are_escaped(run):
    page = write_report(run).read_text("utf-8")
    assert "a&lt;b&gt;run" in page
    assert "a<b>run" not in page


def test_a_run_without_grids_or_checkpoint_says_so(run, tmp_path):
    (tmp_path / CONFIG).write_text((run / CONFIG).read_text())
    page = write_report(tmp_path).read_text("utf-8")
    assert "No checkpoint yet." in page
    assert "No sample grid yet." in page
    assert "No line yet." in page


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a training run"):
        write_report(tmp_path)


def test_an_existing_output_is_kept(run, tmp_path):
    output = tmp_path / "page.html"
    output.write_text("mine")
    refused = CliRunner().invoke(app, ["report", str(run), "-o", str(output)])
    assert refused.exit_code == 2
    assert output.read_text() == "mine"
    assert CliRunner().invoke(app, ["report", str(run), "-o", str(output), "--overwrite"]).exit_code == 0
