"""Buffers: runs of rows on their way from the input through the session to the output, in memory that is used again.

Shape suffixes: N rows, H height, W width.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.units.ranges import Unit

BUFFER_BYTES = 1 << 20  # a few are in flight at once; larger ones measured no faster
LARGEST_BUFFER_BYTES = 8 << 20  # as far as a buffer grows to hold whole chunks of the input


@dataclass
class RowBuffer:
    """Rows start..start+n_rows-1 of the job, all of one unit."""

    given: NDArray[np.uint8]
    """Pictures as they come; longer than `n_rows`, what is behind them is padding."""
    refined: NDArray[np.uint8]
    """Room for the refined ones, of the same length."""
    unit: Unit = field(default_factory=lambda: Unit(index=0, start=0, stop=0))
    start: int = 0
    n_rows: int = 0
    labels: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    digest: str = ""
    """Of all rows of the unit, in its last buffer."""

    @property
    def stop(self) -> int:
        """The row behind the last."""
        return self.start + self.n_rows

    @property
    def images(self) -> NDArray[np.uint8]:
        """The refined pictures."""
        return self.refined[: self.n_rows]

    def padded(self, batch_size: int) -> int:
        """Rows in whole batches: the last row is repeated, since a new shape would make cuDNN search again."""
        n_rows = -(-self.n_rows // batch_size) * batch_size
        self.given[self.n_rows : n_rows] = self.given[self.n_rows - 1]
        return n_rows


class BufferPool:
    """Buffers handed out and taken back; there are as many as were ever in flight together.

    Args:
        shape_NHW: of a buffer's pictures, colour channels last where there are any.
        pin: told of new memory, so that a GPU can copy from and to it by itself.
    """

    def __init__(self, shape_NHW: tuple[int, ...], pin: Callable[[NDArray[np.uint8]], object] | None = None) -> None:
        self._shape, self._pin = shape_NHW, pin
        self._free: list[RowBuffer] = []
        self.n_made = 0

    def take(self) -> RowBuffer:
        """A buffer whose memory nobody else uses."""
        try:
            return self._free.pop()
        except IndexError:
            self.n_made += 1
        buffer = RowBuffer(whole_pages(self._shape), whole_pages(self._shape))
        if self._pin is not None:
            self._pin(buffer.given)
            self._pin(buffer.refined)
        return buffer

    def give_back(self, buffer: RowBuffer) -> None:
        """Whoever had it is done with its memory."""
        buffer.labels = {}
        self._free.append(buffer)


def whole_pages(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Memory that shares no page with anything else: neighbours on one page may refuse to be locked for a GPU."""
    n_bytes = math.prod(shape)
    pages = mmap.mmap(-1, -(-n_bytes // mmap.PAGESIZE) * mmap.PAGESIZE)
    return np.frombuffer(pages, np.uint8, n_bytes).reshape(shape)


def rows_per_buffer(batch_size: int, rows_per_chunk: int, row_bytes: int) -> int:
    """About `BUFFER_BYTES` in whole batches, and in whole chunks of the input where that takes no more than 8 MiB."""
    whole = math.lcm(batch_size, rows_per_chunk)
    if whole * row_bytes > LARGEST_BUFFER_BYTES:
        whole = batch_size
    return whole * max(1, BUFFER_BYTES // (whole * row_bytes))
