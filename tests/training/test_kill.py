"""A training run killed at random moments and resumed ends with the very weights of an uninterrupted one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

from gazeaug.runs.checkpoints import load_checkpoint
from gazeaug.runs.folder import METRICS, read_lines, read_state
from tests.conftest import write_eyes

N_KILLS, N_STEPS = 5, 240


def test_five_kills_end_as_no_kill(tmp_path: Path) -> None:
    pair = [str(write_eyes(tmp_path / name, 40, seed=i)) for i, name in enumerate(("unityeyes.h5", "real.h5"))]
    command = [sys.executable, "-m", "gazeaug_cli", "train", "--synthetic", pair[0], "--real", pair[1]]
    options = f"--steps {N_STEPS} --batch-size 4 --features 4 --blocks 1 --discriminator-width 0.1 --buffer-size 10"
    options += " --device cpu --no-tensorboard --checkpoint-interval 30 --watch-interval 30 --log-interval 5"
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [*command, *options.split(), "--run-dir", str(whole)], check=True, capture_output=True, env=one_thread
    )

    for target in [*sorted(random.Random(0).sample(range(5, N_STEPS - 20), N_KILLS)), None]:
        given = ["--resume"] if killed.exists() else command[4:] + options.split()
        arguments = [*command[:4], *given, "--run-dir", str(killed)]
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=one_thread)
        while target is not None and process.poll() is None:
            if any(line["step"] >= target for line in lines_so_far(killed)):
                process.kill()
            time.sleep(0.002)
        assert process.wait() == (0 if target is None else -signal.SIGKILL)

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
