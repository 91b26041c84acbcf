"""What the kit has and this Python lacks goes into a folder: `python benchmarks/gpu/unpack.py KIT FOLDER`.

Needs nothing but Python itself. What is installed is never replaced, with one exception that Python's search order
makes: `onnxruntime` without CUDA.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tarfile
import zipfile
from pathlib import Path

TAG = f"cp{sys.version_info.major}{sys.version_info.minor}"
NAME = re.compile(r"(?P<name>[\w.]+?(-gpu)?)-(?P<version>\d[\w.]*)-(?P<python>[^-]+)-.*\.(whl|tar\.xz)")


def main(kit: Path, folder: Path) -> None:
    """Unpack, and say what."""
    taken, unfit = [], []
    for path in sorted([*kit.glob("*.tar.xz"), *kit.glob("wheels/*.whl")]):
        match = NAME.fullmatch(path.name)
        if match is None or is_installed(match["name"]):
            continue
        if not fits(match["python"], path.name):
            unfit.append(path.name)
            continue
        taken.append(path.name)
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                wheel.extractall(folder)
        else:
            with tarfile.open(path) as archive:
                archive.extractall(folder, filter="data")
    print(f"taken from the kit: {', '.join(taken) or 'nothing'}")
    if unfit:
        print(f"made for another Python: {', '.join(unfit)}")


def is_installed(name: str) -> bool:
    """Whether a package of that name is installed, in whatever version."""
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def fits(python: str, name: str) -> bool:
    """Whether a wheel was made for this Python."""
    return TAG in python.split(".") or python.startswith("py") or "-abi3-" in name


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
