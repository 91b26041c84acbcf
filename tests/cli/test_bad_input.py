"""Bad input: one sentence on stderr, exit 2, no traceback, nothing written, an existing output unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug_cli.app import app
from tests.makers import models
from tests.makers.eye_files import write_eyes
from tests.makers.folders import contents

DETAILS = "unityeyes.h5 -m refiner.onnx"
Damage = Callable[[Path], object]


def replace(path: str, name: str, data: object) -> Damage:
    def change(folder: Path) -> None:
        with h5py.File(folder / path, "a") as file:
            if name in file:
                del file[name]
            if data is not None:
                file[name] = data

    return change


def with_nan(folder: Path) -> None:
    with h5py.File(folder / "unityeyes.h5", "a") as file:
        file["look_vec"][[7, 99]] = np.full((2, 4), np.nan)


def kaggle_without_join(folder: Path) -> None:
    with h5py.File(folder / "unityeyes.h5", "w") as file:
        for i in range(5):
            file[f"image/{i}"] = np.zeros((16, 18), "u1")
        file["look_vec"] = np.zeros((5, 3))
        file["path"] = [f"other{i}.jpg" for i in range(5)]


def external_link(folder: Path) -> None:
    write_eyes(folder / "secret.h5")
    replace("unityeyes.h5", "image", h5py.ExternalLink("secret.h5", "/image"))(folder)


def soft_link_out(folder: Path) -> None:
    write_eyes(folder / "secret.h5")
    replace("unityeyes.h5", "far", h5py.ExternalLink("secret.h5", "/"))(folder)
    replace("unityeyes.h5", "image", h5py.SoftLink("/far/image"))(folder)


def truncate(folder: Path) -> None:
    os.truncate(folder / "unityeyes.h5", 20_000)


def write(name: str, content: bytes) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return damage


def other_model(make: Callable[..., Path], **sizes: int) -> Damage:
    return lambda folder: make(folder / "refiner.onnx", **sizes)


REFINE_CASES: dict[str, tuple[Damage | None, str, list[str]]] = {
    "file missing": (None, "none.h5 -m refiner.onnx", ["none.h5", "expected an HDF5 file", "no such file"]),
    "a folder": (lambda f: (f / "d").mkdir(), "d -m refiner.onnx", ["d: expected an HDF5 file", "found a folder"]),
    "empty": (write("unityeyes.h5", b""), DETAILS, ["unityeyes.h5", "expected an HDF5 file", "empty file"]),
    "a JPEG": (write("unityeyes.h5", b"\xff\xd8\xff\xe0JFIF"), DETAILS, ["expected an HDF5 file", "JPEG"]),
    "truncated": (truncate, DETAILS, ["unityeyes.h5", "expected an HDF5 file", "truncated"]),
    "no image": (replace("unityeyes.h5", "image", None), DETAILS, ["dataset or group 'image'", "look_vec"]),
    "float outside": (
        replace("unityeyes.h5", "image", np.full((150, 16, 18), 300.0)),
        DETAILS,
        ["'image'", "expected pixels 0..255 or 0..1", "300"],
    ),
    "N differs": (
        replace("unityeyes.h5", "head_pose", np.zeros((149, 3))),
        DETAILS,
        ["'head_pose'", "150 rows", "(149, 3)"],
    ),
    "NaN in look_vec": (with_nan, DETAILS, ["'look_vec'", "finite", "rows 7, 99"]),
    "look_vec of 2 columns": (
        replace("unityeyes.h5", "look_vec", np.zeros((150, 2))),
        DETAILS,
        ["'look_vec'", "(N, 3) or (N, 4)", "(150, 2)"],
    ),
    "label not there": (None, DETAILS + " --labels gaze", ["no label 'gaze'", "head/pose, iris_2d, look_vec, path"]),
    "keys do not join": (
        kaggle_without_join,
        DETAILS,
        ["keys '0', '1', '2'", "paths 'other0.jpg', 'other1.jpg', 'other2.jpg'"],
    ),
    "external link": (external_link, DETAILS, ["link 'image'", "secret.h5:/image"]),
    "soft link that leaves": (soft_link_out, DETAILS, ["link", "secret.h5"]),
    "model missing": (None, "unityeyes.h5 -m none.onnx", ["none.onnx", "expected an ONNX model", "no such file"]),
    "no run exported": (write("runs/first/state.json", b"{}"), "unityeyes.h5", ["runs", "gazeaug export --onnx"]),
    "no run, and the ready refiner of another size": (
        None,
        "unityeyes.h5",
        ["the ready refiner", "35 x 55", "--resize"],
    ),
    "model not ONNX": (write("refiner.onnx", b"not a model"), DETAILS, ["refiner.onnx", "expected an ONNX model"]),
    "model of another signature": (
        other_model(models.classifier),
        DETAILS,
        ["expected one input and one output", "uint8 [batch, H, W]", "found tensor(float) ['batch', 4]"],
    ),
    "size mismatch": (other_model(models.inverting, height=35), DETAILS, ["16 x 18 grey", "35 x 18 grey", "--resize"]),
    "channel mismatch": (
        other_model(models.inverting_float, channels=3),
        DETAILS,
        ["16 x 18 grey", "16 x 18 RGB"],
    ),
    "output exists": (write("o.h5", b"precious"), DETAILS + " -o o.h5", ["o.h5: exists already", "--overwrite"]),
    "output is input": (None, DETAILS + " -o unityeyes.h5 --overwrite", ["unityeyes.h5", "also the input"]),
    "output is a folder": (lambda f: (f / "d").mkdir(), DETAILS + " -o d", ["d: expected the name of a file"]),
    "output folder missing": (None, DETAILS + " -o none/o.h5", ["none/o.h5", "none does not exist"]),
    "cuda without CUDA": (None, DETAILS + " --device cuda", ["--device cuda", "driver", "gazeaug doctor"]),
    "no such device": (
        None,
        DETAILS + " --device tpu",
        ["one of auto, cpu, cuda, cuda:N, openvino", "'tpu'"],
    ),
    "batch size 0": (None, DETAILS + " --batch-size 0", ["--batch-size must be at least 1, got 0"]),
    "limit -1": (None, DETAILS + " --rows -1", ["--rows must be at least 1, got -1"]),
    "compression": (None, DETAILS + " --compression zip", ["compression must be one of none, lzf", "'zip'"]),
}


def assert_refused(folder: Path, line: str, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with everything in it, exit 2, and the folder as it was."""
    monkeypatch.chdir(folder)
    before = contents(folder)
    result = CliRunner().invoke(app, line.split())
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.output
    for part in said:
        assert part in result.stderr
    assert contents(folder) == before


@pytest.mark.parametrize("case", REFINE_CASES)
def test_refine_dataset_refuses(
    case: str, eyes_path: Path, model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage, arguments, said = REFINE_CASES[case]
    if case.startswith("cuda") and Path("/dev/nvidia0").exists():
        pytest.skip("this machine has a GPU")
    if damage is not None:
        damage(tmp_path)
    assert_refused(tmp_path, f"refine-dataset {arguments}", said, monkeypatch)


def test_a_disk_without_room(
    eyes_path: Path, model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    said = ["unityeyes.refined.h5", "bytes", "1,000 are free"]
    assert_refused(tmp_path, f"refine-dataset {DETAILS}", said, monkeypatch)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_an_output_folder_that_is_not_writable(
    eyes_path: Path, model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert_refused(tmp_path, f"refine-dataset {DETAILS} -o locked/o.h5", ["locked is not writable"], monkeypatch)


def test_the_installed_command_says_the_same_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gazeaug_cli", "refine-dataset", str(tmp_path / "none.h5")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == f"error: {tmp_path}/none.h5: expected an HDF5 file of eyes, but there is no such file.\n"


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gazeaug_cli", "refine-dataset", str(tmp_path / "none.h5"), "--debug"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "Traceback" in result.stderr
