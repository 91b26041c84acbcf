"""Compressed pictures decoded once, in bands of whole chunks, and gzip in several threads: HDF5 does it in one.

Source: HDF5's file format, the filters deflate and shuffle; the latter leaves single bytes as they are.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.eyefile.links import DAMAGED, is_filtered

MOST_THREADS = 4
BAND_BYTES, LARGEST_BAND_BYTES = 2 << 20, 256 << 20
DEFLATE, SHUFFLE = h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE


class Bands:
    """Rows of a compressed dataset; the band that was decoded last is kept, until the last row is read.

    Args:
        dataset: chunked.
        read: rows start..stop-1 by HDF5, as uint8 (n, ...).
    """

    def __init__(self, dataset: h5py.Dataset, read: Callable[[int, int], NDArray[np.uint8]]) -> None:
        self._dataset, self._read, self._n_rows = dataset, read, len(dataset)
        self._chunk: tuple[int, ...] = dataset.chunks
        self._band_rows = rows_per_band(dataset)
        self._first, self._refused, self._band = -1, -1, np.empty(0, np.uint8)
        self._threads: ThreadPoolExecutor | None = None
        if can_inflate(dataset):
            # In the mask of a chunk that gzip could not shrink, and so left as it was.
            self._without_gzip = 1 << filters_of(dataset).index(DEFLATE)
            self._threads = ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1), thread_name_prefix="inflating")

    def read_into(self, out: NDArray[np.uint8], start: int) -> None:
        """`len(out)` rows from `start` on, into memory that is there; raises what HDF5 raises."""
        n_read = 0
        while n_read < len(out):
            row = start + n_read
            first = row // self._band_rows * self._band_rows
            rows = out[n_read : n_read + first + self._band_rows - row]
            if first == self._first or (first != self._refused and self._load(first)):
                rows[...] = self._band[row - first : row - first + len(rows)].reshape(rows.shape)
            else:
                rows[...] = self._read(row, row + len(rows))
            n_read += len(rows)
        if start + n_read == self._n_rows:
            self._first, self._band = -1, np.empty(0, np.uint8)

    def _load(self, first: int) -> bool:
        """Make the band from row `first` on the current one; False where it cannot be decoded as a whole."""
        stop = min(first + self._band_rows, self._n_rows)
        self._first = -1
        try:
            self._band = (
                self._read(first, stop) if self._threads is None else self._inflated(first, stop, self._threads)
            )
        except (*DAMAGED, zlib.error):  # a damaged chunk, or one that was never written: HDF5 knows which rows it has
            self._refused = first
            return False
        self._first = first
        return True

    def _inflated(self, first: int, stop: int, threads: ThreadPoolExecutor) -> NDArray[np.uint8]:
        band, step = np.empty((stop - first, *self._chunk[1:]), np.uint8), self._chunk[0]
        pieces = [band[row : row + step] for row in range(0, len(band), step)]
        for _ in threads.map(self._inflate, pieces, range(first, stop, step)):
            pass
        return band

    def _inflate(self, piece: NDArray[np.uint8], row: int) -> None:
        """Put the rows of one chunk in their place; the last chunk of a dataset may reach beyond them."""
        mask, stored = self._dataset.id.read_direct_chunk((row, *[0] * (piece.ndim - 1)))
        pixels = stored if mask & self._without_gzip else inflate(stored, int(np.prod(self._chunk)))
        piece[...] = np.frombuffer(pixels, np.uint8).reshape(self._chunk)[: len(piece)]

    def close(self) -> None:
        """End the threads."""
        if self._threads is not None:
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


def rows_per_band(dataset: h5py.Dataset) -> int:
    """Rows of some chunks: about `BAND_BYTES`, where those of one chunk are not more."""
    chunk_rows: int = dataset.chunks[0]
    return chunk_rows * max(1, BAND_BYTES // (chunk_rows * row_bytes(dataset)))


def row_bytes(dataset: h5py.Dataset) -> int:
    """Bytes that a picture takes decoded, as it is stored."""
    return int(dataset.dtype.itemsize * np.prod(dataset.shape[1:]))


def has_bands(dataset: h5py.Dataset) -> bool:
    """Whether it is compressed, in chunks whose rows do not take too much memory."""
    return is_filtered(dataset) and rows_per_band(dataset) * row_bytes(dataset) <= LARGEST_BAND_BYTES


def can_inflate(dataset: h5py.Dataset) -> bool:
    """Whether it holds bytes compressed by gzip and nothing else, in chunks of whole rows."""
    filters = filters_of(dataset)
    is_gzip = DEFLATE in filters and set(filters) <= {DEFLATE, SHUFFLE}
    return is_gzip and dataset.dtype == np.uint8 and dataset.chunks[1:] == dataset.shape[1:]


def filters_of(dataset: h5py.Dataset) -> list[int]:
    """The numbers of the filters that its chunks go through when they are written."""
    creation = dataset.id.get_create_plist()
    return [creation.get_filter(i)[0] for i in range(creation.get_nfilters())]
