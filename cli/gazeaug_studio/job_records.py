"""What was asked for of a job."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

QUEUE = re.compile(r"files|cpu|cuda:\d{1,3}")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What job.json holds."""

    id: str
    command: str
    line: str
    words: list[str]
    asked: list[str]
    """The words before the studio added to them, by which two of the same are known."""
    given: dict[str, Any]
    queue: str
    at_once: bool
    output: str | None
    made: float

    @property
    def is_sound(self) -> bool:
        """Whether all is of its kind: the file may be damaged."""
        texts = (self.id, self.command, self.line, self.queue)
        return (
            isinstance(self.words, list)
            and isinstance(self.asked, list)
            and all(isinstance(text, str) for text in (*texts, *self.words, *self.asked))
            and QUEUE.fullmatch(self.queue) is not None
            and isinstance(self.given, dict)
            and isinstance(self.at_once, bool)
            and isinstance(self.output, str | None)
            and isinstance(self.made, float)
        )

    @property
    def lane(self) -> str:
        """What a worker works off: the queue, or this job alone."""
        return self.id if self.at_once else self.queue
