"""Memory of refining does not grow with the number of rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.makers import models

MEASURED = """
import sys
from gazeaug.refining.work import refine
refine(sys.argv[1], model=sys.argv[2])
print("PEAK", open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


def peak_kib(source: Path, model: Path) -> int:
    """Peak resident memory of a fresh process that refines a file (getrusage would count its parent's too)."""
    command = [sys.executable, "-c", MEASURED, str(source), str(model)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("PEAK")[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ten_times_the_rows_take_the_same_memory(tmp_path: Path) -> None:
    model = models.wide(tmp_path / "refiner.onnx")
    peaks = []
    for n in (20_000, 200_000):
        source = tmp_path / f"{n}.h5"
        with h5py.File(source, "w") as file:
            image = file.create_dataset("image", (n, 35, 55), "u1", chunks=(64, 35, 55))
            block = np.random.default_rng(0).integers(0, 256, (20_000, 35, 55), dtype=np.uint8)
            for start in range(0, n, len(block)):
                image[start : start + len(block)] = block
            file["look_vec"] = np.zeros((n, 4), "f4")
            file.create_dataset("path", data=[f"imgs/{i}.jpg" for i in range(n)], dtype=h5py.string_dtype())
        peaks.append(peak_kib(source, model))
        for made in tmp_path.glob("*.h5"):
            made.unlink()
    assert peaks[1] / peaks[0] < 1.1, peaks
