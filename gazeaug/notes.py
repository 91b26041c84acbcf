"""Notes: what was left out, or in which way something was read, said once to whoever runs the work.

They go to the logger `gazeaug` as warnings; the command line shows them as `note: ...` once work begins, and not
where the input is refused. Modules log what they open, choose and save to loggers of their own below it, as INFO.
"""

from __future__ import annotations

import logging
import multiprocessing

logger = logging.getLogger("gazeaug")
logger.addHandler(logging.NullHandler())  # a program that uses the library decides what is shown
_said: set[str] = set()


def note(sentence: str) -> None:
    """Say a sentence, if this process has not said it yet; a worker says nothing, since its parent reads the same."""
    if sentence not in _said and multiprocessing.parent_process() is None:
        _said.add(sentence)
        logger.warning("%s", sentence)


def show_notes() -> None:
    """Work begins, and so the input was not refused: what was noted so far is shown."""
    for handler in logger.handlers:
        handler.flush()


def forget_notes() -> None:
    """Let everything be said again: another command begins."""
    _said.clear()
