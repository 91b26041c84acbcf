"""Keywords of functions, made from the dataclasses that hold the options: see `gazeaug.options`.

    @with_options_of(RefineConfig, after=1)
    def refine(source: Path | str, **options: Any) -> RefineReport: ...

A type checker, `help`, `inspect.signature` and a notebook then see every option with its type and default, and the
docstring has a line for each. Options are said once, in the dataclass. Every such function also takes `progress`. Type
checkers take their keywords from the dataclass alone, since a ParamSpec takes no further one: so those of the public
functions are dataclasses with `progress`, such as `RefineArguments`.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, get_type_hints, overload

from gazeaug.options import Option, old_names, options_of
from gazeaug.progress import showing
from gazeaug.renames import by_new_names
from gazeaug.wording import KeywordError, arguments_of, check_names, in_python

P = ParamSpec("P")
A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")

PROGRESS = inspect.Parameter("progress", inspect.Parameter.KEYWORD_ONLY, default=True, annotation=bool)
PROGRESS_TEXT = "Whether to show progress on stderr."
LINE_OF_OPTIONS = re.compile(r"^( +)options: .*(?:\n\1 +.*)*", re.MULTILINE)


@overload
def with_options_of(kind: Callable[P, object]) -> Callable[[Callable[..., T]], Callable[P, T]]: ...
@overload
def with_options_of(
    kind: Callable[P, object], *, after: Literal[1]
) -> Callable[[Callable[Concatenate[A, ...], T]], Callable[Concatenate[A, P], T]]: ...
@overload
def with_options_of(
    kind: Callable[P, object], *, after: Literal[2]
) -> Callable[[Callable[Concatenate[A, B, ...], T]], Callable[Concatenate[A, B, P], T]]: ...
def with_options_of(kind: Any, *, after: int = 0) -> Any:
    """Give a function the options of a dataclass in the place of its `**options`, which holds those that were given.

    Args:
        kind: the dataclass.
        after: number of positional arguments before them, for type checkers.
    """
    return functools.partial(_taking, kind)


def _taking(kind: type, function: Callable[..., T]) -> Callable[..., T]:
    own = {
        name: each.replace(annotation=get_type_hints(function)[name])
        for name, each in inspect.signature(function).parameters.items()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    }
    options = [option for option in options_of(kind) if option.name not in own and option.name != PROGRESS.name]
    hints = get_type_hints(kind)
    parameters = [*own.values(), *(parameter_of(option, hints[option.name]) for option in options), PROGRESS]
    taken = {each.name: each for each in parameters}

    @functools.wraps(function)
    def call(*args: Any, progress: bool = True, **given: Any) -> T:
        given = by_new_names(given, old_names(kind))
        check_names(function, given, taken)
        for option in options:
            if option.default is MISSING and option.name not in given:
                choices = f": one of {', '.join(option.choices)}" if option.choices else ""
                raise KeywordError(f"{function.__name__}() needs the option '{option.name}'{choices}.")
        with showing(progress):
            return function(*args, **given)

    found = get_type_hints(function).get("return", inspect.Signature.empty)
    call.__signature__ = inspect.Signature(parameters, return_annotation=found)  # type: ignore[attr-defined]
    call.options = options_of(kind)  # type: ignore[attr-defined]
    call.former = frozenset(old_names(kind))  # type: ignore[attr-defined]
    lines = {option.name: in_python(sentence_on(option), arguments_of(call)) for option in options}
    call.__doc__ = documented(function.__doc__ or "", lines | {PROGRESS.name: PROGRESS_TEXT})
    return call


def parameter_of(option: Option, annotation: Any) -> inspect.Parameter:
    """An option as a keyword of a function."""
    default = inspect.Parameter.empty if option.default is MISSING else option.default
    return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def documented(text: str, sentences: Mapping[str, str]) -> str:
    """A docstring with a line for each option in the place of the line `options:` of its arguments."""

    def lines(found: re.Match[str]) -> str:
        return "\n".join(f"{found[1]}{name}: {sentence}" for name, sentence in sentences.items())

    return LINE_OF_OPTIONS.sub(lines, text, count=1)


def sentence_on(option: Option) -> str:
    """What an option is for, and what None stands for."""
    unset = f"None: {option.shown.unset}." if option.shown.unset and option.default is None else ""
    return " ".join(filter(None, [option.text, unset])) or "see the command's help."
