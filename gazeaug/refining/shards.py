"""Shards: the refined rows of one unit in one file, which gets its name when the unit is whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gazeaug.eyefile.writer import EyeWriter
from gazeaug.refining.buffers import RowBuffer
from gazeaug.units.checksums import UNIT_SHA256


class ShardWriter:
    """Writes buffers that come in row order into one shard a unit; a shard gets its name when its unit is whole."""

    def __init__(self, folder: Path, options: Mapping[str, Any]) -> None:
        self._folder = folder
        self._options = options
        self._open: EyeWriter | None = None

    def write(self, buffer: RowBuffer) -> None:
        """Append a buffer to its unit's shard."""
        if self._open is None:
            others = self._options["others"] if buffer.unit.index == 0 else {}  # those of the first shard are joined
            self._open = EyeWriter(buffer.unit.shard(self._folder), **{**self._options, "others": others})
        self._open.append(buffer.images, buffer.labels)
        if buffer.stop == buffer.unit.stop:
            finished, self._open = self._open, None
            finished.note(UNIT_SHA256, buffer.digest)
            finished.close()

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.discard()
