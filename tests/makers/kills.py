"""Commands that are killed again and again, and what they make when they are not."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np

from tests.makers import models
from tests.makers.eye_files import contents, write_eyes

MOST_KILLS = 40
N_ROWS = 20_000


def killed_and_whole(command: list[str], killed: Path, whole: Path, *, n_kills: int) -> Path:
    """Run the very same command in two folders, in one of them with SIGKILLs at random moments; both must end alike.

    Args:
        command: writes o.h5 into the folder that it runs in, in several units.
        killed, whole: folders that are made.
        n_kills: kills, of reading, writing and joining; more where none of them left work that was gone on with.

    Returns:
        The output of the killed runs.
    """
    for folder in (killed, whole):
        folder.mkdir()
    began = time.monotonic()
    subprocess.run(command, cwd=whole, check=True, capture_output=True)
    seconds = time.monotonic() - began
    dice, n_killed, n_resumed = random.Random(1), 0, 0
    output, parts = killed / "o.h5", killed / "o.h5.parts"
    while n_killed < n_kills or parts.exists() or not output.exists() or not n_resumed:
        if output.exists() and not parts.exists():
            output.unlink()
        process = subprocess.Popen(command, cwd=killed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if n_killed < n_kills:
            done = len(list(parts.glob("unit-*.h5")))
            patience = time.monotonic() + dice.uniform(0.6, 1.6) * seconds
            while process.poll() is None and time.monotonic() < patience:
                if len(list(parts.glob("unit-*.h5"))) > done + dice.randrange(4):
                    break
                time.sleep(0.005)
            process.kill()
            n_killed += process.wait() == -signal.SIGKILL
        said = process.communicate()[0].decode()
        n_resumed += "had been read by an interrupted run" in said
        assert process.returncode in (0, -signal.SIGKILL), said
        n_kills += n_killed == n_kills and process.returncode == 0 and not n_resumed
        assert n_kills < MOST_KILLS
    assert contents(output) == contents(whole / "o.h5")
    return output


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
