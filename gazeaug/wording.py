"""Errors in the words of whoever reads them: the command line has `--batch-size 16`, Python has `batch_size=16`.

Sentences are written with flags. The functions and classes that `gazeaug` offers turn them into arguments on the way
out; the command line calls the functions behind those, and so prints flags. Commands in a sentence stay commands.
"""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, TypeVar, get_origin, get_type_hints

from gazeaug.errors import GazeaugError, InputError
from gazeaug.kinds import check_kind, kinds_in
from gazeaug.notes import forget_notes, worded
from gazeaug.options import Option, flag, options_of
from gazeaug.suggestions import did_you_mean

P = ParamSpec("P")
T = TypeVar("T")

COMMAND = r"gazeaug [a-z][a-z-]*(?: --?[a-z][\w-]*(?: [^\s;,)-][^\s;,)]*)?)*"
FLAG = r"(?P<flag>--[a-z][a-z-]*)(?: (?P<value>-?\w(?:[\w.:-]*\w)?))?"
COMMAND_OR_FLAG = re.compile(f"{COMMAND}|{FLAG}")
NUMBER = re.compile(r"-?\d[\d.]*")
DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


class KeywordError(InputError, TypeError):
    """A keyword that a function does not take, or one that it needs and that is missing."""


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


def as_words(value: Any) -> str:
    """The value of an option in a sentence: no value is "not given", and a switch is on or off."""
    if value is None or isinstance(value, bool):
        return {None: "not given", True: "on", False: "off"}[value]
    if isinstance(value, list):
        return ",".join("all" if one is None else str(one) for one in value)
    return json.dumps(value)


def differences(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What two commands differ in, in words; values are plain JSON, and facts of a file are a mapping."""
    for name in sorted(earlier.keys() | now.keys()):
        before, after = earlier.get(name), now.get(name)
        if before == after:
            continue
        if isinstance(before, dict) or isinstance(after, dict):
            yield f"{name} has changed"
        else:
            yield f"{name} was {as_words(before)}, is {as_words(after)}"


def speaking_python(function: Callable[P, T]) -> Callable[P, T]:
    """The function as its users call it: arguments are checked, and errors name them in the place of flags.

    What has been noted is said again in the next call of a function that does work.
    """

    @functools.wraps(function)
    def call(*args: P.args, **options: P.kwargs) -> T:
        if hasattr(function, "options"):
            forget_notes()
        with naming_arguments(function):
            check_arguments(function, args, options)
            return function(*args, **options)

    return call


def check_arguments(function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Refuse keywords that a function does not take, and values of another type than its annotations say.

    Choices are left to the function, which knows what was meant.

    Raises:
        KeywordError: there is no such keyword.
        KindError: naming the argument, what is taken and what was given.
    """
    parameters = inspect.signature(function).parameters
    check_names(function, options.keys() - getattr(function, "former", ()), parameters)
    hints = hints_of(function)
    for name, value in [*zip(parameters, args, strict=False), *options.items()]:
        kinds = kinds_in(hints.get(name, Any))
        if not any(get_origin(kind) is Literal for kind in kinds):
            check_kind(name, value, kinds)


@functools.cache
def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Types of the arguments of a function, options among them."""
    if not hasattr(function, "options"):
        return get_type_hints(function)
    return {name: each.annotation for name, each in inspect.signature(function).parameters.items()}


def check_names(function: Callable[..., Any], given: Iterable[str], taken: Mapping[str, inspect.Parameter]) -> None:
    """Refuse keywords that a function does not take.

    Raises:
        KeywordError: naming the first of them, and the name that was meant where one is near.
    """
    for name in sorted(set(given) - taken.keys()):
        called = function.__qualname__.removesuffix(".__init__").rpartition(".")[2]
        raise KeywordError(f"{called}() has no option '{name}'{did_you_mean(name, [*taken])}")


@contextmanager
def naming_arguments(function: Callable[..., Any], kind: type | None = None) -> Iterator[None]:
    """Let errors that leave the block, and notes, name arguments of a function in the place of flags.

    Args:
        function: whose arguments they are.
        kind: a dataclass that has them as options, which tells their choices.
    """

    def words(text: str) -> str:
        return in_python(text, arguments_of(function, kind))

    try:
        with worded(words):
            yield
    except GazeaugError as error:
        error.args = (words(str(error)), *error.args[1:])
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


def arguments_of(function: Callable[..., Any], kind: type | None = None) -> dict[str, Argument]:
    """The arguments of a function by their flags; see `naming_arguments`."""
    options: Sequence[Option] = getattr(function, "options", ()) if kind is None else options_of(kind)
    known = {option.name: option for option in options}
    found: dict[str, Argument] = {}
    for name, each in inspect.signature(function).parameters.items():
        option = known.get(name)
        switch = True if isinstance(each.default, bool) else None
        found[flag(name)] = Argument(name, switch, () if option is None else option.choices)
        if switch:
            found[f"--no-{flag(name)[2:]}"] = Argument(name, False)
        if option is not None and bool in option.kinds:
            spellings = {option.shown.also: True, option.shown.off: False}
            found |= {spelling: Argument(name, value) for spelling, value in spellings.items() if spelling}
    return found
