"""Commands that are killed again and again, and what they make when they are not."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from gazeaug.outputs import rejected_name
from tests.makers import models
from tests.makers.eye_files import contents, write_eyes
from tests.makers.processes import finished, started

MOST_KILLS = 40
N_ROWS = 20_000


def killed_and_whole(
    command: list[str], killed: Path, whole: Path, *, n_kills: int, setting: Callable[[], None] | None = None
) -> Path:
    """Run the very same command in two folders, in one of them with SIGKILLs at random moments; both must end alike.

    Args:
        command: what is typed after `gazeaug`; writes o.h5 into the folder that it runs in, in several units.
        killed, whole: folders that are made.
        n_kills: kills, of reading, writing and joining; more where none of them left work that was gone on with.
        setting: see `started`.

    Returns:
        The output of the killed runs.
    """
    for folder in (killed, whole):
        folder.mkdir()
    said = killed.with_name("said.txt")
    finished(["--help"], folder=whole, said=said)  # the first process of all takes seconds to start
    began = time.monotonic()
    assert finished(command, folder=whole, said=said, setting=setting) == 0, said.read_text()
    seconds = time.monotonic() - began
    dice, n_killed, n_resumed = random.Random(1), 0, 0
    output, parts = killed / "o.h5", killed / "o.h5.parts"
    while n_killed < n_kills or is_unfinished(parts) or not output.exists() or not n_resumed:
        if output.exists() and not is_unfinished(parts):
            output.unlink()
            rejected_name(output).unlink(missing_ok=True)
        done = len(list(parts.glob("unit-*.h5")))
        process = started(command, folder=killed, said=said, setting=setting)
        if n_killed < n_kills:
            patience = time.monotonic() + dice.uniform(0.6, 1.6) * seconds
            while process.is_alive() and time.monotonic() < patience:
                if len(list(parts.glob("unit-*.h5"))) > done + dice.randrange(4):
                    break
                time.sleep(0.005)
            process.kill()
        process.join()
        n_killed += process.exitcode == -signal.SIGKILL
        n_resumed += "read by an interrupted run before" in said.read_text()
        assert process.exitcode in (0, -signal.SIGKILL), said.read_text()
        n_kills += n_killed == n_kills and process.exitcode == 0 and not n_resumed
        assert n_kills < MOST_KILLS
    assert contents(output) == contents(whole / "o.h5")
    return output


def is_unfinished(parts: Path) -> bool:
    """Whether a folder of work holds any; removed last, it may be left empty by a kill beside a finished output."""
    return parts.exists() and any(parts.iterdir())


def kill_and_resume(tmp_path: Path, n_kills: int, *options: str, n_rows: int = N_ROWS) -> None:
    """Kill a run again and again, go on each time, and compare the end with a run that nobody killed."""
    source = write_eyes(tmp_path / "unityeyes.h5", n_rows)
    # Slow enough that kills land in the middle of reading, refining, writing and joining.
    model = models.blurring(tmp_path / "refiner.onnx", rounds=120)
    command = ["refine-dataset", str(source), "-m", str(model), "--labels", "look_vec,path,head/pose"]
    command += ["--rows-per-unit", str(n_rows // 20), *options, "--output"]
    said = tmp_path / "said.txt"

    finished(["--help"], folder=tmp_path, said=said)  # the first process of all takes seconds to start
    began = time.monotonic()
    assert finished([*command, str(tmp_path / "whole.h5")], folder=tmp_path, said=said) == 0, said.read_text()
    seconds_whole = time.monotonic() - began

    output, parts = tmp_path / "killed.h5", tmp_path / "killed.h5.parts"
    dice, n_killed, n_resumed = random.Random(0), 0, 0
    while True:
        process = started([*command, str(output)], folder=tmp_path, said=said)
        if n_killed < n_kills:
            process.join(timeout=dice.uniform(0.05, seconds_whole))
            process.kill()
        process.join()
        n_killed += process.exitcode == -signal.SIGKILL
        n_resumed += "resuming an interrupted run" in said.read_text()
        assert process.exitcode in (0, -signal.SIGKILL), said.read_text()
        # A kill may come after the last rename: the file is then whole, and the next command only tidies up.
        if output.exists():
            assert_same(output, tmp_path / "whole.h5", source)
        if output.exists() and not is_unfinished(parts):
            if n_killed == n_kills:
                break
            output.unlink()
            rejected_name(output).unlink(missing_ok=True)

    assert n_resumed >= 1
    assert not [path for path in tmp_path.glob("killed.h5.*") if is_unfinished(path)]


def interruptible(command: list[str]) -> subprocess.Popen[str]:
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
