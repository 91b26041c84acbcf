"""What this machine and this installation are, for a report of a problem; no user, no host, no home folder."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from gazeaug.effort import cpu_name, n_cores
from gazeaug.provenance import versions

PACKAGES = ("torch", "onnxruntime", "onnxruntime-gpu", "onnx", "onnxscript", "numpy", "h5py", "typer", "hdf5plugin")
REQUIREMENT = re.compile(r"^([\w.-]+).*\bextra *== *['\"](\w+)['\"]")
GIB = 2**30


def describe_machine(folder: Path = Path()) -> dict[str, str]:
    """Facts by name; `folder` is where outputs would go."""
    found = versions("gazeaug", *PACKAGES)
    return {
        "gazeaug": found.pop("gazeaug", "not installed"),
        "OS": operating_system(),
        "CPU": f"{cpu_name()}, {n_cores()} of {os.cpu_count()} cores",
        "RAM": memory(),
        "GPU": gpus(),
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        **found,
        "extras": ", ".join(extras()) or "none",
        "free disk": f"{shutil.disk_usage(folder).free / GIB:,.1f} GiB",
    }


def operating_system() -> str:
    """Like "Ubuntu 24.04.1 LTS, Linux 6.8.0 x86_64"."""
    kernel = f"{platform.system()} {platform.release()} {platform.machine()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"
    except (OSError, KeyError):
        return kernel


def memory() -> str:
    """Like "15.6 GiB"."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return "not known"
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / GIB:,.1f} GiB"


def gpus() -> str:
    """Names, memory and driver of NVIDIA GPUs, as their driver tells them."""
    lines = query_gpus("name,memory.total,driver_version")
    return "no nvidia-smi" if lines is None else "; ".join(lines) or "nvidia-smi names none"


def query_gpus(fields: str) -> list[str] | None:
    """What the driver says of each NVIDIA GPU, a line each; None where nvidia-smi is not here."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    command = [program, f"--query-gpu={fields}", "--format=csv,noheader"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line.strip() for line in result.stdout.splitlines() if line.strip()] if result.returncode == 0 else []


def extras() -> list[str]:
    """The extras of gazeaug of which every package is installed, for this Python."""
    try:
        about = metadata("gazeaug")
    except PackageNotFoundError:
        return []
    wanted: dict[str, list[str]] = {}
    for line in about.get_all("Requires-Dist") or ():
        if found := REQUIREMENT.match(line):
            wanted.setdefault(found[2], []).append(found[1])
    return [name for name, packages in wanted.items() if len(versions(*packages)) == len(set(packages))]


def private_out_of(text: str) -> str:
    """A text without the home folder and the folder of this environment."""
    places = {sys.prefix: "<environment>", str(Path.home()): "~"}
    for place in sorted(places, key=len, reverse=True):
        if len(place) > 1:
            text = text.replace(place, places[place])
    return text
