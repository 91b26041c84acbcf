"""What is there, and whether CUDA loads: sections `machine`, `doctor` and `load`."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.gpu.inputs import WORK, images, model
from benchmarks.gpu.report import Table, say
from benchmarks.gpu.sessions import need_cuda, open_bare

GPU_FACTS = "name,driver_version,memory.total,pcie.link.gen.current,pcie.link.width.current,clocks.max.sm"
PACKAGES = (
    *("torch", "triton", "numpy", "h5py", "onnx", "onnxscript", "onnxruntime-gpu", "onnxruntime"),
    *(
        "nvidia-cublas",
        "nvidia-cudnn-cu13",
        "nvidia-cuda-runtime",
        "nvidia-curand",
        "nvidia-cufft",
        "nvidia-cuda-nvrtc",
    ),
)
LIBRARIES = ("libcudart", "libcublas", "libcudnn.so", "libcurand", "libcufft")


def machine() -> None:
    """Card, cores, memory, disk, and versions of packages."""
    if shutil.which("nvidia-smi"):
        command = ["nvidia-smi", f"--query-gpu={GPU_FACTS}", "--format=csv,noheader"]
        say(f"{GPU_FACTS}: {subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()}")
    else:
        say("no nvidia-smi")
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    disk = shutil.disk_usage(WORK)
    say(f"{os.cpu_count()} cores, {memory_bytes / 2**30:.0f} GiB memory, {disk.free / 2**30:.0f} GiB of disk free")
    found = []
    for name in PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{name} {importlib.metadata.version(name)}")
    say(f"Python {sys.version.split()[0]}; {', '.join(found)}")


def doctor() -> None:
    """What `gazeaug doctor` says."""
    done = subprocess.run([sys.executable, "-m", "gazeaug_cli", "doctor"], capture_output=True, text=True, check=False)
    say(f"{done.stdout}{done.stderr}exit status {done.returncode}")


def load() -> None:
    """Seconds until CUDA has proven itself, until the first batch is refined, and the libraries that were taken."""
    began = time.perf_counter()
    need_cuda()
    proven = time.perf_counter() - began
    table = Table("From nothing to the first batch, fp32, batch 64", "what", "opening, s", "first batch, s")
    table.row("libraries, provider, and a small convolution that proves it", cells=lambda: [f"{proven:.2f}"])
    eyes = images(64)

    def opened() -> list[str]:
        began = time.perf_counter()
        session = open_bare(model())
        is_open = time.perf_counter()
        session.run(None, {"image": eyes})
        options.update(session.get_provider_options().get("CUDAExecutionProvider", {}))
        return [f"{is_open - began:.2f}", f"{time.perf_counter() - is_open:.2f}"]

    options: dict[str, str] = {}
    for title in ("a session of the refiner", "another one"):
        table.row(title, cells=opened)
    maps = Path("/proc/self/maps").read_text("utf-8").splitlines()
    say(f"\nlibraries: {sorted({line.split()[-1] for line in maps if any(name in line for name in LIBRARIES)})}")
    say(f"provider's options: {options}")
