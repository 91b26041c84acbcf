"""Where the rows of a job go, and what of them is there already: a canvas, or shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gazeaug.eyefile.reader import open_eyes
from gazeaug.eyefile.rows import EyeRows
from gazeaug.eyefile.writer import Complete
from gazeaug.refining.canvas import Canvas, CanvasWriter
from gazeaug.refining.joining import checksum_attributes, damaged_units, finish
from gazeaug.refining.shards import ShardWriter
from gazeaug.units.ranges import Unit
from gazeaug.units.worklog import Worklog


@dataclass(frozen=True)
class Left:
    """What is left to do."""

    units: Sequence[Unit]
    n_damaged: int
    """Units among them that were done once, but are no longer what was written."""


class Store(Protocol):
    """The rows of a job while it is going on."""

    def left_of(self, units: Sequence[Unit], eyes: EyeRows, labels: Sequence[str]) -> Left:
        """Units that are not done, every one that is being checked."""
        ...

    def writer(self, options: Mapping[str, Any]) -> CanvasWriter | ShardWriter:
        """Takes slabs; `options` are those of `EyeWriter`."""
        ...

    def read_images(self, units: Sequence[Unit], start: int, stop: int) -> NDArray[np.uint8]:
        """Refined pictures of rows start..stop-1, once all units are done."""
        ...

    def finish(self, units: Sequence[Unit], eyes: EyeRows, options: Mapping[str, Any], complete: Complete) -> None:
        """Make the output of all units; `complete` adds to it before it gets its name."""
        ...


class OnCanvas:
    """For one process that makes one file: rows go straight to their place."""

    def __init__(self, log: Worklog, first_byte: int, image_shape: tuple[int, ...]) -> None:
        self._log = log
        self._canvas = Canvas(log.folder, log.output, first_byte=first_byte, image_shape=image_shape)

    def left_of(self, units: Sequence[Unit], eyes: EyeRows, labels: Sequence[str]) -> Left:
        """See `Store`."""
        written = self._canvas.done()
        damaged = self._canvas.damaged([unit for unit in units if unit.index in written], eyes, labels)
        return Left([unit for unit in units if unit.index not in written or unit in damaged], len(damaged))

    def writer(self, options: Mapping[str, Any]) -> CanvasWriter:
        """See `Store`; what the options say is written at the end."""
        return CanvasWriter(self._canvas)

    def read_images(self, units: Sequence[Unit], start: int, stop: int) -> NDArray[np.uint8]:
        """See `Store`."""
        return self._canvas.read_images(start, stop)

    def finish(self, units: Sequence[Unit], eyes: EyeRows, options: Mapping[str, Any], complete: Complete) -> None:
        """See `Store`."""
        written = self._canvas.done()
        digests = [bytes.fromhex(written[unit.index]) for unit in units]
        rows_per_unit = units[0].stop - units[0].start
        attributes = options["attributes"] | checksum_attributes(digests, rows_per_unit, self._log.run_id)
        self._canvas.finish(eyes, units[-1].stop, {**options, "attributes": attributes}, complete)


class InShards:
    """For processes that share the work, and for outputs in shards or compressed: a file a unit."""

    def __init__(self, log: Worklog) -> None:
        self._log = log

    def left_of(self, units: Sequence[Unit], eyes: EyeRows, labels: Sequence[str]) -> Left:
        """See `Store`; a damaged shard is deleted."""
        damaged = damaged_units([unit for unit in units if self._shard(unit).exists()], self._log.folder)
        for unit, _ in damaged:
            self._shard(unit).unlink()
        return Left([unit for unit in units if not self._shard(unit).exists()], len(damaged))

    def _shard(self, unit: Unit) -> Path:
        return unit.shard(self._log.folder)

    def writer(self, options: Mapping[str, Any]) -> ShardWriter:
        """See `Store`."""
        return ShardWriter(self._log.folder, options)

    def read_images(self, units: Sequence[Unit], start: int, stop: int) -> NDArray[np.uint8]:
        """See `Store`."""
        rows_per_unit, parts = units[0].stop - units[0].start, []
        for unit in units[start // rows_per_unit : (stop - 1) // rows_per_unit + 1]:
            with open_eyes(self._shard(unit)) as eyes:
                parts.append(eyes.read_images(max(start - unit.start, 0), min(stop, unit.stop) - unit.start))
        return np.concatenate(parts)

    def finish(self, units: Sequence[Unit], eyes: EyeRows, options: Mapping[str, Any], complete: Complete) -> None:
        """See `Store`; the first shard has the attributes."""
        finish(units, self._log, self._log.job, complete)
