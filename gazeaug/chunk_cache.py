"""The chunks of an eye file read last, so that rows drawn from a few chunks cost one read a chunk.

Shape suffixes: N rows, H height, W width.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.eyes import EyeFile

Columns = dict[str, NDArray[Any]]


class ChunkCache:
    """Pictures and labels of the `capacity` chunks used last.

    Args:
        capacity: chunks held.
        rows_per_chunk: rows of one.
    """

    def __init__(self, capacity: int, rows_per_chunk: int) -> None:
        self._capacity, self._rows_per_chunk = capacity, rows_per_chunk
        self._held: OrderedDict[int, tuple[NDArray[np.uint8], Columns]] = OrderedDict()

    def read(self, eyes: EyeFile, rows: NDArray[np.int64], labels: list[str]) -> tuple[NDArray[np.uint8], Columns]:
        """Any rows in the order given: pictures uint8 (n, H, W) or (n, H, W, 3), and their labels as stored."""
        of_row = rows // self._rows_per_chunk
        pictures = np.empty((len(rows), *eyes.image_shape), np.uint8)
        columns = {name: np.empty((len(rows), *eyes.labels[name].shape), eyes.labels[name].dtype) for name in labels}
        order = np.argsort(of_row, kind="stable")
        chunks, firsts = np.unique(of_row[order], return_index=True)
        for chunk, mine in zip(chunks.tolist(), np.split(order, firsts[1:]), strict=True):
            held_pictures, held_labels = self._chunk(eyes, chunk, labels)
            within = rows[mine] - chunk * self._rows_per_chunk
            pictures[mine] = held_pictures[within]
            for name in labels:
                columns[name][mine] = held_labels[name][within]
        return pictures, columns

    def _chunk(self, eyes: EyeFile, chunk: int, labels: list[str]) -> tuple[NDArray[np.uint8], Columns]:
        if chunk in self._held:
            self._held.move_to_end(chunk)
        else:
            start = chunk * self._rows_per_chunk
            stop = min(start + self._rows_per_chunk, eyes.n_images)
            columns = {name: eyes.read_label(name, start, stop) for name in labels}
            self._held[chunk] = eyes.read_images(start, stop), columns
            if len(self._held) > self._capacity:
                self._held.popitem(last=False)
        return self._held[chunk]
