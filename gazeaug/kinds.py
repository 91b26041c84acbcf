"""Types of values as people give them: whether a value is what an annotation says, and what that is in words.

NumPy's numbers are numbers here, and whatever `os.fspath` takes is a path.
"""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from gazeaug.errors import InputError

LONGEST_SHOWN = 60  # characters of a value in a sentence
WORDS = {bool: "True or False", int: "a whole number", float: "a number", str: "a text", Path: "a path"}


class KindError(InputError, TypeError):
    """A value of another type than an option or an argument takes."""


def check_kind(name: str, value: Any, kinds: Sequence[Any]) -> None:
    """Refuse a value that has none of some types.

    Raises:
        KindError: naming the option or argument, what is taken and what was given.
    """
    if not is_one_of(value, kinds):
        raise KindError(f"{name} must be {in_words(kinds)}, got {shortened(value)}.")


def kinds_in(hint: Any) -> tuple[Any, ...]:
    """The types of a union; a single type is a union of one."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def is_one_of(value: Any, kinds: Sequence[Any]) -> bool:
    """Whether a value has one of some types; types that cannot be told are taken as met."""
    return any(is_of(value, kind) for kind in kinds)


def is_of(value: Any, kind: Any) -> bool:
    """Whether a value has a type."""
    origin, inner = get_origin(kind) or kind, get_args(kind)
    if kind in (Any, object):
        return True
    if origin in (Union, types.UnionType):
        return is_one_of(value, inner)
    if origin is Literal:
        return any(value is each or (isinstance(value, str) and value == each) for each in inner)
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)  # no number, though Python has it so
    if kind in (int, float):
        return isinstance(value, Integral if kind is int else Real)
    if kind is Path:
        return isinstance(value, os.PathLike)
    if origin in (tuple, Sequence):
        is_list = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)
        right_length = origin is Sequence or Ellipsis in inner or (is_list and len(value) == len(inner))
        return is_list and right_length and all(is_one_of(each, kinds_in(inner[0])) for each in value)
    if origin is Callable:
        return callable(value)
    return isinstance(value, origin) if isinstance(origin, type) else True


def in_words(kinds: Sequence[Any]) -> str:
    """What some types are called: "a whole number", "a path or a list of paths"."""
    one_name = [kind for kind in kinds if not (kind is str and Path in kinds)]  # Path | str is a path
    *others, last = dict.fromkeys(map(name_of, one_name))
    return f"{', '.join(others)} or {last}" if others else str(last)


def name_of(kind: Any) -> str:
    """What a type is called."""
    origin, inner = get_origin(kind) or kind, get_args(kind)
    if kind in WORDS:
        return WORDS[kind]
    if kind is type(None):
        return "None"
    if kind == tuple[int, int]:
        return "(height, width)"
    if origin in (tuple, Sequence):
        listed = in_words(kinds_in(inner[0])).removeprefix("a ")
        return f"a list of {listed}s"
    if origin is Callable:
        return "a function"
    return f"{origin.__module__.partition('.')[0]}.{origin.__name__}"


def shortened(value: Any) -> str:
    """A value in a sentence; the type of one that is long."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN and "\n" not in text else f"an object of type {type(value).__name__}"
