"""SIGKILL at random moments: the same command typed again ends with the file of an uninterrupted run."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.makers import models
from tests.makers.eye_files import write_eyes
from tests.makers.kills import interruptible, kill_and_resume, n_done

N_ROWS, N_KILLS = 10_000, 10


def test_kills_end_as_no_kill(tmp_path: Path) -> None:
    kill_and_resume(tmp_path, N_KILLS, n_rows=N_ROWS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_stop_says_how_to_go_on(tmp_path: Path, number: signal.Signals) -> None:
    source = write_eyes(tmp_path / "unityeyes.h5", N_ROWS)
    model = models.blurring(tmp_path / "refiner.onnx", rounds=120)
    command = [sys.executable, "-m", "gazeaug_cli", "refine-dataset", str(source), "-m", str(model)]
    process = interruptible([*command, "--rows-per-unit", "128"])
    parts = tmp_path / "unityeyes.refined.h5.parts"
    while process.poll() is None and not n_done(parts):
        time.sleep(0.01)
    process.send_signal(number)
    complaint = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert "finished rows are kept, and the same command resumes. To resume, type: gazeaug refine-dataset " in complaint
    assert "Traceback" not in complaint
    assert not list(tmp_path.glob("*.partial"))
    assert n_done(parts)
