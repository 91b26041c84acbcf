"""Command lines made of values by the names of parameters, each value as the word or words that it is typed as."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from gazeaug.errors import InputError
from gazeaug.kinds import shortened
from gazeaug.suggestions import did_you_mean
from gazeaug_cli.parameters import Parameter, Takes

MOST_BYTES = 100_000  # of a line; systems take about 128 kB


def words_of(parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> list[str]:
    """The words of some values, options first; None, an empty text and an empty list are not given.

    Raises:
        InputError: there is no such parameter, a value is of another kind, or a needed one is missing.
    """
    for name in given:
        if name not in parameters:
            raise InputError(f"there is no option '{name[:80]}'{did_you_mean(name[:80], parameters)}")
    values = {name: value for name, value in given.items() if value is not None and value not in ("", [], {})}
    options, arguments = list[str](), list[str]()
    for name, parameter in parameters.items():
        if name in values:
            texts = texts_of(parameter, values[name])
            if parameter.is_argument:
                arguments += [f"./{text}" if text.startswith("-") else text for text in texts]
            else:
                options += option_words(parameter, values[name], texts)
        elif parameter.click.required:
            raise InputError(f"{parameter.label} must be given.")
    words = [*options, *arguments]
    if sum(len(os.fsencode(word)) + 1 for word in words) > MOST_BYTES:
        raise InputError(f"the line is longer than {MOST_BYTES // 1000} kB, which no system takes.")
    return words


def option_words(parameter: Parameter, value: Any, texts: list[str]) -> list[str]:
    """A flag, or one with its values; a value that begins with - stands behind =, so that it is no flag."""
    if parameter.takes is Takes.FLAG:
        return [parameter.flag] if value else list(parameter.click.secondary_opts[:1])
    if parameter.takes is Takes.LIMITS:
        return [parameter.flag, *texts]
    return [
        word
        for text in texts
        for word in ([f"{parameter.flag}={text}"] if text.startswith("-") else [parameter.flag, text])
    ]


def texts_of(parameter: Parameter, value: Any) -> list[str]:
    """The texts of a value, one for each that is typed; none for a flag.

    Raises:
        InputError: it is of another kind.
    """
    if parameter.takes is Takes.FLAG:
        if not isinstance(value, bool):
            raise wrong(parameter, "true or false", value)
        return []
    if parameter.takes is Takes.LIMITS:
        if not isinstance(value, list) or len(value) != 2:
            raise wrong(parameter, "two numbers", value)
        return [number_of(parameter, each) for each in value]
    if parameter.takes is Takes.PAIRS and isinstance(value, Mapping):
        return [text_of(parameter, f"{name}={text_of(parameter, each)}") for name, each in value.items()]
    if parameter.many and isinstance(value, Collection) and not isinstance(value, str | Mapping):
        return [text_of(parameter, each) for each in value]
    return [text_of(parameter, value)]


def number_of(parameter: Parameter, value: Any) -> str:
    """A number as it is typed."""
    text = text_of(parameter, value)
    try:
        float(text)
    except ValueError:
        raise wrong(parameter, "numbers", value) from None
    return text.strip()


def text_of(parameter: Parameter, value: Any) -> str:
    """A value as it is typed; raises InputError where no argument of a program can hold it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong(parameter, "a number" if parameter.takes in (Takes.WHOLE, Takes.NUMBER) else "a text", value)
    text = str(value)
    try:
        can_be_typed = b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        can_be_typed = False
    if not text or not can_be_typed:
        raise InputError(f"{parameter.label}: {shortened(text)} cannot be typed in a command line.")
    return text


def wrong(parameter: Parameter, expected: str, value: Any) -> InputError:
    """The refusal of a value of another kind."""
    return InputError(f"{parameter.label} must be {expected}, got {shortened(value)}.")


def files_of(parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> tuple[str, ...]:
    """Those texts of values that name files or folders; of FILE=SHARE the file."""
    found = list[str]()
    for name, parameter in parameters.items():
        if parameter.names_files and given.get(name) not in (None, "", [], {}):
            has_share = "=" in (parameter.click.metavar or "")
            for text in texts_of(parameter, given[name]):
                file, _, rest = text.rpartition("=")
                found.append(file or rest if has_share else text)
    return tuple(found)
