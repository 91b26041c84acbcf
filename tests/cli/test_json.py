"""--json prints one JSON document and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gazeaug_cli.app import app
from gazeaug_cli.endings import finite
from tests.makers.eye_files import write_eyes


def parsed(*words: object) -> Any:
    said = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert said.exit_code == 0, said.stderr
    return json.loads(said.stdout)


@pytest.fixture
def refined(eyes_path: Path, model_path: Path) -> Path:
    parsed("refine-dataset", eyes_path, "-m", model_path, "--labels", "look_vec")
    return eyes_path.with_name("unityeyes.refined.h5")


def test_inspect(eyes_path: Path) -> None:
    found = parsed("inspect", eyes_path)
    assert (found["path"], found["n_images"], len(found["image_shape"])) == (str(eyes_path), 150, 2)
    assert found["labels"]["look_vec"]["dtype"] == "float32"
    assert found["grey"].keys() == {"mean", "deviation", "lowest", "highest"}
    assert found.keys() >= {"layout", "gaze", "doubts", "pitch", "yaw", "provenance", "n_flat", "flat_rows"}


def test_refine_dataset_gives_a_list_whatever_the_number_of_inputs(tmp_path: Path, model_path: Path) -> None:
    paths = [write_eyes(tmp_path / name, 150) for name in ("a.h5", "b.h5")]
    options = ["-m", model_path, "--labels", "look_vec"]
    (one,) = parsed("refine-dataset", paths[0], *options, "--check-drift", "2")
    assert (one["output"], one["n_images"], one["is_whole"]) == (str(tmp_path / "a.refined.h5"), 150, True)
    assert one["drift"].keys() == {"limit", "gap", "n", "mean", "p99", "above"}
    assert [report["n_images"] for report in parsed("refine-dataset", *paths, *options, "--overwrite")] == [150, 150]


def test_verify(refined: Path, eyes_path: Path) -> None:
    found = parsed("verify", refined, "--against", eyes_path)
    assert found == {
        "path": str(refined),
        "n_images": 150,
        "n_units": 1,
        "labels": ["look_vec"],
        "moved": [],
        "model": None,
    }


def test_doctor() -> None:
    found = parsed("doctor")
    assert found["facts"].keys() >= {"gazeaug", "OS", "CPU", "RAM", "GPU", "Python", "torch", "extras", "free disk"}
    assert all(one.keys() == {"text", "remedy"} for one in found["findings"])
    assert found["is_cuda_broken"] is False


def test_errors_are_as_ever(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["inspect", str(tmp_path / "none.h5"), "--json"])
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.startswith("error: ")


def test_what_is_no_number_is_null() -> None:
    assert finite({"a": [1.0, float("nan")], "b": (float("inf"),)}) == {"a": [1.0, None], "b": [None]}
