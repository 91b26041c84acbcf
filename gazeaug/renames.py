"""Names of 0.1 that have changed: the old ones work until 0.2, with a note or a FutureWarning."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from gazeaug.errors import InputError

UNTIL = "0.2"
OURS = ("gazeaug", "gazeaug_cli", "gazeaug_exporters")

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class NewName:
    """What an old name is called now."""

    name: str
    meant: str | None = None
    """The value that the old name, a flag, stands for."""


def notice(old: str, new: str) -> str:
    """What is said of an old name."""
    return f"{old} is now called {new}; the old name works until {UNTIL}."


def check_given_once(old: str, new: str, *, is_there: bool) -> None:
    """Refuse a value that is given by both names.

    Raises:
        InputError: naming both.
    """
    if is_there:
        raise InputError(f"{old} is the old name of {new}; give {new} only.")


def by_new_names(given: Mapping[str, Any], old_names: Mapping[str, NewName], *, warns: bool = True) -> dict[str, Any]:
    """Keywords with today's names in the place of old ones.

    Args:
        given: values by keyword.
        old_names: what old names are called now.
        warns: give a FutureWarning for each; files of 0.1 are read without.

    Raises:
        InputError: a value is given by both names.
    """
    values = {name: value for name, value in given.items() if name not in old_names}
    for old, new in old_names.items():
        if old in given:
            check_given_once(old, new.name, is_there=new.name in values)
            if warns:
                now = new.name if new.meant is None else f"{new.name}='{new.meant}'"
                warnings.warn(notice(f"the argument {old}", now), FutureWarning, stacklevel=depth_of_caller())
            values[new.name] = given[old] if new.meant is None else (new.meant if given[old] else None)
    return values


def depth_of_caller() -> int:
    """The `stacklevel` for a warning given by whoever calls this, so that it names the line of the user's own code."""
    depth, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in OURS:
        depth, frame = depth + 1, frame.f_back
    return depth


def renamed(**new_names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function take keywords by the names that they had in 0.1: `@renamed(n="rows")`."""
    old_names = {old: NewName(new) for old, new in new_names.items()}

    def with_old_names(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **given: P.kwargs) -> R:
            return function(*args, **by_new_names(given, old_names))

        call.former = frozenset(old_names)  # type: ignore[attr-defined]
        return call

    return with_old_names
