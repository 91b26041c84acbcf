"""What `prepare` makes when it is killed again and again, and when it is not."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import h5py

from gazeaug.eyefile.links import datasets_of

MOST_KILLS = 40


def contents(path: Path) -> dict[str, Any]:
    """Every dataset and attribute, but for the number of the run."""
    found: dict[str, Any] = {}
    with h5py.File(path) as file:
        for name, dataset in datasets_of(file, skip="").items():
            rows = dataset[()]
            found[name] = (dataset.dtype, dataset.chunks, rows.tolist() if rows.dtype.kind == "O" else rows.tobytes())
            found[f"{name} attributes"] = sorted((key, str(value)) for key, value in dataset.attrs.items())
        found["attributes"] = {key: str(value) for key, value in file.attrs.items() if key != "gazeaug_run"}
    return found


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
