"""Notes: what was left out, or in which way something was read, said once to whoever runs the work.

They go to the logger `gazeaug` as warnings. In a program that has set up no logging, Python prints warnings on stderr;
so does a notebook, below the cell. The command line shows them as `note: ...` once work begins, and not where the input
is refused. Modules log what they open, choose and save to loggers of their own below it, as INFO.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice

logger = logging.getLogger("gazeaug")  # without a handler of its own, with which nobody would see a note
MOST_NAMED = 3
_said: set[str] = set()
_wording: ContextVar[Callable[[str], str] | None] = ContextVar("wording", default=None)


def note(sentence: str) -> None:
    """Say a sentence, if this process has not said it yet; a worker says nothing, since its parent reads the same."""
    if sentence not in _said and multiprocessing.parent_process() is None:
        _said.add(sentence)
        words = _wording.get()
        logger.warning("%s", sentence if words is None else words(sentence))


@contextmanager
def worded(words: Callable[[str], str]) -> Iterator[None]:
    """For the length of a block, say notes in the words of whoever reads them."""
    token = _wording.set(words)
    try:
        yield
    finally:
        _wording.reset(token)


def some(texts: Iterable[str]) -> str:
    """The first few of some texts, for a sentence."""
    first = list(islice(texts, MOST_NAMED + 1))
    return ", ".join(first[:MOST_NAMED]) + (", ..." if len(first) > MOST_NAMED else "")


def show_notes() -> None:
    """Work begins, and so the input was not refused: what was noted so far is shown."""
    for handler in logger.handlers:
        handler.flush()


def forget_notes() -> None:
    """Let everything be said again: another command begins."""
    _said.clear()
