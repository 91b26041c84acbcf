"""What the commands that measure cost: `python -m benchmarks.evaluation_costs [--rows 20000] [--only NAME;NAME]`.

Each command runs as its user would type it, in a process of its own, on sample eyes. Processor time is what it costs
whatever else the machine does; `evaluate` is timed for one estimator and one training set.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from gazeaug.drawing.tables import text_table
from gazeaug.samples.sets import make_sample_data

COMMANDS = {
    "turing": "turing refined.h5 real.h5",
    "drift": "drift unityeyes.h5 refined.h5",
    "drift --flag": "drift unityeyes.h5 refined.h5 --flag 1",
    "realism": "realism refined.h5 real.h5 --synthetic unityeyes.h5",
    "evaluate, knn": "evaluate --train refined.h5 --test real_truth.h5 --estimator knn --seeds 1",
    "evaluate, lenet": "evaluate --train refined.h5 --test real_truth.h5 --estimator lenet --seeds 1",
    "evaluate, small": "evaluate --train refined.h5 --test real_truth.h5 --estimator small --seeds 1",
}
TITLES = ("command", "seconds", "processor seconds", "peak memory, MiB")


def measured(line: str, folder: Path) -> tuple[float, float, float]:
    """Seconds, processor seconds and MiB of one command."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "gazeaug_cli", *shlex.split(line)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ended, memory = 0, 0.0
    while not ended:
        # The kernel's ru_maxrss counts this process too, of which the command is born.
        memory = max(memory, mebibytes_at_most(process.pid))
        time.sleep(0.02)
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"gazeaug {line}: ended with {process.returncode}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, memory


def mebibytes_at_most(pid: int) -> float:
    """The most memory that a process has had so far (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--only", default=";".join(COMMANDS), help="names, with semicolons between")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_sample_data(folder, rows=options.rows)
        shutil.copy(folder / "unityeyes.h5", folder / "refined.h5")
        print(f"{options.rows:,} rows of 35 x 55\n\n{text_table([TITLES])}", flush=True)
        for command in ("--help", *options.only.split(";")):
            seconds, processor, memory = measured(COMMANDS.get(command, command), folder)
            print(f"| {command} | {seconds:.0f} | {processor:.0f} | {memory:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
