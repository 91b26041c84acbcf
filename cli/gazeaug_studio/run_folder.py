"""The folder of a training run, read while it is being written: what is not there yet, or damaged, is left out."""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from gazeaug.runs.folder import CONFIG, METRICS, STATE
from gazeaug_studio.json_files import read_json
from gazeaug_studio.workspace import Workspace

WRITTEN = (METRICS, STATE, CONFIG)  # as a training goes on
MOST_BYTES = 1 << 20  # of metrics.jsonl in one answer
TAIL = 256 << 10  # bytes at the end of metrics.jsonl that hold its last validations
MARKED = 256  # bytes before an offset that tell whether a file is still the same


@dataclass(frozen=True)
class Piece:
    """Whole lines of metrics.jsonl."""

    data: bytes
    start: int
    """Offset of the data: not the one that was asked for where the file has become another one."""
    next: int
    """Offset to go on from."""
    mark: str
    """Of what stands before `next`; a later request gives it back."""


@dataclass(frozen=True)
class RunFolder:
    """A run in the folder that is served, as it is when it is first looked at: make one for each request."""

    workspace: Workspace
    name: str

    def path(self, *parts: str) -> Path:
        """A path in the run; raises Refused where it is a link out of the folder that is served."""
        return self.workspace.path("/".join((self.name, *parts)))

    def object(self, name: str) -> dict[str, Any]:
        """A JSON object; empty where there is none."""
        return read_json(self.path(name)) or {}

    @cached_property
    def config(self) -> dict[str, Any]:
        """Settings, what the two sets are, and provenance."""
        return self.object(CONFIG)

    @cached_property
    def state(self) -> dict[str, Any]:
        """The step of the newest checkpoint, and whether that was the end."""
        return self.object(STATE)

    @property
    def is_there(self) -> bool:
        """Whether a training has written here."""
        return self.path(CONFIG).is_file()

    @property
    def changed(self) -> float | None:
        """When the run last wrote, in seconds since 1970."""
        return last_written(map(self.path, WRITTEN))

    def grids(self) -> list[int]:
        """Steps that have a sample grid, in order."""
        folder = self.path("grids")
        if not folder.is_dir():
            return []
        return sorted(int(path.stem) for path in folder.glob("*.png") if path.stem.isascii() and path.stem.isdigit())

    @cached_property
    def last_lines(self) -> list[dict[str, float]]:
        """The last lines of metrics.jsonl, oldest first; numbers only, without those that are none."""
        path = self.path(METRICS)
        if not path.is_file():
            return []
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            stream.seek(max(0, size - TAIL))
            whole, _, _ = stream.read(TAIL).rpartition(b"\n")
        lines = whole.split(b"\n")[1 if size > TAIL else 0 :]
        return [line for line in map(numbers_in, lines) if "step" in line]

    def read_on(self, start: int, mark: str) -> Piece:
        """Whole lines of metrics.jsonl from an offset on; from the beginning where the file has become another one.

        Args:
            start: offset of a line.
            mark: of an earlier piece; empty for none.
        """
        path = self.path(METRICS)
        if not path.is_file():
            return Piece(b"", 0, 0, "")
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if start > size or (mark and mark_before(stream, start) != mark):
                start = 0
            stream.seek(start)
            data = stream.read(MOST_BYTES)
            end = data.rfind(b"\n") + 1
            if not end and len(data) == MOST_BYTES:
                end = len(data)  # no line of a training is so long
                return Piece(b"", start, start + end, mark_before(stream, start + end))
            return Piece(data[:end], start, start + end, mark_before(stream, start + end))


def last_written(paths: Iterable[Path]) -> float | None:
    """When files were last written, in seconds since 1970; None where none of them is there."""
    return max((path.stat().st_mtime for path in paths if path.is_file()), default=None)


def numbers_in(line: bytes) -> dict[str, float]:
    """The finite numbers of a line of metrics.jsonl by column; none where it is damaged."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if type(value) in (int, float) and math.isfinite(value)}


def mark_before(stream: BinaryIO, offset: int) -> str:
    """A checksum of what stands before an offset."""
    first = max(0, offset - MARKED)
    stream.seek(first)
    return f"{zlib.crc32(stream.read(offset - first)):08x}"
