"""How errors reach the user: one sentence on stderr and an exit code, a traceback only with --debug."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from gazeaug.errors import GazeaugError, InputError
from gazeaug.notes import forget_notes, logger
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
            with notes_shown():
                return super().invoke(ctx)
        except GazeaugError as error:
            if ctx.meta["debug"]:
                raise
            print(f"error: {error}", file=sys.stderr)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            print("interrupted.", file=sys.stderr)
            raise typer.Exit(130) from None


class Notes(logging.Handler):
    """Shows what the library notes as `note: ...` on stderr, from when work begins."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.held: list[str] | None = []

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line, or hold it."""
        if self.held is None:
            print(f"note: {record.getMessage()}", file=sys.stderr, flush=True)
        else:
            self.held.append(record.getMessage())

    def flush(self) -> None:
        """Print what is held, and hold nothing more."""
        held, self.held = self.held, None
        for sentence in held or ():
            print(f"note: {sentence}", file=sys.stderr, flush=True)


@contextmanager
def notes_shown() -> Iterator[None]:
    """Show notes for the length of a command; none where its input is refused before work begins."""
    forget_notes()
    handler = Notes()
    logger.addHandler(handler)
    try:
        yield
        handler.flush()
    except GazeaugError as error:
        if not isinstance(error, InputError):
            handler.flush()
        raise
    finally:
        logger.removeHandler(handler)
