"""What made a file: the command, the versions, and the facts that its maker adds; no path or name of this machine."""

from __future__ import annotations

import contextlib
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

OURS = ("gazeaug", "gazeaug_cli")  # that `python -m` runs
VERSIONS = ("versions", "computed_by")
USUAL_PACKAGES = ("h5py", "numpy", "onnxruntime-gpu", "pillow")  # that a reader seldom asks for
DIGITS_SHOWN = 12  # of a checksum
ADDRESS = re.compile(r"((?:^|=)[a-z]+://)[^/:]+")  # of a cluster


def command_line(*words: Any) -> str:
    """Words as they are typed, quoted as the shell of this system needs it."""
    texts = [str(word) for word in words]
    return subprocess.list2cmdline(texts) if sys.platform == "win32" else shlex.join(texts)


def make(*packages: str, **facts: Any) -> dict[str, Any]:
    """Describe this process: its command line and the versions of gazeaug, Python and the named packages.

    No clock time is kept, so that the same command on the same data writes the same bytes; and of paths that begin at
    the root only the name, since files are given away and folders hold the names of people.
    """
    program = Path(sys.argv[0])
    words = ["python", "-m", program.parent.name] if program.name == "__main__.py" else [program.name]
    if words[-1] in OURS:  # the same bytes however gazeaug was started, by the studio or in a terminal
        words = ["gazeaug"]
    return {
        "command": shlex.join([*words, *map(without_folders, sys.argv[1:])]),
        "versions": {"python": platform.python_version(), **releases("gazeaug", "h5py", "numpy", *packages)},
        **facts,
    }


def in_words(found: Mapping[str, Any]) -> list[str]:
    """What a provenance says, in a few lines for a reader: which command, versions and model; none where it is empty.

    Args:
        found: as `make` gives it, or what another tool wrote.
    """
    versions, computed = (each if isinstance(each, Mapping) else {} for each in map(found.get, VERSIONS))
    named = {package: number for package, number in {**versions, **computed}.items() if package not in USUAL_PACKAGES}
    lines = [str(found.get("command") or found.get("source") or "")]
    lines.append(", ".join(f"{package} {number}" for package, number in named.items()))
    if "model" in found:
        digest = str(found.get("model_sha256", ""))[:DIGITS_SHOWN]
        computed_on = [str(found[key]) for key in ("provider", "precision") if found.get(key)]
        lines.append(", ".join([f"model {found['model']}", f"SHA-256 {digest}...", *computed_on]))
    before = found.get("input_provenance")
    befores = [one for one in (before if isinstance(before, list) else [before]) if isinstance(one, Mapping)]
    lines += [f"input: {one['command']}" for one in befores if one.get("command")]
    return list(filter(None, lines))


def without_folders(argument: str) -> str:
    """An argument of a command without the folders of an absolute path in it, and without the name of a host.

    As typed: FILE, FILE=SHARE, --option=FILE, -oFILE. Relative paths stay: the job is repeated in a folder like it.
    """
    if is_absolute(argument):
        return name_of(argument)
    head, sign, rest = argument.partition("=")
    if sign and is_absolute(rest):
        return f"{head}={name_of(rest)}"
    if re.match(r"-[a-zA-Z]", argument) and is_absolute(argument[2:]):
        return argument[:2] + name_of(argument[2:])
    return ADDRESS.sub(r"\1...", argument)


def is_absolute(path: str) -> bool:
    """Whether a path begins at the root of this system or of another, or at somebody's home."""
    return path.startswith("~") or PurePosixPath(path).is_absolute() or bool(PureWindowsPath(path).anchor)


def name_of(path: str) -> str:
    """The last part of a path of this system or of another."""
    return PureWindowsPath(path).name or "."


def short_names(paths: Iterable[PurePath | str]) -> dict[str, str]:
    """Names of files by their paths as text: the last part, or as many as tell them apart."""
    given = list(dict.fromkeys(map(str, paths)))
    parts = {path: PurePath(path).parts for path in given}
    found = {}
    for path in given:
        n = 1
        while n < len(parts[path]) and any(parts[path][-n:] == parts[other][-n:] for other in given if other != path):
            n += 1
        found[path] = "/".join(parts[path][-n:]).lstrip("/")
    return found


def folders_out_of(text: str, paths: Sequence[PurePath | str]) -> str:
    """A sentence that names files by their paths, with the files' names in the place of absolute ones."""
    names = {path: name for path, name in short_names(paths).items() if name and is_absolute(path)}
    for path in sorted(names, key=len, reverse=True):
        text = text.replace(path, names[path])
    return text


def versions(*packages: str) -> dict[str, str]:
    """Versions of those packages that are installed, without importing any."""
    found = {}
    for package in packages:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def releases(*packages: str) -> dict[str, str]:
    """The same without the build (+cpu, +cu130), which is another one on every machine."""
    return {package: number.partition("+")[0] for package, number in versions(*packages).items()}
