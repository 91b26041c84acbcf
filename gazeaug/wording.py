"""Errors in the words of whoever reads them: the command line has `--batch-size 16`, Python has `batch_size=16`.

Sentences are written with flags. The functions and classes that `gazeaug` offers turn them into arguments on the way
out; the command line calls the functions behind those, and so prints flags. Commands in a sentence stay commands.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

from gazeaug.errors import GazeaugError
from gazeaug.options import Option, flag

P = ParamSpec("P")
T = TypeVar("T")

COMMAND = r"gazeaug [a-z][a-z-]*(?: --?[a-z][\w-]*(?: [^\s;,)-][^\s;,)]*)?)*"
FLAG = r"(?P<flag>--[a-z][a-z-]*)(?: (?P<value>-?\w(?:[\w.:-]*\w)?))?"
COMMAND_OR_FLAG = re.compile(f"{COMMAND}|{FLAG}")
NUMBER = re.compile(r"-?\d[\d.]*")
DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


@dataclass(frozen=True)
class Argument:
    """What a flag is in Python."""

    name: str
    switch: bool | None = None
    """The value that the flag alone stands for; None where one follows it."""
    choices: Sequence[str] = ()

    def said(self, value: str | None) -> tuple[str, bool]:
        """The argument in a sentence, and whether the word behind the flag was its value."""
        if self.switch is not None:
            return f"{self.name}={self.switch}", False
        if value is not None and (value in self.choices or (self.name == "device" and DEVICE.fullmatch(value))):
            return f"{self.name}='{value}'", True
        if value is not None and NUMBER.fullmatch(value):
            return f"{self.name}={value}", True
        return self.name, False


def speaking_python(function: Callable[P, T]) -> Callable[P, T]:
    """The function, its errors naming arguments in the place of flags."""

    @functools.wraps(function)
    def call(*args: P.args, **options: P.kwargs) -> T:
        with naming_arguments(function):
            return function(*args, **options)

    return call


@contextmanager
def naming_arguments(function: Callable[..., Any]) -> Iterator[None]:
    """Let errors that leave the block name arguments of a function in the place of flags."""
    try:
        yield
    except GazeaugError as error:
        error.args = (in_python(str(error), arguments_of(function)), *error.args[1:])
        raise


def in_python(text: str, arguments: Mapping[str, Argument]) -> str:
    """A sentence with arguments in the place of the flags that are among them."""

    def said(found: re.Match[str]) -> str:
        argument = arguments.get(found["flag"] or "")
        if argument is None:
            return found[0]
        value = found["value"]
        follows = text[found.end() :]
        is_listed = any(follows.startswith(f", {choice}") for choice in argument.choices)
        words, with_value = argument.said(None if is_listed else value)
        return words if with_value or value is None else f"{words} {value}"

    return COMMAND_OR_FLAG.sub(said, text).replace("the same command", "the same call")


def arguments_of(function: Callable[..., Any]) -> dict[str, Argument]:
    """The arguments of a function by their flags."""
    found: dict[str, Argument] = {}
    hints = get_type_hints(function)
    for name, each in inspect.signature(function).parameters.items():
        switch = True if isinstance(each.default, bool) else None
        found[flag(name)] = Argument(name, switch, literals_of(hints.get(name, each.annotation)))
        if switch:
            found[f"--no-{flag(name)[2:]}"] = Argument(name, False)
    options: Sequence[Option] = getattr(function, "options", ())
    for option in options:
        for spelling, value in ((option.shown.also, True), (option.shown.off, False)):
            if spelling is not None and bool in option.kinds:
                found[spelling] = Argument(option.name, value)
    return found


def literals_of(annotation: Any) -> tuple[str, ...]:
    """The texts that an annotation takes; empty where there are others."""
    if get_origin(annotation) is Literal:
        return tuple(map(str, get_args(annotation)))
    return tuple(text for part in get_args(annotation) for text in literals_of(part))
