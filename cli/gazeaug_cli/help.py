"""What --help shows: arguments, then options in panels, then the examples of the docstring. Plain: rich is slow."""

from __future__ import annotations

import inspect
from typing import Any

from typer.core import TyperCommand

from gazeaug.options import Panel
from gazeaug_cli.old_flags import by_new_flags
from gazeaug_cli.suggestions import check_spelling

ARGUMENTS, REQUIRED, HELP = "Arguments", "Required options", "Help"
ORDER = [ARGUMENTS, REQUIRED, *(panel.value for panel in Panel), HELP]


def split_examples(docstring: str | None) -> tuple[str, list[str]]:
    """A docstring's text, and the lines of the paragraph `Examples:` that it may end in."""
    text, _, examples = inspect.cleandoc(docstring or "").partition("\n\nExamples:\n")
    return text, [line.strip() for line in examples.splitlines()]


def write_examples(examples: list[str], formatter: Any) -> None:
    """Write the examples, each on its line, whatever the width."""
    if examples:
        with formatter.section("Examples"):
            for line in examples:
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class HelpfulCommand(TyperCommand):
    """A command whose docstring may end in a paragraph `Examples:`, a line each."""

    def __init__(self, *args: Any, help: str | None = None, **others: Any) -> None:  # noqa: A002
        text, self.examples = split_examples(help)
        super().__init__(*args, help=text, **others)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take options by their old names too, and say which one a misspelt one may be."""
        words = by_new_flags(args, getattr(self.callback, "old_flags", {}))
        flags = [flag for each in self.get_params(ctx) for flag in (*each.opts, *each.secondary_opts)]
        if not ctx.resilient_parsing:  # as where the shell completes a line
            check_spelling(words, flags, ctx.command_path)
        return super().parse_args(ctx, words)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What follows the command's name on the line of usage: INPUT... where Typer has {INPUT...}..."""
        return [usage_of(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, panel by panel."""
        panels: dict[str, list[Any]] = {name: [] for name in ORDER}
        for parameter in self.get_params(ctx):
            panels[panel_of(parameter)].append(record_of(parameter, ctx))
        for name, records in panels.items():
            if any(records):
                with formatter.section(name):
                    formatter.write_dl(list(filter(None, records)))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        write_examples(self.examples, formatter)


def usage_of(piece: str) -> str:
    """An argument in capitals; Typer puts needed ones in braces, with dots of its own behind those that repeat."""
    inner = piece.removesuffix("...").removeprefix("{").removesuffix("}")
    return inner.upper() if piece.startswith("{") else piece


def panel_of(parameter: Any) -> str:
    """The section of the help that a parameter is shown in."""
    if parameter.param_type_name == "argument":
        return ARGUMENTS
    return REQUIRED if parameter.required else getattr(parameter, "rich_help_panel", None) or HELP


def record_of(parameter: Any, ctx: Any) -> tuple[str, str] | None:
    """How a parameter is typed and what it is for; None for a hidden one."""
    record = parameter.get_help_record(ctx)
    if record is None:
        return None
    name, text = record
    if parameter.param_type_name == "argument":
        name = parameter.metavar or parameter.name.upper()
    return name, " ".join(text.replace("[required]", "").split())
