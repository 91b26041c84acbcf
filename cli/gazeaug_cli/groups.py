"""Groups of commands that are imported and built when they are called; the listing shows texts of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from gazeaug_cli.help import HELP, HelpfulCommand, split_examples, write_examples

CONTEXT = {"help_option_names": ["--help", "-h"]}
PLAIN: dict[str, Any] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
    "context_settings": CONTEXT,
}


class LazyGroup(TyperGroup):
    """A command group that knows its commands by name; a subclass says what they are."""

    sections: ClassVar[Mapping[str, Mapping[str, str]]]
    """What each command is for, by its name, by the heading that it is listed under."""

    def __init__(self, *, help: str | None = None, **options: Any) -> None:  # noqa: A002
        text, self.examples = split_examples(help)
        names = [name for section in self.sections.values() for name in section]
        super().__init__(**{**options, "help": text, "commands": dict.fromkeys(names)})

    def load(self, name: str) -> Any:
        """The function of a command, or the Typer app of a group."""
        raise NotImplementedError

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Build a command; None where there is none of that name."""
        if cmd_name not in self.commands:
            return None
        found = self.load(cmd_name)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        alone = typer.Typer(**PLAIN)
        alone.command(cmd_name, cls=HelpfulCommand, context_settings=CONTEXT)(found)
        return typer.main.get_command(alone)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """List the commands with their texts, section by section, then the options."""
        for heading, texts in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl(list(texts.items()))
        with formatter.section(HELP):
            records = [each.get_help_record(ctx) for each in self.get_params(ctx)]
            formatter.write_dl(list(filter(None, records)))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        write_examples(self.examples, formatter)
