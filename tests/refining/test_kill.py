"""SIGKILL at random moments: the same command typed again ends with the file of an uninterrupted run."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.conftest import write_eyes
from tests.makers import models

N_ROWS = 20_000
N_KILLS = 10


def test_kills_over_20000_rows_end_as_no_kill(tmp_path: Path) -> None:
    kill_and_resume(tmp_path, N_KILLS)


def kill_and_resume(tmp_path: Path, n_kills: int, *options: str) -> None:
    """Kill a run again and again, go on each time, and compare the end with a run that nobody killed."""
    source = write_eyes(tmp_path / "unityeyes.h5", N_ROWS)
    # Slow enough (about 5 s in all) that kills land in the middle of reading, refining, writing and joining.
    model = models.blurring(tmp_path / "refiner.onnx", rounds=120)
    command = [sys.executable, "-m", "gazeaug_cli", "refine-dataset", str(source), "-m", str(model)]
    command += ["--labels", "look_vec,path,head/pose", "--units-rows", "1024", *options, "--output"]

    began = time.monotonic()
    subprocess.run([*command, str(tmp_path / "whole.h5")], check=True, capture_output=True)
    seconds_whole = time.monotonic() - began

    output, parts = tmp_path / "killed.h5", tmp_path / "killed.h5.parts"
    dice, n_killed, n_resumed = random.Random(0), 0, 0
    while True:
        process = subprocess.Popen([*command, str(output)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if n_killed < n_kills:
            try:
                process.wait(timeout=dice.uniform(0.3, seconds_whole))
            except subprocess.TimeoutExpired:
                process.kill()
                n_killed += 1
        said = process.communicate()[0]
        n_resumed += "going on where an interrupted run stopped" in said
        assert process.returncode in (0, -signal.SIGKILL), said
        # A kill may come after the last rename: the file is then whole, and the next command only tidies up.
        if output.exists():
            assert_same(output, tmp_path / "whole.h5", source)
        if output.exists() and not parts.exists():
            if n_killed == n_kills:
                break
            output.unlink()

    assert n_resumed >= 1
    assert not list(tmp_path.glob("killed.h5.*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_stop_says_how_to_go_on(tmp_path: Path, number: signal.Signals) -> None:
    source = write_eyes(tmp_path / "unityeyes.h5", N_ROWS)
    model = models.blurring(tmp_path / "refiner.onnx", rounds=120)
    command = [sys.executable, "-m", "gazeaug_cli", "refine-dataset", str(source), "-m", str(model)]
    process = started([*command, "--units-rows", "512"])
    parts = tmp_path / "unityeyes.refined.h5.parts"
    while process.poll() is None and not n_done(parts):
        time.sleep(0.01)
    process.send_signal(number)
    complaint = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert "finished rows are kept, and the same command goes on with the rest" in complaint
    assert "Traceback" not in complaint
    assert not list(tmp_path.glob("*.partial"))
    assert n_done(parts)


def started(command: list[str]) -> subprocess.Popen[str]:
    """A process that Ctrl-C reaches, even if what started the tests ignores it, as a shell in the background does."""
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def n_done(parts: Path) -> int:
    """Units of a run that are on the disk."""
    log = parts / "units.log"
    return len(log.read_text().splitlines()) if log.exists() else len(list(parts.glob("unit-*.h5")))


def assert_same(killed: Path, whole: Path, source: Path) -> None:
    """Images and labels as an uninterrupted run makes them, labels as in the input."""
    with h5py.File(whole) as expected, h5py.File(killed) as found, h5py.File(source) as given:
        assert sorted(expected) == sorted(found)
        for name in ("image", "look_vec", "path", "head/pose"):
            np.testing.assert_array_equal(expected[name][()], found[name][()])
            if name != "image":
                np.testing.assert_array_equal(given[name][()], found[name][()])
