"""What a job makes, by the real commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gazeaug_cli.catalogue import Catalogue
from gazeaug_studio.job_outputs import output_of, with_run_dir
from gazeaug_studio.workspace import Workspace

MADE = [
    ("refine-dataset", {"inputs": ["data/eyes.h5"]}, "data/eyes.refined.h5"),
    ("refine-dataset", {"inputs": ["a.h5", "b.h5"]}, None),
    ("refine-dataset", {"inputs": ["a.h5", "b.h5"], "output": "both.h5"}, "both.h5"),
    ("train", {"run_dir": "runs/first"}, "runs/first"),
    ("export", {"run_dir": "runs/first"}, "runs/first/refiner.onnx"),
    ("export", {"run_dir": "runs/first", "output": "x.onnx"}, "x.onnx"),
    ("report", {"run": "runs/first"}, "runs/first/report.html"),
    ("sample-data", {"folder": "sample"}, "sample"),
    ("realism", {"refined": "a.h5", "real": "b.h5"}, "realism.html"),
    ("prepare eyes", {"path": "a.h5", "output": "./sub/../b.h5"}, "b.h5"),
    ("split", {"path": "a.h5", "output": ["a.h5=0.5", "b.h5=0.5"]}, None),
    ("doctor", {}, None),
]


@pytest.mark.parametrize(("command", "given", "name"), MADE)
def test_what_a_command_makes(tmp_path: Path, command: str, given: dict[str, Any], name: str | None) -> None:
    assert output_of(command, given, Catalogue(), Workspace.at(tmp_path)) == name


def test_only_a_new_training_is_given_a_folder(tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path)
    first = with_run_dir("train", {"steps": 3}, workspace)
    assert set(first) == {"steps", "run_dir"}
    (tmp_path / first["run_dir"]).mkdir(parents=True)
    assert with_run_dir("train", {}, workspace)["run_dir"] != first["run_dir"]
    for given in ({"run_dir": "a"}, {"resume": True}, {"list_recipes": True}, {"dry_run": True}):
        assert with_run_dir("train", given, workspace) == given
    assert with_run_dir("export", {}, workspace) == {}
