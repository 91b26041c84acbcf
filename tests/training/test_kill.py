"""A training run killed at random moments and resumed ends with the very weights of an uninterrupted one."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path

import pytest
import torch

from gazeaug.runs.checkpoints import load_checkpoint
from gazeaug.runs.folder import METRICS, read_lines, read_state
from tests.makers.eye_files import write_eyes
from tests.makers.processes import finished, started

N_KILLS, N_STEPS = 5, 120


@pytest.mark.slow
def test_five_kills_end_as_no_kill(tmp_path: Path) -> None:
    pair = [str(write_eyes(tmp_path / name, 40, seed=i)) for i, name in enumerate(("unityeyes.h5", "real.h5"))]
    options = f"--steps {N_STEPS} --batch-size 4 --features 4 --blocks 1 --discriminator-width 0.1 --buffer-size 10"
    options += " --device cpu --no-tensorboard --checkpoint-interval 15 --validation-interval 15 --log-interval 5"
    options += " --camera-steps 10 --discriminator-pretrain-steps 10"
    command = ["train", "--synthetic", pair[0], "--real", pair[1], *options.split()]
    whole, killed, said = tmp_path / "whole", tmp_path / "killed", tmp_path / "said.txt"
    assert finished([*command, "--run-dir", str(whole)], folder=tmp_path, said=said) == 0, said.read_text()

    for target in [*sorted(random.Random(0).sample(range(5, N_STEPS - 20), N_KILLS)), None]:
        given = ["train", "--resume"] if killed.exists() else command
        process = started([*given, "--run-dir", str(killed)], folder=tmp_path, said=said)
        while target is not None and process.is_alive():
            if any(line["step"] >= target for line in lines_so_far(killed)):
                process.kill()
            time.sleep(0.002)
        process.join()
        assert process.exitcode == (0 if target is None else -signal.SIGKILL), said.read_text()

    expected, found = (load_checkpoint(run / read_state(run)["checkpoint"])[0] for run in (whole, killed))
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        assert torch.equal(tensor, found[name]), name
    lines = [[line["step"] for line in read_lines(run / METRICS)] for run in (whole, killed)]
    assert lines[0] == lines[1]


def lines_so_far(run: Path) -> list[dict[str, float]]:
    """Whole lines of a file that another process is writing."""
    path = run / METRICS
    text = path.read_text("utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
