"""How errors reach the user: one sentence on stderr and an exit code, a traceback only with --debug."""

from __future__ import annotations

import sys
from typing import Any

import typer

from gazeaug.errors import GazeaugError
from gazeaug_cli.groups import LazyGroup


class PoliteGroup(LazyGroup):
    """A command group that prints gazeaug's own errors as one sentence; takes --debug anywhere on the line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take --debug out of the line, wherever it stands, before the command sees it."""
        ctx.meta["debug"] = "--debug" in args
        return super().parse_args(ctx, [argument for argument in args if argument != "--debug"])

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit 2 for bad input, 1 for a failure on the way, 130 when interrupted."""
        try:
            return super().invoke(ctx)
        except GazeaugError as error:
            if ctx.meta["debug"]:
                raise
            print(f"error: {error}", file=sys.stderr)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            print("interrupted.", file=sys.stderr)
            raise typer.Exit(130) from None
