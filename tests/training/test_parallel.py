"""Two processes train as one does at the same batch size."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gazeaug.errors import InputError
from gazeaug.refiner.network import Refiner
from gazeaug.runs.checkpoints import load_refiner
from gazeaug.runs.folder import METRICS, read_lines, read_state
from gazeaug.training.loop import train
from tests.conftest import TINY, write_eyes

STEPS, N_EXACT = 25, 5
OPTIONS = "--batch-size 8 --features 4 --blocks 1 --discriminator-width 0.1 --buffer-size 10 --device cpu --k-g 2 "
OPTIONS += f"--camera-steps 3 --precision fp32 --no-tensorboard --log-interval 1 --watch-interval 10 --steps {STEPS}"

# Plain SGD, whose steps show a gradient's size: a sum over the wrong number of pictures would not pass.
SUMMED = [
    "--regularisation",
    "sum",
    "--lambda",
    "1e-4",
    "--optimizer",
    "sgd",
    "--learning-rate",
    "0.02",
    "--no-camera",
    "--fold",
    "1",
]
SUMMED += ["--no-standardise", "--discriminator-rate", "1", "--appearance", "0.02"]


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    paths = [write_eyes(tmp_path / name, 40, seed=i) for i, name in enumerate(("unityeyes.h5", "real.h5"))]
    return ["--synthetic", str(paths[0]), "--real", str(paths[1])]


def gazeaug_train(n_processes: int, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    alone = [sys.executable, "-m"]
    launch = [*alone, "torch.distributed.run", "--standalone", f"--nproc-per-node={n_processes}", "-m"]
    line = [*(launch if n_processes > 1 else alone), "gazeaug_cli", "train", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(line, capture_output=True, text=True, env=environment, timeout=300)


def refiner_of(run: Path) -> Refiner:
    return load_refiner(run / read_state(run)["checkpoint"])[0]


@pytest.mark.parametrize("settings", [["--lambda", "1"], SUMMED, ["--augmentation"]])
def test_two_processes_follow_one(tmp_path, pair, settings):
    lines = {}
    for n_processes in (1, 2):
        run = tmp_path / f"run{n_processes}"
        done = gazeaug_train(n_processes, [*OPTIONS.split(), *pair, *settings, "--run-dir", str(run)])
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("trained: ") == 1
        lines[n_processes] = read_lines(run / METRICS)
    assert len(lines[1]) == len(lines[2]) == STEPS
    for step, (one, two) in enumerate(zip(lines[1], lines[2], strict=True), start=1):
        # Equal but for the order of summation, until rounding pushes a pixel over a kink of the absolute difference.
        names = ("self_regularisation", "appearance", "adversarial", "discriminator_real", "discriminator_refined")
        for name in names[0 if step <= N_EXACT else 2 :]:
            assert two[name] == pytest.approx(one[name], rel=1e-4 if step <= N_EXACT else 1e-3), (step, name)
    first, second = (refiner_of(tmp_path / f"run{n}") for n in (1, 2))
    assert (first.first.weight - second.first.weight).abs().max() < 1e-3


def test_two_processes_resume(tmp_path, pair):
    run = tmp_path / "run"
    assert gazeaug_train(2, [*OPTIONS.split(), *pair, "--run-dir", str(run)]).returncode == 0
    done = gazeaug_train(2, ["--resume", "--run-dir", str(run), "--steps", str(STEPS + 5)])
    assert done.returncode == 0, done.stderr
    assert [line["step"] for line in read_lines(run / METRICS)] == list(range(1, STEPS + 6))


def test_a_batch_that_cannot_be_shared_out_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    paths = [str(write_eyes(tmp_path / name, 20)) for name in ("a.h5", "b.h5")]
    with pytest.raises(InputError, match="multiple of 6 for 3 of them, got 4"):
        train(synthetic=paths[0], real=paths[1], **TINY, run_dir=tmp_path / "run")


def test_sample_data_is_not_made_by_several_processes_at_once(tmp_path, monkeypatch):
    from gazeaug.training.data import find_training_data

    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="gazeaug sample-data first"):
        find_training_data(None, None, announce=print)
