"""Flags that stand anywhere on the line, before or after the command: -q, -v, --debug."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

META = "gazeaug"  # the key of `GlobalFlags` in a click context's `meta`
QUIET, VERBOSE, DEBUG = ("-q", "--quiet"), ("-v", "--verbose"), ("--debug",)


@dataclass(frozen=True)
class GlobalFlags:
    """Which of the flags were typed; with both -q and -v, the last one counts."""

    is_quiet: bool = False
    is_verbose: bool = False
    is_debug: bool = False


def take_global_flags(words: Sequence[str]) -> tuple[list[str], GlobalFlags]:
    """The line without these flags, and which there were; what follows `--` is left alone."""
    end = words.index("--") if "--" in words else len(words)
    line, rest = words[:end], words[end:]
    loudness = [word in VERBOSE for word in line if word in QUIET + VERBOSE]
    flags = GlobalFlags(
        is_quiet=bool(loudness) and not loudness[-1],
        is_verbose=bool(loudness) and loudness[-1],
        is_debug=any(word in DEBUG for word in line),
    )
    return [*(word for word in line if word not in QUIET + VERBOSE + DEBUG), *rest], flags
