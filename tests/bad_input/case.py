"""One wrong input: what is given, what is said, and what a user can do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OPEN = "…"  # stands for whatever differs from case to case


@dataclass(frozen=True, kw_only=True)
class Case:
    """A row of the table."""

    given: str
    """What the user has, in a few words; also the name of the test."""
    make: Callable[[Path], object]
    """Writes it into an empty folder, in which the command then runs."""
    command: str
    """As typed, without `gazeaug`."""
    said: str
    """The sentence that the user sees; "…" stands for names and numbers."""
    means: str
    """What the sentence means, for the page."""
    do: str
    """What to do, for the page."""
    status: int = 2
    """The exit status: 2 refused, 1 failed on the way, 0 read with a note or a warning."""

    def is_said_in(self, output: str) -> bool:
        """Whether the fixed parts of the sentence stand in the output, in their order."""
        parts = [re.escape(" ".join(part.split())) for part in self.said.split(OPEN)]
        return re.search(".*?".join(parts), " ".join(output.split())) is not None
