"""Parameters of commands as data, for the studio: what each takes, in the words of the command line's own help."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from gazeaug.kinds import kinds_in
from gazeaug.options import Option, options_of
from gazeaug_cli.help import record_of
from gazeaug_cli.options import rule_shown

OF_THE_TERMINAL = ("help", "json_", "list_recipes", "onnx")  # parameters that only make sense where one types
FILES = ("FILE", "FOLDER", "PATH", "HTML", "PNG")  # metavars of texts that name files begin so: FILE=SHARE
NOTES = re.compile(r"\s*\[([^\[\]]*)\]\s*$")
AT_LEAST = re.compile(r"(?:^|; )x>=(.+)")
DEFAULT = "default: "


class Takes(Enum):
    """Kinds of values, as the page is told them."""

    FLAG = "flag"
    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    PATH = "path"
    SIZE = "size"
    PAIRS = "pairs"
    LIST = "list"
    LIMITS = "limits"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of a command."""

    click: Any
    """As Typer made it."""
    takes: Takes
    many: bool
    """Whether it takes several values; an option is repeated for each."""
    choices: tuple[str, ...]
    """All values that it takes; of a text, some of them."""
    names_files: bool
    default: Any
    """As JSON holds it; None where there is none."""
    rule: str
    """What a value must be, such as "at least 2"; empty where nobody needs to be told."""

    @property
    def name(self) -> str:
        """Of the Python parameter."""
        return str(self.click.name)

    @property
    def is_argument(self) -> bool:
        """Whether it has no flag."""
        return bool(self.click.param_type_name == "argument")

    @property
    def flag(self) -> str:
        """How it is typed."""
        return str(next((each for each in self.click.opts if each.startswith("--")), self.click.opts[0]))

    @property
    def label(self) -> str:
        """What it is called in a sentence."""
        return str(self.click.metavar or self.name.upper()) if self.is_argument else self.flag

    def described(self, context: Any) -> dict[str, Any]:
        """What the page shows of it."""
        text, default_text, rule = notes_of((record_of(self.click, context) or ("", ""))[1], self.rule)
        if self.is_argument:
            shown = {"name": self.name, "many": self.many, "required": self.click.required, "text": text}
            return shown | {"metavar": self.label, "kind": self.takes.value, "default_text": default_text}
        return {
            "name": self.name,
            "flag": self.flag,
            "also": [each for each in self.click.opts if each != self.flag],
            "off": next(iter(self.click.secondary_opts), None),
            "kind": self.takes.value,
            "choices": list(self.choices),
            "metavar": self.click.metavar,
            "default": self.default,
            "default_text": default_text,
            "text": text,
            "rule": rule,
            "required": self.click.required,
            "many": self.many,
        }


def parameters_of(command: Any) -> dict[str, Parameter]:
    """The parameters of a command by name, but those that only make sense in a terminal."""
    hints = get_type_hints(command.callback, include_extras=True)
    options = options_by_name(command)
    shown = [each for each in command.params if each.name not in OF_THE_TERMINAL]
    return {each.name: parameter_like(each, hints[each.name], options.get(each.name)) for each in shown}


def options_by_name(command: Any) -> dict[str, Option]:
    """The options of dataclasses that a command has, see `gazeaug_cli.options.taking`."""
    return {each.name: each for kind in kinds_of(command) for each in options_of(kind)}


def kinds_of(command: Any) -> tuple[type, ...]:
    """The dataclasses of options that a command has."""
    found: tuple[type, ...] = getattr(command.callback, "option_kinds", ())
    return found


def parameter_like(click: Any, hint: Any, option: Option | None) -> Parameter:
    """A parameter by what its annotation and its metavar say."""
    annotation = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    (kind,) = [each for each in kinds_in(annotation) if each is not type(None)]
    many, metavar = get_origin(kind) is list, click.metavar or ""
    each = get_args(kind)[0] if many else kind
    words = metavar[1:-1].split("|") if metavar.startswith("[") else []
    choices = tuple(word for word in words if word == word.lower())  # not LABEL and the like
    default = click.default if option is None else option.default
    takes = what_it_takes(each, many=many, metavar=metavar, only_these=bool(words) and len(choices) == len(words))
    return Parameter(
        click=click,
        takes=takes,
        many=many,
        choices=choices,
        names_files=takes is Takes.PATH or (many and each is Path) or metavar.startswith(FILES),
        default=plain(default),
        rule="" if option is None else rule_shown(option),
    )


def what_it_takes(kind: Any, *, many: bool, metavar: str, only_these: bool) -> Takes:
    """The kind of value of a type that Typer takes."""
    if kind is bool:
        return Takes.FLAG
    if get_origin(kind) is tuple:
        return Takes.LIMITS
    if kind in (int, float):
        return Takes.WHOLE if kind is int else Takes.NUMBER
    if many and metavar.partition("=")[2] == "VALUE":
        return Takes.PAIRS
    if kind is Path or metavar in FILES:
        return Takes.PATH
    if metavar == "HEIGHTxWIDTH":
        return Takes.SIZE
    return Takes.CHOICE if only_these else Takes.LIST if many else Takes.TEXT


def notes_of(text: str, rule: str) -> tuple[str, str | None, str]:
    """A sentence of the help without the notes in brackets at its end, the default that those say, and the range.

    Args:
        text: as the help shows it.
        rule: of the option, which the notes may end in; empty where it has none.
    """
    default = None
    while found := NOTES.search(text):
        text, note = text[: found.start()], found[1]
        if least := AT_LEAST.search(note):
            rule, note = f"at least {least[1]}", note[: least.start()]
        if note.startswith(DEFAULT):
            default = note.removeprefix(DEFAULT).removesuffix(f"; {rule}")
    return text, default, rule


def plain(default: Any) -> Any:
    """A default as JSON holds it."""
    if default is MISSING or default is None or isinstance(default, bool | int | float | str):
        return None if default is MISSING else default
    if isinstance(default, tuple) and all(isinstance(each, int) for each in default):
        return "x".join(map(str, default))
    if isinstance(default, Mapping):
        return dict(default) or None
    return str(default) if isinstance(default, Path) else list(default)
