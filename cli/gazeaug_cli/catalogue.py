"""The commands as data, for the studio: what they take, and the line that given values make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import typer

from gazeaug.devices import cuda_number
from gazeaug.errors import InputError
from gazeaug.provenance import command_line
from gazeaug.suggestions import did_you_mean
from gazeaug_cli.app import app
from gazeaug_cli.groups import LazyGroup
from gazeaug_cli.help import ORDER, panel_of
from gazeaug_cli.lines import files_of, words_of
from gazeaug_cli.options import built, typed
from gazeaug_cli.parameters import Parameter, kinds_of, options_by_name, parameters_of
from gazeaug_studio.commands import Line

LEFT_OUT = "studio"  # it would start itself
USAGE_ERROR: type[Any] = typer.BadParameter.__bases__[0]  # click's, which newer versions of Typer hold a copy of
DEVICE = "device"


class Catalogue:
    """See `gazeaug_studio.commands.Commands`."""

    def listing(self) -> list[dict[str, Any]]:
        """Name, section and text of each command."""
        return [dict(each) for each in self._listed.values()]

    def describe(self, name: str) -> dict[str, Any]:
        """Arguments and options of a command; raises InputError where there is none of that name."""
        command = self._command(name)
        context = command.make_context(name, [], resilient_parsing=True)
        panels: dict[str, list[dict[str, Any]]] = {title: [] for title in ORDER}
        arguments = list[dict[str, Any]]()
        for parameter in parameters_of(command).values():
            shown = parameter.described(context)
            (arguments if parameter.is_argument else panels[panel_of(parameter.click)]).append(shown)
        text, _, about = command.help.partition("\n\n")
        return {
            "name": name,
            "text": " ".join(text.split()),
            "about": "\n\n".join(" ".join(part.split()) for part in about.split("\n\n") if "--json" not in part),
            "arguments": arguments,
            "panels": [{"title": title, "options": options} for title, options in panels.items() if options],
            "examples": command.examples,
        }

    def line(self, name: str, given: Mapping[str, Any]) -> Line:
        """The line of a command, which its own parser and the rules of its options accept; nothing is run.

        Raises:
            InputError: a value is none that the command takes, or a needed one is missing.
        """
        command = self._command(name)
        parameters = parameters_of(command)
        words = words_of(parameters, given)
        check(command, name, words)
        return Line((*name.split(" "), *words), files_of(parameters, given), device_of(parameters, given))

    def text(self, words: Sequence[str]) -> str:
        """A line as it is typed."""
        return command_line("gazeaug", *words)

    @cached_property
    def _root(self) -> Any:
        return typer.main.get_command(app)

    @cached_property
    def _listed(self) -> dict[str, dict[str, Any]]:
        return {each["name"]: each for each in commands_in(self._root)}

    @cached_property
    def _built(self) -> dict[str, Any]:
        return {}

    def _command(self, name: str) -> Any:
        if name not in self._listed:
            raise InputError(f"there is no command '{name[:80]}'{did_you_mean(name[:80], self._listed)}")
        if name not in self._built:
            found = self._root
            for word in name.split(" "):
                found = found.get_command(None, word)
            self._built[name] = found
        return self._built[name]


def commands_in(group: LazyGroup, before: str = "") -> Iterator[dict[str, Any]]:
    """Name, section and text of each command of a group and of the groups in it."""
    for section, texts in group.sections.items():
        for name, text in texts.items():
            command = None if name == LEFT_OUT else group.get_command(None, name)
            if isinstance(command, LazyGroup):
                yield from commands_in(command, f"{before}{name} ")
            elif command is not None:
                yield {"name": before + name, "section": section, "text": text}


def check(command: Any, name: str, words: Sequence[str]) -> None:
    """Refuse a line as the command itself does before it works: by its parser, then by the rules of its options.

    Raises:
        InputError: with the command's own sentence.
    """
    try:
        found = command.make_context(f"gazeaug {name}", list(words)).params
    except USAGE_ERROR as error:
        sentence = error.format_message()
        raise InputError(sentence if sentence.endswith(".") else f"{sentence}.") from None
    given = {name: value for name, value in found.items() if value not in ([], ())}  # as Typer hands them on
    values = typed(options_by_name(command), given)
    if cuda_number(str(values.get(DEVICE))) is not None:
        del values[DEVICE]  # looking for it would import torch here; the command itself says if it is not there
    for kind in kinds_of(command):
        built(kind, values)


def device_of(parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> str | None:
    """The device that a command computes on; None for one that has no say in it."""
    if DEVICE not in parameters:
        return None
    return str(given.get(DEVICE) or parameters[DEVICE].default)
