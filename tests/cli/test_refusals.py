"""Outputs are refused before work: names of other kinds, files that are there; and what a line cannot mean."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gazeaug.samples.sets import make_sample_data
from gazeaug_cli.app import app
from tests.cli.test_help import EXAMPLES
from tests.makers.folders import contents

KEPT = "kept"  # what a file holds that may not be replaced

NAMES = [
    "split unityeyes.h5 -o a.h5=0.5 -o b.zip=0.5",
    "mix unityeyes.h5 real_truth.h5 -o mixed.png",
    "match unityeyes.h5 --target real_truth.h5 -o matched.onnx",
    "prepare eyes unityeyes.h5 -o out.npz",
    "refine-dataset unityeyes.h5 -m refiner.onnx --resize -o out.png",
    "convert unityeyes.h5 --to kaggle -o out.zip",
    "convert unityeyes.h5 --to npz -o out.h5",
    "turing unityeyes.h5 real.h5 --force -o page.h5",
    "realism unityeyes.h5 real.h5 --force -o page.png",
    "inspect unityeyes.h5 --grid grid.h5",
    "convert unityeyes.h5 --to folder -o crops.png",
    "evaluate --train unityeyes.h5 --test real_truth.h5 -o evaluation.h5",
    "experiments -o runs.zip",
    "train --run-dir run.onnx",
    "demo demo.h5",
    "sample-data eyes.h5",
]
FILES = {
    "split unityeyes.h5 -o a.h5=0.5 -o b.h5=0.5": "b.h5",
    "mix unityeyes.h5 real_truth.h5 -o mixed.h5": "mixed.h5",
    "match unityeyes.h5 --target real_truth.h5 -o matched.h5": "matched.h5",
    "prepare eyes unityeyes.h5 -o out.h5": "out.h5",
    "refine-dataset unityeyes.h5 -m refiner.onnx --resize": "unityeyes.refined.h5",
    "convert unityeyes.h5 --to npz -o out.npz": "out.npz",
    "turing unityeyes.h5 real.h5 --force": "turing.html",
    "realism unityeyes.h5 real.h5 --force": "realism.html",
    "inspect unityeyes.h5 --grid grid.png": "grid.png",
    "drift unityeyes.h5 real.h5 --force --grid grid.png": "grid.png",
    "prepare eyes unityeyes.h5 -o new.h5": "new.h5.rejected.csv",
    "refine-dataset unityeyes.h5 -m refiner.onnx --resize -o new.h5": "new.h5.rejected.csv",
    "evaluate --train unityeyes.h5 --test real_truth.h5 -o .": "curves.png",
    "experiments --rows 96 -o .": "experiments.html",
    "sample-data .": "real.h5",
    "demo .": "eyes.png",
}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    make_sample_data(folder, rows=96)
    return folder


@pytest.fixture
def folder(samples: Path, tmp_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with sample data and a model."""
    for path in samples.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(folder: Path, line: str) -> str:
    """The sentence; nothing else may have happened."""
    before = contents(folder)
    result: Any = CliRunner().invoke(app, line.split())
    assert (result.exit_code, result.stdout) == (2, ""), (result.output, result.exception)
    assert contents(folder) == before
    return str(result.stderr)


@pytest.mark.parametrize("line", NAMES)
def test_an_output_with_the_name_of_another_kind(folder: Path, line: str) -> None:
    said = refused(folder, line)
    assert "give a name such as" in said or "ends in .png" in said, said


@pytest.mark.parametrize(("line", "name"), FILES.items())
def test_nothing_is_replaced_without_overwrite(folder: Path, line: str, name: str) -> None:
    if not (folder / name).exists():
        (folder / name).write_text(KEPT)
    said = refused(folder, line)
    assert "exists already; give --overwrite to replace it" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("split unityeyes.h5 -o a.h5=0.8 -o b.h5=0.8", "the shares 0.8, 0.8 sum to 1.6; they must sum to 1 or less."),
        ("refine-dataset unityeyes.h5 --resize 35x55", "35x55: --resize takes no size"),
        ("refine-dataset unityeyes.h5 -m refiner.onnx --device gpu", "--device must be one of auto, cpu, cuda, cuda:N"),
        ("prepare utmultiview nothing -o o.h5 --size 2x2", "--size must be at least 16x16, got 2x2."),
        ("realism unityeyes.h5 real.h5 --force --device gpu", "--device must be one of auto, cpu, cuda, cuda:N"),
    ],
)
def test_what_a_line_cannot_mean(folder: Path, line: str, said: str) -> None:
    assert said in refused(folder, line)


@pytest.mark.parametrize("line", [line for name, line in EXAMPLES if name in ("mix", "sample-data")])
def test_the_examples_work_on_the_sample_data(folder: Path, line: str) -> None:
    result = CliRunner().invoke(app, shlex.split(line.replace("--rows 2000", "--rows 50"))[1:])
    assert result.exit_code == 0, result.output


def test_export_needs_no_format(folder: Path) -> None:
    assert "runs: no training run is there" in refused(folder, "export")
