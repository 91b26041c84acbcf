"""Where progress is shown: a bar (tqdm's, which is used here alone), or plain lines; and how it is put in words."""

from __future__ import annotations

import json
import shutil
import sys
import time
import warnings
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TextIO

if TYPE_CHECKING:
    from gazeaug.progress import Progress

FIRST_LINE_SECONDS, LINE_SECONDS = 10.0, 60.0
WRITE_SECONDS = 0.5  # between two states of a file
SURE_SECONDS, SURE_SHARE, SURE_ANYWAY_SECONDS = 5.0, 0.02, 30.0  # what has to pass before the time left is shown
RECENT_SECONDS, RECENT_SHARE = 30.0, 1 / 3  # the speed is that of so many seconds, or of this share of the time so far
SHORTEST_BAR = 8  # columns


class Pace:
    """How fast the done share grows: recently, and without the first update, which pays for the start of the device."""

    def __init__(self) -> None:
        self._samples = deque[tuple[float, float]]()
        self._began: tuple[float, float] | None = None

    def note(self, now: float, share: float) -> None:
        """A share is done at a time in seconds."""
        self._began = self._began or (now, share)
        elapsed = now - self._began[0]
        if not self._samples or now - self._samples[-1][0] >= elapsed / 300:
            self._samples.append((now, share))
        while len(self._samples) > 2 and now - self._samples[1][0] > max(RECENT_SECONDS, elapsed * RECENT_SHARE):
            self._samples.popleft()

    def skip(self, share: float) -> None:
        """A share counts as done that took no time: an earlier run has done it."""
        self._samples = deque((when, done + share) for when, done in self._samples)
        if self._began is not None:
            self._began = (self._began[0], self._began[1] + share)

    def speed(self, now: float, share: float) -> float | None:
        """Share a second; None while there is too little to tell it from."""
        if self._began is None:
            return None
        elapsed, gained = now - self._began[0], share - self._began[1]
        if elapsed < SURE_SECONDS or (gained < SURE_SHARE and elapsed < SURE_ANYWAY_SECONDS):
            return None
        when, done = self._samples[0]
        return (share - done) / (now - when) if share > done and now > when else None


class View(Protocol):
    """Where the outermost progress is shown."""

    def draw(self, root: Progress) -> None:
        """Show it as it is now."""

    def close(self, root: Progress, *, whole: bool) -> None:
        """Show it for the last time; `whole` unless an error has ended it."""


class Silent:
    """Shows nothing."""

    def draw(self, root: Progress) -> None:
        """Nothing."""

    def close(self, root: Progress, *, whole: bool) -> None:
        """Nothing."""


class Bar:
    """A bar on a terminal or in a notebook."""

    def __init__(self, leave: bool) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a notebook without ipywidgets gets a plainer bar
            from tqdm.auto import tqdm

            self._bar: Any = tqdm(total=1.0, leave=leave, bar_format=" ", file=sys.stderr, dynamic_ncols=True)

    def draw(self, root: Progress) -> None:
        """Redraw the bar with texts that fit beside it."""
        self._bar.n = root.share
        left, columns = f"{root.title} {100 * root.share:3.0f} % ", shutil.get_terminal_size().columns
        parts = [counted(root), left_of(root), root.told, root.rate(), folded_in(root)]  # the most important first
        right = " " + fitting(parts, columns - len(left) - SHORTEST_BAR - 4)
        self._bar.bar_format = f"{escaped(left)}|{{bar}}|{escaped(right)}"
        self._bar.refresh()

    def close(self, root: Progress, *, whole: bool) -> None:
        """Leave the bar as it is in the end, or take it away."""
        self.draw(root)
        self._bar.close()

    def print(self, text: str, file: TextIO) -> None:
        """A line above the bar."""
        self._bar.write(text, file=file)


