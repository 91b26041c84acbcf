"""What commands print: what they have made, what to type next, and JSON; the same words everywhere."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
import time
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from gazeaug.progress import print_above
from gazeaug.provenance import command_line
from gazeaug.screens import amount, duration, rate
from gazeaug_cli.global_flags import GlobalFlags

UNITS = ("B", "kB", "MB", "GB", "TB")
NO_FLAGS = GlobalFlags()
WORTH_A_RATE = 1.0  # seconds; below it a rate says nothing

flags: ContextVar[GlobalFlags] = ContextVar("flags", default=NO_FLAGS)


def say(text: str) -> None:
    """Print what happens on the way; nothing with --quiet."""
    if not flags.get().is_quiet:
        print_above(text, sys.stdout)


class Work:
    """What a command does, and how long it has taken."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def made(
        self,
        path: Path | str,
        n: int | None = None,
        unit: str = "eyes",
        *,
        n_timed: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Print what was made: "1,234 eyes -> eyes.h5 (2.4 MB, in 12 s, 103 eyes/s)".

        Args:
            path: the file or folder.
            n: how many it holds; None where that is nothing that is counted.
            unit: of what, in the plural; or what it is.
            n_timed: how many of them were made in this time, where an earlier run had made some; no rate for 0.
            seconds: how long it took, where that is not all that the command has taken.
        """
        seconds = time.monotonic() - self.began if seconds is None else seconds
        n_timed = n if n_timed is None else n_timed
        facts = [readable_bytes(bytes_of(Path(path))), f"in {duration(seconds)}" if seconds >= WORTH_A_RATE else ""]
        facts += [rate(n_timed / seconds, unit.split()[0])] if n_timed and seconds >= WORTH_A_RATE else []
        what = unit if n is None else amount(n, unit)
        print(f"{what} -> {path} ({', '.join(filter(None, facts))})", flush=True)


def next_command(*words: Any, why: str = "") -> None:
    """Print the command to type next, quoted as the shell needs it; nothing with --quiet."""
    say(f"next: {command_line('gazeaug', *words)}{f'  # {why}' if why else ''}")


def print_json(value: Any) -> None:
    """Print one JSON document; dataclasses become mappings, paths texts, and what is no number null."""
    plain = dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
    print(json.dumps(finite(plain), default=str, allow_nan=False))


def finite(value: Any) -> Any:
    """The same with None for numbers that JSON cannot hold."""
    if isinstance(value, Mapping):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def bytes_of(path: Path) -> int:
    """Size of a file, or of all files of a folder."""
    return sum(one.stat().st_size for one in ([path] if path.is_file() else path.rglob("*")) if one.is_file())


def readable_bytes(n: float) -> str:
    """Like "2.4 MB"."""
    for unit in UNITS[:-1]:
        if n < 1000:
            return f"{n:.0f} B" if unit == "B" else f"{n:.1f} {unit}"
        n /= 1000
    return f"{n:.1f} {UNITS[-1]}"
