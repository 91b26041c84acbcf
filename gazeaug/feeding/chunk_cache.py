"""The chunks of an eye file read last, so that rows drawn from a few chunks cost one read a chunk.

Shape suffixes: N rows, H height, W width.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.eyefile.reader import EyeFile

Columns = dict[str, NDArray[Any]]


class ChunkCache:
    """Pictures and labels of `capacity` chunks, side by side in one array, so that a batch is one gathering.

    The chunk that was read longest ago makes room for the next.

    Args:
        capacity: chunks held.
        rows_per_chunk: rows of one.
        n_images: rows of the file.
    """

    def __init__(self, capacity: int, rows_per_chunk: int, n_images: int) -> None:
        self._rows_per_chunk = rows_per_chunk
        n_chunks = -(-n_images // rows_per_chunk)
        capacity = min(capacity, n_chunks)
        self._slot_of = np.full(n_chunks, -1)  # where a chunk is held, -1 where it is not
        self._chunk_in = np.full(capacity, -1)
        self._next = 0
        self._pictures = np.empty(0, np.uint8)
        self._columns: Columns = {}

    def read(self, eyes: EyeFile, rows: NDArray[np.int64], labels: list[str]) -> tuple[NDArray[np.uint8], Columns]:
        """Any rows in the order given: pictures uint8 (n, H, W) or (n, H, W, 3), and their labels as stored."""
        chunks, within = np.divmod(rows, self._rows_per_chunk)
        if (self._slot_of[chunks] < 0).any():
            needed = np.unique(chunks)
            if len(needed) > len(self._chunk_in):
                return eyes.read_rows(rows), {name: eyes.read_label_rows(name, rows) for name in labels}
            self._hold(eyes, needed, labels)
        places = self._slot_of[chunks] * self._rows_per_chunk + within
        return self._pictures[places], {name: self._columns[name][places] for name in labels}

    def _hold(self, eyes: EyeFile, needed: NDArray[np.int64], labels: list[str]) -> None:
        """Read those of the needed chunks that are not held; none that is needed makes room."""
        if not self._pictures.size:
            n = len(self._chunk_in) * self._rows_per_chunk
            self._pictures = np.empty((n, *eyes.image_shape), np.uint8)
            self._columns = {name: np.empty((n, *eyes.labels[name].shape), eyes.labels[name].dtype) for name in labels}
        kept = set(needed.tolist())
        for chunk in needed[self._slot_of[needed] < 0].tolist():
            while self._chunk_in[self._next] in kept:
                self._next = (self._next + 1) % len(self._chunk_in)
            slot, gone = self._next, self._chunk_in[self._next]
            start, at = chunk * self._rows_per_chunk, slot * self._rows_per_chunk
            if gone >= 0:
                self._slot_of[gone], self._chunk_in[slot] = -1, -1
            n = min(self._rows_per_chunk, eyes.n_images - start)
            self._pictures[at : at + n] = eyes.read_images(start, start + n)
            for name in labels:
                self._columns[name][at : at + n] = eyes.read_label(name, start, start + n)
            self._slot_of[chunk], self._chunk_in[slot] = slot, chunk
            self._next = (slot + 1) % len(self._chunk_in)

    def emptied(self) -> ChunkCache:
        """One like this that holds nothing, for another process."""
        n_chunks = len(self._slot_of)
        return ChunkCache(len(self._chunk_in), self._rows_per_chunk, n_chunks * self._rows_per_chunk)
