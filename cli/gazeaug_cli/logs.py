"""What the library logs, on stderr: its notes, with -v all else with times, with -q neither these nor progress."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gazeaug.errors import GazeaugError, InputError
from gazeaug.notes import forget_notes, logger
from gazeaug.progress import print_above, showing
from gazeaug_cli.endings import flags as flags_in_force
from gazeaug_cli.global_flags import GlobalFlags

TIMES = logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S")


class Notes(logging.Handler):
    """Shows what the library notes as `note: ...`, from when work begins."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.held: list[str] | None = []

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line, or hold it."""
        if self.held is None:
            print_above(f"note: {record.getMessage()}", sys.stderr)
        else:
            self.held.append(record.getMessage())

    def flush(self) -> None:
        """Print what is held, and hold nothing more."""
        held, self.held = self.held, None
        for sentence in held or ():
            print_above(f"note: {sentence}", sys.stderr)


class Details(logging.Handler):
    """Shows everything below a note with the time and the module that says it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line."""
        if record.levelno < logging.WARNING:
            print_above(TIMES.format(record), sys.stderr)


@contextmanager
def logs_shown(flags: GlobalFlags) -> Iterator[None]:
    """Show notes for the length of a command; none where its input is refused before work begins, none with -q."""
    forget_notes()
    token = flags_in_force.set(flags)
    level = logger.level
    logger.setLevel(logging.ERROR if flags.is_quiet else logging.DEBUG if flags.is_verbose else logging.WARNING)
    notes, handlers = Notes(), [Details()] if flags.is_verbose else []
    for handler in (notes, *handlers):
        logger.addHandler(handler)
    try:
        with showing(not flags.is_quiet):
            yield
        notes.flush()
    except GazeaugError as error:
        if not isinstance(error, InputError):
            notes.flush()
        raise
    finally:
        for handler in (notes, *handlers):
            logger.removeHandler(handler)
        logger.setLevel(level)
        flags_in_force.reset(token)
