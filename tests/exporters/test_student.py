"""A student does what its teacher does, says how near it comes, and is refused where it does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from typer.testing import CliRunner

from gazeaug.errors import InputError, RunError
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.refiner.network import Refiner, RefinerConfig
from gazeaug.training.loop import train
from gazeaug_cli.app import app
from gazeaug_exporters.student import distance, distil
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def teacher() -> Refiner:
    """Adds a fixed blur of tens of grey levels, and noise."""
    torch.manual_seed(0)
    network = Refiner(RefinerConfig(features=8, blocks=2, styles=1))
    torch.nn.init.normal_(network.last.weight, std=0.02)
    return network.eval()


def test_a_student_comes_near_its_teacher(tmp_path: Path, teacher: Refiner):
    source = write_eyes(tmp_path / "unityeyes.h5", 400)
    student = distil(teacher, source, features=6, blocks=1, steps=250, target=20)
    images = np.random.default_rng(5).integers(0, 256, (64, 16, 18), dtype=np.uint8)
    with torch.no_grad():
        far = float((teacher(scaled(to_NCHW(images))) - scaled(to_NCHW(images))).abs().mean()) * 127.5
    assert student.difference < far / 2
    assert distance(student.refiner, teacher, images) == pytest.approx(student.difference, rel=0.3)
    assert sum(w.numel() for w in student.refiner.parameters()) < sum(w.numel() for w in teacher.parameters()) / 3
    assert "6 features, 1 blocks" in str(student)


def test_a_student_that_stays_away_is_refused(tmp_path: Path, teacher: Refiner):
    with pytest.raises(RunError, match=r"stays [\d.]+ grey levels from its teacher, 0.01 are allowed"):
        distil(teacher, write_eyes(tmp_path / "unityeyes.h5", 100), steps=2, target=0.01)


def test_the_command_writes_it_beside_the_refiner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    write_eyes(tmp_path / "unityeyes.h5", 100), write_eyes(tmp_path / "real.h5", 100, seed=1)
    run = train(**{**TINY, "steps": 3, "synthetic": "unityeyes.h5", "real": "real.h5"})
    monkeypatch.setattr(distil, "__kwdefaults__", {**distil.__kwdefaults__, "steps": 20})
    said = CliRunner().invoke(app, ["export", "--onnx", "--student"])
    assert said.exit_code == 0, said.output
    assert "only where --model names it" in said.stdout
    path = Path(run) / "refiner.student.onnx"
    metadata = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert "grey levels from its teacher" in metadata["gazeaug.student"]
    assert not (Path(run) / "refiner.onnx").exists()
    (tmp_path / "unityeyes.h5").unlink()
    said = CliRunner().invoke(app, ["export", "--onnx", "--student", "--overwrite"])
    assert said.exit_code == 2
    assert "name some by --synthetic" in said.stderr
    with pytest.raises(InputError, match="no such file"):
        distil(Refiner(RefinerConfig(features=4)), tmp_path / "unityeyes.h5")