class Lines:
    """A line a minute, for logs: no carriage returns."""

    def __init__(self) -> None:
        self._due = time.monotonic() + FIRST_LINE_SECONDS
        self._n_said = 0

    def draw(self, root: Progress) -> None:
        """Print a line if one is due."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + LINE_SECONDS
        self._n_said += 1
        self._print(root)

    def close(self, root: Progress, *, whole: bool) -> None:
        """A last line, if there was a first one."""
        if self._n_said and whole:
            self._print(root)

    def _print(self, root: Progress) -> None:
        percent = f"({100 * root.share:.0f} %)"
        said = [f"{counted(root)} {percent}", root.rate(), left_of(root), root.told, folded_in(root)]
        sys.stderr.write(f"{root.title}: {', '.join(filter(None, said))}\n")
        sys.stderr.flush()


class Written:
    """Writes a file of JSON beside another view, for a program that watches this one. A disk that is full is ignored.

    Like on a terminal, what is not to be left when it is over gives way to what was there before.
    """

    left: ClassVar[dict[str, Any]] = {}

    def __init__(self, view: View, path: Path, leave: bool) -> None:
        self.screen, self._path, self._leave = view, path, leave
        self._due = 0.0

    def draw(self, root: Progress) -> None:
        """Write it if that is due."""
        self.screen.draw(root)
        if (now := time.monotonic()) >= self._due:
            self._due = now + WRITE_SECONDS
            self._write(as_json(root))

    def close(self, root: Progress, *, whole: bool) -> None:
        """Write it for the last time."""
        self.screen.close(root, whole=whole)
        found = as_json(root)
        if self._leave or not whole:
            Written.left = found
        self._write(Written.left or found)

    def _write(self, found: dict[str, Any]) -> None:
        partial = self._path.with_name(f"{self._path.name}.partial")
        try:
            partial.write_text(json.dumps(found), encoding="utf-8")
            partial.replace(self._path)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)


def as_json(root: Progress) -> dict[str, Any]:
    """What is known of a progress: numbers for programs, texts for people."""
    return {
        "title": root.title,
        "n": root.n,
        "total": root.total,
        "unit": root.unit,
        "share": root.share,
        "seconds_left": None if root.has_ended else root.seconds_left(),
        "counted": f"{counted(root)} {root.unit}" if not (root.name or root.phase) else counted(root),
        "rate": root.rate(),
        "told": root.told,
        "inner": folded_in(root),
    }


def in_notebook() -> bool:
    """Whether this runs in a kernel of Jupyter."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and "IPKernelApp" in shell.config


def counted(root: Progress) -> str:
    """Like "300 of 1,500", or "3 of 8: refined.h5, seed 1"."""
    return f"{root.count()}: {root.name}" if root.name and root.share < 1 else root.count()


def left_of(root: Progress) -> str:
    """Like "about 2 min left"; in the end "in 2 min"; nothing while it cannot be told."""
    if root.share >= 1 or root.has_ended:
        seconds = time.monotonic() - root.began
        return f"in {duration(seconds)}" if seconds >= 1 else ""
    left = root.seconds_left()
    return "" if left is None else f"about {duration(left)} left"


def folded_in(root: Progress) -> str:
    """What the innermost work of all is at, like "training 300 of 1,500"."""
    inner = root.innermost()
    return "" if inner is root else f"{inner.title} {inner.count()}"


def fitting(parts: Sequence[str], width: int) -> str:
    """As many of the parts as fit into a width; the first is shortened in its middle to leave room for the second."""
    first, second, *_ = parts
    room = max(1, width - len(f", {second}") * bool(second) - 1)
    text = first if len(first) <= room + 1 else first[: (room + 1) // 2] + "…" + first[len(first) - room // 2 :]
    for part in filter(None, parts[1:]):
        if len(text) + 2 + len(part) > width:
            break
        text += f", {part}"
    return text


def escaped(text: str) -> str:
    """A text that `str.format` gives back."""
    return text.replace("{", "{{").replace("}", "}}")


def rate(per_second: float, unit: str) -> str:
    """Like "1,200 images/s", "12 steps/s", "2.5 steps/s", or "4 s per step"."""
    if per_second >= 0.95:
        return f"{per_second:,.{0 if per_second >= 10 else 1}f} {unit}/s"
    return f"{duration(1 / per_second)} per {unit.removesuffix('s')}"


def amount(n: int, units: str) -> str:
    """Like "1,234 rows", "1 row", "1 image refined"; what is counted is the first word, in the plural."""
    if n != 1:
        return f"{n:,} {units}"
    first, space, rest = units.partition(" ")
    return f"1 {first.removesuffix('s')}{space}{rest}"


def duration(seconds: float) -> str:
    """Like "45 s", "2 min" or "1 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
