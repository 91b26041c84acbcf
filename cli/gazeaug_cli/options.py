"""Options of commands, made from the dataclasses that hold them: see `gazeaug.options`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from gazeaug.errors import InputError
from gazeaug.options import FORCE, Option, Panel, options_of
from gazeaug_cli.old_flags import old_flags_of
from gazeaug_cli.sizes import parse_size, parse_sizes

TRIVIAL = ("", "be at least 0", "be at least 1", "not be negative")  # rules that nobody needs to be told of
LONGEST_RULE = 30  # characters

T = TypeVar("T")
METAVARS = {int: "N", float: "NUMBER", str: "TEXT", Path: "PATH"}


def taking(*kinds: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of dataclasses in the place of its `**given`, which holds those that were typed."""
    options = {option.name: option for kind in kinds for option in options_of(kind)}

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        *own, _ = inspect.signature(command).parameters.values()
        parameters = [each.replace(annotation=hints[each.name]) for each in own]
        parameters += [parameter_of(option) for option in options.values()]

        @functools.wraps(command)
        def run(**values: Any) -> None:
            command(**typed(options, values))

        run.__dict__["option_kinds"] = kinds
        run.__dict__["old_flags"] = {**old_flags_of(kinds), **getattr(command, "old_flags", {})}
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return with_options


def shown(
    panel: Panel,
    text: str,
    *flags: str,
    metavar: str | None = None,
    unset: str | None = None,
    shows_default: bool = True,
) -> Any:
    """What Typer shall know of an option: where the help shows it and how, and its values for the shell's completion.

    Args:
        panel: its group in the help.
        text: what it is for.
        flags: how it is spelled, where that does not follow from its name.
        metavar: what stands for the value; [a|b] are all the values that it takes.
        unset: what happens where it is not given, if no default says it.
        shows_default: whether Typer adds the default to the text.
    """
    words = metavar[1:-1].split("|") if metavar is not None and metavar.startswith("[") else []
    choices = [word for word in words if word == word.lower()]  # not LABEL and the like

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return typer.Option(
        *flags,
        help=text if unset is None else f"{text} [default: {unset}]",
        metavar=metavar,
        show_default=shows_default and unset is None,
        rich_help_panel=panel.value,
        autocompletion=complete if choices else None,
    )


Forced = Annotated[bool, shown(Panel.DATA, FORCE, "--force")]
Overwriting = Annotated[bool, shown(Panel.OUTPUT, "Replace existing outputs.", "--overwrite")]
AsJson = Annotated[bool, shown(Panel.OUTPUT, "Print one JSON document and nothing else.", "--json")]
Seed = Annotated[int, shown(Panel.SCHEDULE, "Seed of the random draws.", metavar="N")]


def typed(options: Mapping[str, Option], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as Typer reads them, by name, as those that options take; without the options that were not typed."""
    given = {name: value for name, value in values.items() if name not in options or value is not None}
    return {name: typed_as(options[name])[1](value) if name in options else value for name, value in given.items()}


def built(kind: type[T], given: Mapping[str, Any]) -> T:
    """A dataclass of those of its options that were typed."""
    options: type = kind
    return kind(**{option.name: given[option.name] for option in options_of(options) if option.name in given})


def parameter_of(option: Option) -> inspect.Parameter:
    """An option as a parameter that Typer reads; its value is None where it is not typed."""
    kind, _, metavar = typed_as(option)
    panel = option.panel or Panel.DATA
    off = option.shown.off or (f"--no-{option.flag[2:]}" if option.default is True else None)
    flags = [option.flag if off is None else f"{option.flag}/{off}", *filter(None, [option.shown.also])]
    text = " ".join(filter(None, [option.text, notes_on(option)]))
    info = shown(panel, text, *flags, metavar=option.shown.metavar or metavar, shows_default=False)
    is_needed = option.default is MISSING
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if is_needed else None,
        annotation=Annotated[kind if is_needed else kind | None, info],
    )


def notes_on(option: Option) -> str:
    """Default and range of an option, for the help."""
    default = option.shown.unset or option.default
    if default is True:
        default = "yes"
    elif default is False and option.shown.off:
        default = "no"
    elif isinstance(default, tuple):
        default = "x".join(map(str, default))
    notes = [] if default is None or default is False or default is MISSING else [f"default: {default}"]
    notes += filter(None, [rule_shown(option)])
    return f"[{'; '.join(notes)}]" if notes else ""


def rule_shown(option: Option) -> str:
    """The range of an option, for the help; empty where it has none, or one that nobody needs to be told of."""
    return "" if option.rule in TRIVIAL or len(option.rule) > LONGEST_RULE else option.rule.removeprefix("be ")


def typed_as(option: Option) -> tuple[Any, Callable[[Any], Any], str | None]:
    """The type that Typer takes for an option, what makes the option's value of it, and what stands for it in the help.

    Choices are texts to Typer, since the dataclass refuses others in a sentence of its own.
    """
    kinds = option.kinds
    if option.choices:
        return str, str, f"[{'|'.join(option.choices)}]"
    if Path in kinds:
        return Path, Path, METAVARS[Path]
    if option.is_size:
        return str, parse_size, "HEIGHTxWIDTH"
    if Mapping[str, str] in kinds:
        return list[str], functools.partial(parse_pairs, option), "NAME=VALUE"
    if Sequence[int | None] in kinds:
        return str, parse_sizes, "N,..."
    if Sequence[str] in kinds:
        return list[str], ",".join if str in kinds else list, METAVARS[str]
    kind = str if str in kinds else kinds[0]
    return kind, kind, None if kind is bool else METAVARS[kind]


def parse_pairs(option: Option, texts: Sequence[str]) -> dict[str, str]:
    """Texts such as subject=p00 by name.

    Raises:
        InputError: one has no equals sign, or a name is there twice.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"{option.flag} must be {option.shown.metavar}, got '{text}'.")
        if name in pairs:
            raise InputError(
                f"{option.flag} {name} is given twice, as '{pairs[name]}' and '{value}'; give one of them."
            )
        pairs[name] = value
    return pairs
