"""Flags that stand anywhere on the line, before or after the command: -q, -v, --debug, --version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

META = "gazeaug"  # the key of `GlobalFlags` in a click context's `meta`
QUIET, VERBOSE, DEBUG, VERSION = ("-q", "--quiet"), ("-v", "--verbose"), ("--debug",), ("--version", "-V")
ANYWHERE = (*QUIET, *VERBOSE, *DEBUG, VERSION[0])  # -V only before the command
TOGETHER = re.compile("-[qv]{2,}")  # -qv is -q -v


@dataclass(frozen=True)
class GlobalFlags:
    """Which of the flags were typed; with both -q and -v, the last one counts."""

    is_quiet: bool = False
    is_verbose: bool = False
    is_debug: bool = False


def take_global_flags(words: Sequence[str]) -> tuple[list[str], GlobalFlags]:
    """The line without these flags, and which there were; what follows `--` is left alone.

    --version goes to the front, where it is an option of `gazeaug` itself.
    """
    end = words.index("--") if "--" in words else len(words)
    line, rest = [flag for word in words[:end] for flag in apart(word)], words[end:]
    loudness = [word in VERBOSE for word in line if word in QUIET + VERBOSE]
    flags = GlobalFlags(
        is_quiet=bool(loudness) and not loudness[-1],
        is_verbose=bool(loudness) and loudness[-1],
        is_debug=any(word in DEBUG for word in line),
    )
    version = [word for word in line if word in VERSION[:1]][:1]
    return [*version, *(word for word in line if word not in ANYWHERE), *rest], flags


def apart(word: str) -> list[str]:
    """A word, or the flags that it holds: -q and -v of -qv."""
    return [f"-{letter}" for letter in word[1:]] if TOGETHER.fullmatch(word) else [word]
