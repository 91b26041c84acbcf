"""The report of a run: self-contained, escaped, and honest about what is missing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.runs.folder import CONFIG
from gazeaug.runs.report import MOST_POINTS, thinned, write_report
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


def test_it_shows_curves_grids_diagnosis_and_settings(run):
    page = write_report(run).read_text("utf-8")
    for title in ("Score", "Drift of the iris", "Losses of the refiner", "Accuracy of the discriminator"):
        assert f"<h3>{title}</h3>" in page
    assert len(json.loads(re.search(r"const grids = (.*);", page)[1])) == 3
    assert "few real eyes" in page
    assert "<td>batch_size</td><td>4</td>" in page


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


def test_a_long_line_is_thinned_and_keeps_its_end():
    points = [(float(step), 1.0) for step in range(10_000)]
    assert len(thinned(points)) <= MOST_POINTS
    assert thinned(points)[-1] == points[-1]
    assert thinned([(1.0, float("nan")), (2.0, 3.0)]) == [(2.0, 3.0)]
