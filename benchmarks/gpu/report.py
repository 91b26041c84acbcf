"""What sections print: Markdown tables row by row, so that one failing way costs its own row, and what was skipped."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from gazeaug.runtime.opening import reason_of

CARD = "GPU_CARD"  # the heading's end, told to every section by the process that starts them
LONGEST_REASON = 200


class Skipped(Exception):  # noqa: N818 -- not an error
    """This machine cannot do what comes; the text says why."""


class Table:
    """A table that goes into docs/performance.md as it is printed.

    Args:
        title: what it shows.
        columns: their headings; the first is the way that was tried.
    """

    def __init__(self, title: str, *columns: str) -> None:
        self._n_columns = len(columns)
        say(f"\n### {title}: {os.environ.get(CARD, 'card not named')}\n\n| {' | '.join(columns)} |")
        say("|" + "---|" * self._n_columns)

    def row(self, *names: str, cells: Callable[[], Sequence[str]]) -> None:
        """A row: its names, then what `cells` finds. Where that fails, the reason takes its place, and all goes on."""
        try:
            found = cells()
        except Skipped as reason:
            found = [f"skipped: {reason}"]
        except Exception as error:  # noqa: BLE001 -- whatever one way raises, the others are still tried
            text = reason_of(error)[:LONGEST_REASON].replace("|", "/")
            found = [f"**failed**: {type(error).__name__}: {text}"]
        filled = [*names, *found]
        say(f"| {' | '.join([*filled, *[''] * (self._n_columns - len(filled))])} |")


def say(text: str) -> None:
    """Print at once: a section may be killed at its limit."""
    print(text, flush=True)


def beside_goal(figure: str, goal: str, *, met: bool) -> str:
    """A figure with its goal."""
    return f"{figure} (goal {goal}: {'met' if met else '**missed**'})"
