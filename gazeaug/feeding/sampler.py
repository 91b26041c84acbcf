"""Near-random order at the speed of reading in sequence: chunks are shuffled, and rows within a window of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from gazeaug.errors import InputError
from gazeaug.feeding.dataset import EyeDataset
from gazeaug.wording import speaking_python

WINDOW_CHUNKS = 32


class ChunkShuffledSampler(Sampler[int]):
    """Every row once an epoch, in an order drawn from (seed, epoch); the next epoch has another.

    The chunks of the file are shuffled as a whole. Then the rows of `window` chunks at a time are shuffled together.
    Two rows of one batch come from the same chunk with a chance of about 1 / `window`.

    Args:
        dataset: what is sampled; it is told to hold the chunks of two windows, one left and one entered.
        window: chunks whose rows are shuffled together; more of them take more memory and mix better.
        seed: the same seed gives the same orders.

    Attributes:
        epoch: the one that comes next; set it to resume an interrupted training.

    Raises:
        InputError: a window of less than one chunk, or a negative seed.

    Example:
        >>> from torch.utils.data import BatchSampler, DataLoader
        >>> dataset = gazeaug.EyeDataset("unityeyes.h5", labels=["look_vec"])
        >>> sampler = BatchSampler(gazeaug.ChunkShuffledSampler(dataset), 8, drop_last=False)
        >>> images, labels = next(iter(DataLoader(dataset, sampler=sampler, batch_size=None)))
        >>> images.shape, labels["look_vec"].shape
        (torch.Size([8, 1, 35, 55]), torch.Size([8, 4]))
    """

    @speaking_python
    def __init__(self, dataset: EyeDataset, *, window: int = WINDOW_CHUNKS, seed: int = 0) -> None:
        if window < 1:
            raise InputError(f"window must be at least 1 chunk, got {window}.")
        if seed < 0:
            raise InputError(f"seed must be at least 0, got {seed}.")
        self.epoch = 0
        self._n_rows, self._rows_per_chunk = len(dataset), dataset.rows_per_chunk
        self._window, self._seed = window, seed
        dataset._hold_chunks(2 * window)

    def __len__(self) -> int:
        return self._n_rows

    def __repr__(self) -> str:
        return (
            f"ChunkShuffledSampler({self._n_rows:,} rows, window={self._window}, seed={self._seed}, epoch={self.epoch})"
        )

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng([self._seed, self.epoch])
        self.epoch += 1
        chunks = rng.permutation(-(-self._n_rows // self._rows_per_chunk))
        within = np.arange(self._rows_per_chunk)
        for first in range(0, len(chunks), self._window):
            some = chunks[first : first + self._window, None] * self._rows_per_chunk + within
            yield from rng.permutation(some[some < self._n_rows]).tolist()


def evenly_spread(n_rows: int, n: int) -> NDArray[np.int64]:
    """At most `n` row numbers from the first to the last, ascending."""
    return np.linspace(0, n_rows - 1, min(n, n_rows)).astype(np.int64)
