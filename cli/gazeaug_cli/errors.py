"""How errors reach the user: one sentence on stderr and an exit code, a traceback only with --debug."""

from __future__ import annotations

import errno
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from gazeaug.errors import GazeaugError, InputError, RunError
from gazeaug.notes import forget_notes, logger
from gazeaug_cli.global_flags import META, GlobalFlags, take_global_flags
from gazeaug_cli.groups import LazyGroup

# What the system says of a file that was named, and what to do; all else that it refuses is a failure on the way.
OF_A_FILE = {
    errno.EACCES: "the system does not permit it; change the permissions, or take another file",
    errno.EPERM: "the system does not permit it; change the permissions, or take another file",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a part of its path is no folder",
    errno.EISDIR: "expected a file, found a folder",
    errno.ELOOP: "its links lead in a circle",
    errno.ENAMETOOLONG: "its name is longer than the file system takes; give a shorter one",
    errno.EROFS: "its disk cannot be written; write elsewhere",
}
SYMLINK_LOOP = re.compile("Symlink loop from '(.*)'")

AROUND_A_WORD = " \n\"'<>&"


class PoliteGroup(LazyGroup):
    """A command group that prints errors as one sentence; takes -q, -v and --debug anywhere on the line."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the line that was typed, with output that can write any name."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        return super().main(*args, **extra)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the global flags out of the line, wherever they stand, before the command sees it."""
        words, flags = take_global_flags(args)
        ctx.meta[META] = flags
        return super().parse_args(ctx, words)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit 2 for bad input, 1 for a failure on the way, 130 when interrupted."""
        try:
            with notes_shown(ctx.meta[META]):
                return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever read the output has enough of it: nothing to say, which is Typer's way
        except (GazeaugError, OSError, MemoryError, UnicodeEncodeError) as error:
            if ctx.meta[META].is_debug:
                raise
            said = as_said(error)
            print(f"error: {' '.join(str(said).splitlines())}", file=sys.stderr)
            raise typer.Exit(said.exit_code) from None
        except RuntimeError as error:  # pathlib's, up to Python 3.12, of links in a circle
            if ctx.meta[META].is_debug or not (found := SYMLINK_LOOP.match(str(error))):
                raise
            print(f"error: {found[1]}: {OF_A_FILE[errno.ELOOP]}.", file=sys.stderr)
            raise typer.Exit(2) from None
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
def notes_shown(flags: GlobalFlags) -> Iterator[None]:
    """Show notes for the length of a command; none where its input is refused before work begins, none with -q."""
    forget_notes()
    level = logger.level
    logger.setLevel(logging.ERROR if flags.is_quiet else logging.DEBUG if flags.is_verbose else logging.INFO)
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
        logger.setLevel(level)


def as_said(error: GazeaugError | OSError | MemoryError | UnicodeEncodeError) -> GazeaugError:
    """The sentence for an error: gazeaug's own, or what the system refuses and nobody expected it to."""
    if isinstance(error, GazeaugError):
        return error
    if isinstance(error, MemoryError):
        return RunError("the memory is full; take less at once, or close other programs.")
    if isinstance(error, UnicodeEncodeError):
        return InputError(
            f"{word_at(error.object, error.start)!a}: holds characters that {error.encoding} cannot write; rename it."
        )
    name = error.filename or error.filename2
    if name is None:
        return RunError(f"the system refuses: {error}")
    if error.errno in OF_A_FILE:
        return InputError(f"{os.fsdecode(name)}: {OF_A_FILE[error.errno]}.")
    return RunError(f"{os.fsdecode(name)}: the system refuses: {error.strerror}.")


def word_at(text: str, place: int) -> str:
    """What stands at a place of a text, up to the next space, quotation mark or bracket; of a page that is a name."""
    start = max(text.rfind(mark, 0, place) for mark in AROUND_A_WORD) + 1
    ends = [end for mark in AROUND_A_WORD if (end := text.find(mark, place)) != -1]
    return text[start : min(ends, default=len(text))][:80]
