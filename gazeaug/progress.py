"""Progress of long work: one bar on a terminal or in a notebook, a plain line a minute everywhere else.

    with progress("training", 1500, unit="steps") as bar:
        bar.update()

    with stages("evaluating", ["refined.h5, seed 0", "refined.h5, seed 1"]) as names:
        for name in names:
            ...  # whatever shows its own progress in here moves the one bar

There is one screen and so one bar: the outermost. What begins inside it is folded into it. `showing(False)`, which is
what the keyword `progress=False` means, and the variable TQDM_DISABLE silence all of it.

Where the variable GAZEAUG_PROGRESS_FILE names a file, the outermost is also written there as JSON, at most twice a
second and each time as a whole: title, n, total, unit, share (0..1), seconds_left (or null), and in words counted,
rate, told and inner. TQDM_DISABLE does not silence that. The studio shows its jobs by it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypeVar

from gazeaug.screens import Bar, Lines, Pace, Silent, View, Written, in_notebook, rate

REDRAW_SECONDS = 0.1
FILE = "GAZEAUG_PROGRESS_FILE"

T = TypeVar("T")
_open: list[Progress] = []
_wanted: ContextVar[bool] = ContextVar("wanted", default=True)


@dataclass
class Phase:
    """What comes before the units of a work and is counted by itself: `n` of `total` updates are done."""

    name: str
    total: int
    cost: float
    """Units of the work that take as long as one update."""
    n: int = 0


class Progress:
    """Work of `total` units of which `n` are done; use `progress` or `stages` to begin it."""

    def __init__(self, title: str, total: int, *, unit: str, done: int, view: View) -> None:
        self.title, self.total, self.unit, self.n, self.view = title, total, unit, done, view
        self.name, self.told, self.inner = "", "", 0.0
        self.weights: Sequence[float] | None = None
        self.phases: Sequence[Phase] = ()
        self.began, self.pace, self.n_first = time.monotonic(), Pace(), done
        self.has_ended, self._next = False, 0.0

    @property
    def share(self) -> float:
        """What is done, 0..1, the part of the present unit that a folded one tells of included."""
        if self.weights is not None and self.n < self.total:
            return (sum(self.weights[: self.n]) + self.weights[self.n] * self.inner) / sum(self.weights)
        done = self.n + self.inner + sum(phase.n * phase.cost for phase in self.phases)
        return min(1.0, done / self.cost) if self.cost else 1.0

    @property
    def cost(self) -> float:
        """Of the whole, in units."""
        return self.total + sum(phase.total * phase.cost for phase in self.phases)

    @property
    def phase(self) -> Phase | None:
        """What is done at present before the units; None where that is over."""
        return next((phase for phase in self.phases if phase.n < phase.total), None)

    def update(self, n: int = 1) -> None:
        """`n` more units are done, or updates of the present phase."""
        phase = self.phase
        if phase is None:
            self.n += n
        else:
            phase.n += n
        self.inner = 0.0
        self.moved()

    def tell(self, text: str) -> None:
        """Show a few words beside the numbers, like the present score."""
        self.told = text

    def skip(self, n: int = 1) -> None:
        """`n` units need not be done, since an earlier run has done them."""
        before = self.share
        self.n += n
        self.n_first += n
        self.pace.skip(self.share - before)

    def moved(self) -> None:
        """Hand the news to the outermost, which draws now and then."""
        root = _open[0] if _open else self
        if root is not self:
            for outer, folded in zip(reversed(_open[:-1]), reversed(_open), strict=False):
                outer.inner = max(outer.inner, folded.share)
        now = time.monotonic()
        if now >= root._next:
            root._next = now + REDRAW_SECONDS
            root.pace.note(now, root.share)
            root.view.draw(root)

    def seconds_left(self) -> float | None:
        """By the recent speed; None while that cannot be told."""
        speed = self.pace.speed(time.monotonic(), self.share)
        return None if speed is None else (1 - self.share) / speed

    def innermost(self) -> Progress:
        """The work that is being done inside this one, or this one."""
        return _open[-1] if self in _open else self

    def count(self) -> str:
        """Like "300 of 1,500", of stages "3 of 8", of a phase "camera 40 of 200"."""
        phase = self.phase
        if phase is not None:
            return f"{phase.name} {phase.n:,} of {phase.total:,}"
        return f"{self.n + bool(self.name and self.n < self.total):,} of {self.total:,}"

    def rate(self) -> str:
        """Like "12 steps/s"; nothing where it is not known, or of stages."""
        speed = None if self.name else self.pace.speed(time.monotonic(), self.share)
        phase = self.phase
        if not speed:
            return ""
        return rate(speed * self.cost, self.unit) if phase is None else rate(speed * self.cost / phase.cost, "updates")


@contextmanager
def progress(
    title: str,
    total: int,
    *,
    unit: str,
    done: int = 0,
    leave: bool = True,
    shown: bool = True,
    phases: Sequence[Phase] = (),
) -> Iterator[Progress]:
    """Show the progress of a piece of work.

    Args:
        title: what is done, like "training".
        total: how many units there are.
        unit: what they are called, in the plural.
        done: how many an earlier run has done.
        leave: whether a finished bar stays on the terminal.
        shown: False shows nothing, like in the processes that do not lead.
        phases: what comes before the units; the share and the time left count it.
    """
    bar = Progress(title, total, unit=unit, done=done, view=view_of(leave) if shown and not _open else Silent())
    bar.phases = phases
    if not shown:
        yield bar
        return
    whole = False
    _open.append(bar)
    try:
        if bar is _open[0]:
            bar.view.draw(bar)
        yield bar
        whole = True
    finally:
        bar.has_ended = True
        if bar is _open[0]:
            bar.view.close(bar, whole=whole)
        _open.remove(bar)


def each(things: Sequence[T], title: str, *, unit: str, leave: bool = False) -> Iterator[T]:
    """Things one after the other, each done when the next is asked for."""
    with progress(title, len(things), unit=unit, leave=leave) as bar:
        for thing in things:
            yield thing
            bar.update()


class Stages(Iterator[str]):
    """The names of stages one after the other; each is done when the next is asked for."""

    def __init__(self, bar: Progress, names: Sequence[str]) -> None:
        self.bar, self._names, self._at = bar, list(names), -1

    def __next__(self) -> str:
        is_done = 0 <= self._at < self.bar.total and self.bar.n == self._at
        self._at += 1
        is_last = self._at >= self.bar.total
        if not is_last:
            self.bar.name = self._names[self._at]  # first, since the update may be drawn
        if is_done:
            self.bar.update()
        if is_last:
            raise StopIteration
        self.bar.moved()
        return self.bar.name

    def skip(self) -> None:
        """The present stage need not be done: an earlier run has done it, and the time left does not count it."""
        self.bar.skip()


@contextmanager
def stages(
    title: str, names: Sequence[str], *, weights: Sequence[float] | None = None, leave: bool = True
) -> Iterator[Stages]:
    """One bar for several long pieces of work ("3 of 8: refined.h5, seed 1"), with the time left for all of them.

    Args:
        title: what is done, like "evaluating".
        names: a few words for each stage.
        weights: about how long each takes, in any unit; all the same where none are given.
        leave: whether a finished bar stays on the terminal.
    """
    with progress(title, len(names), unit="stages", leave=leave) as bar:
        bar.weights = weights
        yield Stages(bar, names)


@contextmanager
def showing(wanted: bool) -> Iterator[None]:
    """Whether progress is shown for the length of a block; an outer block that says no is obeyed."""
    token = _wanted.set(wanted and _wanted.get())
    try:
        yield
    finally:
        with suppress(ValueError):  # a generator that is closed elsewhere
            _wanted.reset(token)


def print_above(text: str, file: TextIO) -> None:
    """Print a line, above the bar where there is one."""
    view = _open[0].view if _open else None
    screen = view.screen if isinstance(view, Written) else view
    if isinstance(screen, Bar):
        screen.print(text, file)
    else:
        file.write(f"{text}\n")
        file.flush()


def view_of(leave: bool) -> View:
    """How progress is shown here."""
    if not _wanted.get():
        return Silent()
    path = os.environ.get(FILE)
    return Written(screen_of(leave), Path(path), leave) if path else screen_of(leave)


def screen_of(leave: bool) -> View:
    """How progress is shown to who sits here."""
    if os.environ.get("TQDM_DISABLE") or sys.stderr is None:
        return Silent()
    return Bar(leave) if sys.stderr.isatty() or in_notebook() else Lines()
