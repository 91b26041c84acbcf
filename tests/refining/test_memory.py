"""Memory of refining does not grow with the number of rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.makers import models
from tests.makers.eye_files import write_eyes

# The first write takes its time: so as many buffers are in flight as ever can be, however busy the machine is.
MEASURED = """
import sys, time
from gazeaug.refining.in_place import InPlaceWriter
from gazeaug.refining.work import refine
write, waits = InPlaceWriter.write, [1.0]
def write_late(writer, buffer):
    time.sleep(waits.pop() if waits else 0)
    write(writer, buffer)
InPlaceWriter.write = write_late
refine(sys.argv[1], model=sys.argv[2])
print("PEAK", open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


def peak_kib(source: Path, model: Path) -> int:
    """Peak resident memory of a fresh process that refines a file (getrusage would count its parent's too)."""
    command = [sys.executable, "-c", MEASURED, str(source), str(model)]
    # What glibc keeps free for each thread depends on which of them happened to meet.
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    return int(said.split("PEAK")[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ten_times_the_rows_take_the_same_memory(tmp_path: Path) -> None:
    model = models.wide(tmp_path / "refiner.onnx")
    peaks = []
    for n in (50_000, 500_000):  # beyond the first 50,000 nothing is filled any more
        source = write_eyes(tmp_path / f"{n}.h5", n)
        peaks.append(peak_kib(source, model))
        for made in tmp_path.glob("*.h5"):
            made.unlink()
    assert peaks[1] / peaks[0] < 1.1, peaks
