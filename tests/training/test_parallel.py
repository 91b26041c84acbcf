"""Two processes train as one does at the same batch size."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from gazeaug.errors import InputError
from gazeaug.refiner.network import Refiner
from gazeaug.runs.checkpoints import load_checkpoint, load_refiner
from gazeaug.runs.folder import METRICS, read_lines, read_state
from gazeaug.samples.renderer import render_eyes
from gazeaug.training.loop import train
from tests.makers.eye_files import HEIGHT, WIDTH, write_eyes
from tests.makers.processes import finished
from tests.makers.runs import TINY

STEPS, N_EXACT = 25, 5
# The appearance's distance is a difference, 2 a - b - c of terms that are 5 to 10 here and may cancel to 0.01: single
# precision (1.2e-7) holds the terms, and with them the difference to a few times 20 x 1.2e-7, however small it is.
# The drawing starts as the input itself: what it differs by after a few steps is a difference of numbers of up to 1.
ROUNDING = {"appearance": 1e-5, "self_regularisation": 2e-6}
OPTIONS = "--batch-size 8 --features 4 --blocks 1 --discriminator-width 0.1 --buffer-size 10 --device cpu --k-g 2 "
OPTIONS += "--gaze-guard 0 --camera-steps 3 --precision fp32 --no-tensorboard --log-interval 1 --validation-interval 10"

# Plain SGD, whose steps show a gradient's size: a sum over the wrong number of pictures would not pass. Adam's first
# steps show its sign alone, which the order of summation decides where it is next to nothing.
SGD = ["--optimizer", "sgd", "--learning-rate", "1e-4"]
SUMMED = [
    "--regularisation",
    "sum",
    "--lambda",
    "1e-4",
    "--optimizer",
    "sgd",
    "--learning-rate",
    "0.005",
    "--no-camera",
    "--fold",
    "1",
]
SUMMED += ["--no-standardise", "--discriminator-rate", "1", "--appearance", "0.02"]


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    """Eyes, and not noise: in that, a last digit decides in every picture which pixel is the median."""
    sets = {"unityeyes.h5": "synthetic", "real.h5": "camera"}
    eyes = {name: render_eyes(40, domain=domain, seed=0, size=(HEIGHT, WIDTH)) for name, domain in sets.items()}
    paths = [write_eyes(tmp_path / name, 40, images=some.images) for name, some in eyes.items()]
    return ["--synthetic", str(paths[0]), "--real", str(paths[1])]


def start_two(arguments: list[str], folder: Path) -> list[subprocess.Popen[str]]:
    """Two processes that train, as `torchrun` starts them."""
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
    variables = {**os.environ, "OMP_NUM_THREADS": "1", "WORLD_SIZE": "2"}
    variables |= {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    command = [sys.executable, "-m", "gazeaug_cli", "train", *arguments]
    return [
        subprocess.Popen(
            command,
            cwd=folder,
            env={**variables, "RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]


def train_by_two(arguments: list[str], folder: Path) -> list[str]:
    """What each of two processes says that train to the end."""
    team = start_two(arguments, folder)
    said = [process.communicate(timeout=300)[0] for process in team]
    assert [process.returncode for process in team] == [0, 0], "".join(said)
    return said


def refiner_of(run: Path) -> Refiner:
    return load_refiner(run / read_state(run)["checkpoint"])[0]


@pytest.mark.parametrize("settings", [["--lambda", "1", *SGD], SUMMED, ["--augmentation", *SGD]])
def test_two_processes_follow_one(tmp_path, pair, settings):
    arguments = [*OPTIONS.split(), "--steps", str(STEPS), *pair, *settings, "--run-dir"]
    said = tmp_path / "said.txt"
    assert finished(["train", *arguments, str(tmp_path / "run1")], folder=tmp_path, said=said) == 0, said.read_text()
    spoken = train_by_two([*arguments, str(tmp_path / "run2")], tmp_path)
    assert [text.count("trained: ") for text in spoken] == [1, 0]
    lines = {n_processes: read_lines(tmp_path / f"run{n_processes}" / METRICS) for n_processes in (1, 2)}
    assert len(lines[1]) == len(lines[2]) == STEPS
    for step, (one, two) in enumerate(zip(lines[1], lines[2], strict=True), start=1):
        # Equal but for the order of summation, until rounding pushes a pixel over a kink of the absolute difference.
        names = ("self_regularisation", "appearance", "adversarial", "discriminator_real", "discriminator_refined")
        for name in names[0 if step <= N_EXACT else 2 :]:
            expected = pytest.approx(one[name], rel=1e-4 if step <= N_EXACT else 1e-3, abs=ROUNDING.get(name, 0))
            assert two[name] == expected, (step, name)
    first, second = (refiner_of(tmp_path / f"run{n}") for n in (1, 2))
    assert (first.first.weight - second.first.weight).abs().max() < 1e-3


def test_two_processes_resume(tmp_path, pair):
    """By the launcher itself, too; and they end with the very weights of two that were not stopped."""
    run, whole = tmp_path / "run", tmp_path / "whole"
    options = [*OPTIONS.split(), "--decay", "0", *pair]  # a rate reckoned back from the end would be another one
    train_by_two([*options, "--steps", "6", "--run-dir", str(run)], tmp_path)
    train_by_two([*options, "--steps", "11", "--run-dir", str(whole)], tmp_path)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "gazeaug_cli"]
    line = [*launch, "train", "--resume", "--run-dir", str(run), "--steps", "11"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("trained: ") == 1
    assert [line["step"] for line in read_lines(run / METRICS)] == list(range(1, 12))
    expected, found = (load_checkpoint(one / read_state(one)["checkpoint"])[0] for one in (whole, run))
    assert expected.keys() == found.keys()
    assert [name for name, tensor in expected.items() if not torch.equal(tensor, found[name])] == []


@pytest.mark.parametrize("killed", [0, 1])
def test_one_that_loses_the_other_says_so(tmp_path, pair, killed):
    run = tmp_path / "run"
    team = start_two([*OPTIONS.split(), "--steps", "100000", *pair, "--run-dir", str(run)], tmp_path)
    while not (run / METRICS).exists() or not read_lines(run / METRICS):
        assert [process.poll() for process in team] == [None, None]
        time.sleep(0.01)
    team[killed].kill()
    said = team[1 - killed].communicate(timeout=60)[0]
    assert team[1 - killed].returncode == 1, said
    assert said.splitlines()[-1].endswith(
        "another process of this run has ended or cannot be reached; see what it said, then go on with --resume."
    )
    team[killed].communicate()


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
