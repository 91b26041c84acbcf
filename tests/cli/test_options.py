"""No option is lost: what every command took before options were said once (`options.json`) it must take today."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from gazeaug_cli.app import app

KNOWN = json.loads(Path(__file__).with_name("options.json").read_text("utf-8"))
DEFAULT = re.compile(r"\[default: ([^;\]]+)")


def commands(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command below a group with the words that call it."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for word in command.commands:
        yield from commands(command.get_command(None, word), f"{name} {word}".strip())


def key(command: Any, parameter: Any) -> str:
    """The name of an option, the place of an argument."""
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    return f"argument {arguments.index(parameter)}" if parameter in arguments else parameter.name


def words(parameter: Any) -> list[str]:
    """What gives a parameter the value 100, or sets a flag."""
    spelled = [] if parameter.param_type_name == "argument" else parameter.opts[:1]
    return [*spelled, *([] if getattr(parameter, "is_flag", False) else ["100"] * max(1, parameter.nargs))]


def described(command: Any, parameter: Any) -> dict[str, Any]:
    """How a parameter is typed, what becomes of it, and the default that the help shows."""
    line = [word for each in command.params if each.required and each is not parameter for word in words(each)]
    context = command.make_context("gazeaug", [*line, *words(parameter)])
    value = context.params[parameter.name]
    kinds = {type(part).__name__ for part in (value if isinstance(value, (list, tuple)) else [value])}
    shown = DEFAULT.search(" ".join((parameter.get_help_record(context) or ("", ""))[1].split()))
    return {
        "flags": sorted(parameter.opts) if parameter.param_type_name == "option" else [],
        "flags_off": sorted(parameter.secondary_opts),
        "required": parameter.required,
        "values": 0 if getattr(parameter, "is_flag", False) else parameter.nargs,
        "repeats": bool(getattr(parameter, "multiple", False)),
        "kind": sorted({"PosixPath": "str"}.get(kind, kind) for kind in kinds),
        "default": shown and shown[1],
    }


@functools.cache
def all_options() -> dict[str, dict[str, Any]]:
    """Every parameter of every command but --help."""
    return {
        name: {key(command, each): described(command, each) for each in command.params}
        for name, command in commands(typer.main.get_command(app))
    }


@pytest.mark.parametrize("command", KNOWN)
def test_no_option_of_a_command_is_lost(command: str) -> None:
    found = all_options()[command]
    for name, known in KNOWN[command].items():
        now = found[name]
        assert now | {"default": known["default"] and now["default"]} == known, name
