"""Pictures compressed by gzip, inflated in several threads: HDF5 does it in one.

Source: HDF5's file format, the filters deflate and shuffle; the latter leaves single bytes as they are.
"""

from __future__ import annotations

import os
import zlib
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.eyefile.links import DAMAGED

MOST_THREADS = 4
BAND_BYTES = 2 << 20  # inflated together
LARGEST_CHUNK_BYTES = 16 << 20
DEFLATE, SHUFFLE = h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE


class InflatedRows:
    """Rows of a dataset, inflated in bands of some chunks, of which the last one is kept.

    Args:
        dataset: one of those that `can_inflate` names.
    """

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._dataset = dataset
        self._chunk: tuple[int, ...] = dataset.chunks
        self._chunk_bytes = int(np.prod(self._chunk))
        self._band_rows = self._chunk[0] * max(1, BAND_BYTES // self._chunk_bytes)
        self._band, self._first = np.empty((self._band_rows, *self._chunk[1:]), np.uint8), -1
        self._without_gzip = 1 << filters_of(dataset).index(DEFLATE)  # in the mask of a chunk that it could not shrink
        self._threads = ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1), thread_name_prefix="inflating")

    def read_into(self, out: NDArray[np.uint8], start: int) -> None:
        """Rows from `start` on, into memory of (n, ...) as they are stored; raises what HDF5 raises."""
        n_read = 0
        while n_read < len(out):
            row = start + n_read
            first = row // self._band_rows * self._band_rows
            rows = out[n_read : n_read + first + self._band_rows - row]
            if first == self._first or self._load(first):
                rows[...] = self._band[row - first : row - first + len(rows)]
            else:
                self._dataset.read_direct(rows, np.s_[row : row + len(rows)])
            n_read += len(rows)

    def _load(self, first: int) -> bool:
        """Make the band from row `first` on the current one; False for what is left to HDF5.

        That is a chunk which was never written, or is damaged.
        """
        step, n_rows = self._chunk[0], min(self._band_rows, len(self._dataset) - first)
        self._first = -1
        pieces = [self._band[row : min(row + step, n_rows)] for row in range(0, n_rows, step)]
        try:
            for _ in self._threads.map(self._inflate, pieces, range(first, first + n_rows, step)):
                pass
        except (*DAMAGED, zlib.error):
            return False
        self._first = first
        return True

    def _inflate(self, piece: NDArray[np.uint8], row: int) -> None:
        """Put the rows of one chunk in their place; the last chunk of a dataset may reach beyond them."""
        mask, stored = self._dataset.id.read_direct_chunk((row, *[0] * (piece.ndim - 1)))
        pixels = stored if mask & self._without_gzip else inflate(stored, self._chunk_bytes)
        piece[...] = np.frombuffer(pixels, np.uint8).reshape(self._chunk)[: len(piece)]

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(cancel_futures=True)


def inflate(stored: bytes, n_bytes: int) -> bytes:
    """The so many bytes that gzip made this of; a damaged file cannot make it more.

    Raises:
        ValueError, zlib.error: it is no such thing, or its checksum is another.
    """
    stream = zlib.decompressobj()
    pixels = stream.decompress(stored, n_bytes + 1)  # one more, so that the end and its checksum are looked at
    if not stream.eof or len(pixels) != n_bytes:
        raise ValueError(f"{len(pixels)} bytes where {n_bytes} were expected")
    return pixels


def can_inflate(dataset: h5py.Dataset) -> bool:
    """Whether it holds bytes compressed by gzip and nothing else, in chunks of whole rows that are not too large."""
    filters = filters_of(dataset)
    return (
        dataset.dtype == np.uint8
        and DEFLATE in filters
        and set(filters) <= {DEFLATE, SHUFFLE}
        and dataset.chunks[1:] == dataset.shape[1:]
        and int(np.prod(dataset.chunks)) <= LARGEST_CHUNK_BYTES
    )


def filters_of(dataset: h5py.Dataset) -> list[int]:
    """The numbers of the filters that its chunks go through when they are written."""
    creation = dataset.id.get_create_plist()
    return [creation.get_filter(i)[0] for i in range(creation.get_nfilters())]
