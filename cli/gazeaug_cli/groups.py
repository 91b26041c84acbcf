"""Groups of commands that are imported and built when they are called; the listing shows texts of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from gazeaug_cli.help import HelpfulCommand

CONTEXT = {"help_option_names": ["--help", "-h"]}
PLAIN: dict[str, Any] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
    "context_settings": CONTEXT,
}


class LazyGroup(TyperGroup):
    """A command group that knows its commands by name; a subclass says what they are."""

    texts: ClassVar[Mapping[str, str]]
    """What each command is for, by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "commands": dict.fromkeys(self.texts)})

    def load(self, name: str) -> Any:
        """The function of a command, or the Typer app of a group."""
        raise NotImplementedError

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Build a command; None where there is none of that name."""
        if cmd_name not in self.texts:
            return None
        found = self.load(cmd_name)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        alone = typer.Typer(**PLAIN)
        alone.command(cmd_name, cls=HelpfulCommand, context_settings=CONTEXT)(found)
        return typer.main.get_command(alone)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands with their texts."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.texts.items()))
