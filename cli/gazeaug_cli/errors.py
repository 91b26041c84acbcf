"""How errors reach the user: one sentence on stderr and an exit code, a traceback only with --debug."""

from __future__ import annotations

import _thread
import errno
import math
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer

from gazeaug.errors import GazeaugError, InputError, Interrupted, RunError
from gazeaug.provenance import command_line
from gazeaug_cli.global_flags import META, take_global_flags
from gazeaug_cli.groups import LazyGroup
from gazeaug_cli.logs import logs_shown

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
WORDS = "gazeaug.words"  # of a context's facts: what was typed behind `gazeaug`
SYMLINK_LOOP = re.compile("Symlink loop from '(.*)'")

SAME_STOP_S = 0.25  # within which a second SIGTERM belongs to the first
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
        ctx.meta[WORDS] = list(args)
        words, flags = take_global_flags(args)
        ctx.meta[META] = flags
        return super().parse_args(ctx, words)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit 2 for bad input, 1 for a failure on the way, 130 when interrupted."""
        try:
            with sigterm_as_ctrl_c(), logs_shown(ctx.meta[META]):
                return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever read the output has enough of it: nothing to say, which is Typer's way
        except (GazeaugError, OSError, MemoryError, UnicodeEncodeError) as error:
            if ctx.meta[META].is_debug:
                raise
            said = as_said(error)
            tell(said, ctx.meta[WORDS])
            raise typer.Exit(said.exit_code) from None
        except RuntimeError as error:  # pathlib's, up to Python 3.12, of links in a circle
            if ctx.meta[META].is_debug or not (found := SYMLINK_LOOP.match(str(error))):
                raise
            print(f"error: {found[1]}: {OF_A_FILE[errno.ELOOP]}.", file=sys.stderr)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            print("interrupted.", file=sys.stderr)
            raise typer.Exit(130) from None


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Let the polite stop of a scheduler do what Ctrl-C does; outside the main thread Python takes no signals.

    `timeout` sends SIGTERM twice at once, and the second one must not cut short what the first one saves. Python drops
    a KeyboardInterrupt in the callback of a weak reference, of which h5py has many; it is then raised again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = -math.inf

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal came
        before, came = came, time.monotonic()
        if came - before > SAME_STOP_S:
            on_ctrl_c = signal.getsignal(signal.SIGINT)  # what a command has set, or SIG_IGN in a shell's background
            (on_ctrl_c if callable(on_ctrl_c) else signal.default_int_handler)(number, frame)

    def raise_again(dropped: Any) -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            dropping(dropped)
            return
        timer = threading.Timer(2 * SAME_STOP_S, _thread.interrupt_main, [signal.SIGTERM])
        timer.daemon = True
        timer.start()

    previous, dropping = signal.signal(signal.SIGTERM, stop), sys.unraisablehook
    sys.unraisablehook = raise_again
    try:
        yield
    finally:
        sys.unraisablehook = dropping
        signal.signal(signal.SIGTERM, previous)


def tell(error: GazeaugError, words: Sequence[str]) -> None:
    """Print an error, or what the user has interrupted and the command that resumes it.

    Args:
        error: what is said.
        words: what was typed behind `gazeaug`.
    """
    sentence = " ".join(str(error).splitlines())
    if not isinstance(error, Interrupted):
        print(f"error: {sentence}", file=sys.stderr)
        return
    resuming = [word for word in words if word != "--fresh"]  # that would start over
    command = f" To resume, type: {command_line('gazeaug', *resuming)}" if error.same_command else ""
    print(f"{sentence}{command}", file=sys.stderr)


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
