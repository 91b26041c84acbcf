"""What made a file: the command, the versions, and the facts that its maker adds."""

from __future__ import annotations

import contextlib
import platform
import shlex
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def make(*packages: str, **facts: Any) -> dict[str, Any]:
    """Describe this process: its command line and the versions of gazeaug, Python and the named packages.

    No clock time is kept, so that the same command on the same data writes the same bytes.
    """
    return {
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "versions": {"python": platform.python_version(), **versions("gazeaug", "h5py", "numpy", *packages)},
        **facts,
    }


def versions(*packages: str) -> dict[str, str]:
    """Versions of those packages that are installed, without importing any."""
    found = {}
    for package in packages:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
