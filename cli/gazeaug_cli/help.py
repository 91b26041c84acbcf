"""What a command's --help shows: options in panels, then the examples of its docstring. Plain: rich is slow."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from gazeaug.options import Panel
from gazeaug_cli.old_flags import by_new_flags

OTHERS = "Options"
ORDER = ["Arguments", *(panel.value for panel in Panel), OTHERS]


class HelpfulCommand(TyperCommand):
    """A command whose docstring may end in a paragraph `Examples:`, a line each."""

    def __init__(self, *args: Any, help: str | None = None, **others: Any) -> None:  # noqa: A002
        text, _, examples = (help or "").partition("\n\nExamples:\n")
        super().__init__(*args, help=text, **others)
        self.examples = [line.strip() for line in examples.splitlines()]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take options by their old names too."""
        return super().parse_args(ctx, by_new_flags(args, getattr(self.callback, "old_flags", {})))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, panel by panel."""
        panels: dict[str, list[Any]] = {name: [] for name in ORDER}
        for parameter in self.get_params(ctx):
            kind: Any = parameter
            panel = "Arguments" if kind.param_type_name == "argument" else getattr(kind, "rich_help_panel", None)
            panels[panel or OTHERS].append(kind.get_help_record(ctx))
        for name, records in panels.items():
            if any(records):
                with formatter.section(name):
                    formatter.write_dl(list(filter(None, records)))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, each on its line, whatever the width."""
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")
