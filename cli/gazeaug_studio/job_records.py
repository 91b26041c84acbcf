"""The small files of a job: JSON that is written whole or not at all, and what was asked for."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_BYTES = 4 << 20
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


def read_json(path: Path) -> dict[str, Any] | None:
    """A mapping in a file; None where it is not there, damaged, or longer than any that is written."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:  # a pipe would keep its reader waiting
            return None
        found = json.loads(path.read_bytes(), parse_constant=lambda _: None, parse_float=finite)
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def finite(text: str) -> float | None:
    """A number that JSON for a page can hold; None for one that is too large."""
    value = float(text)
    return value if math.isfinite(value) else None


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(json.dumps(values), encoding="utf-8")
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
