"""An eye file as a `torch.utils.data.Dataset`, and the order in which training draws its rows.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from gazeaug.eyes import EyeFile, open_eyes
from gazeaug.histogram import apply_table
from gazeaug.pixels import size_text

IN_MEMORY_BYTES = 2 << 30
N_AHEAD = 4  # batches read ahead of the training


class EyeDataset(Dataset[tuple[Tensor, dict[str, Any]]]):
    """Pictures and labels by row.

    An HDF5 handle must not cross into another process, so each worker opens the file for itself, on its first row.

    Args:
        path: the eye file.
        labels: names of the labels to give with each picture.
        in_memory: hold all pictures; None decides by size (2 GiB).

    Attributes:
        table: where set, every pixel read is looked up in it; uint8 (C, 256), see `matching_table`.
    """

    def __init__(self, path: Path | str, *, labels: Sequence[str] = (), in_memory: bool | None = None) -> None:
        self.path = Path(path)
        self._labels = list(labels)
        self._file: EyeFile | None = None
        self._pictures: NDArray[np.uint8] | None = None
        self.table: NDArray[np.uint8] | None = None
        with open_eyes(self.path) as eyes:
            eyes.choose_labels(self._labels)
            self.n_images, self.image_shape, self.channels = eyes.n_images, eyes.image_shape, eyes.channels
            if in_memory or (in_memory is None and eyes.n_images * int(np.prod(eyes.image_shape)) <= IN_MEMORY_BYTES):
                self._pictures = eyes.read_images(0, eyes.n_images)

    @property
    def size_text(self) -> str:
        """35 x 55 grey, for messages."""
        return size_text(self.image_shape[0], self.image_shape[1], self.channels)

    def __len__(self) -> int:
        return self.n_images

    def __getitem__(self, row: int) -> tuple[Tensor, dict[str, Any]]:
        """A picture, uint8 (C, H, W), and its labels."""
        return self.__getitems__([row])[0]

    def __getitems__(self, rows: list[int]) -> list[tuple[Tensor, dict[str, Any]]]:
        """Several rows at once, as `DataLoader` asks for a batch."""
        pictures = to_NCHW(self.read(np.asarray(rows)))
        values = [{name: self._opened().read_label(name, row, row + 1)[0] for name in self._labels} for row in rows]
        return list(zip(pictures, values, strict=True))

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Pictures of any rows, uint8 (n, H, W) or (n, H, W, 3)."""
        pictures = self._opened().read_rows(rows) if self._pictures is None else self._pictures[rows]
        return pictures if self.table is None else apply_table(pictures, self.table)

    @property
    def is_in_memory(self) -> bool:
        """Whether all pictures are held."""
        return self._pictures is not None

    def _opened(self) -> EyeFile:
        if self._file is None:
            self._file = open_eyes(self.path)
        return self._file

    def __getstate__(self) -> dict[str, Any]:
        """What crosses into a worker: everything but the open file."""
        return {**self.__dict__, "_file": None}


class Batches:
    """An endless stream of shuffled batches in which batch k is a pure function of (seed, k).

    Every row (of `rows`, or of the whole set) comes once before any comes twice. As nothing but `n_drawn` has to be
    remembered, a resumed run draws just what an uninterrupted one would have. A set that is not in memory is read
    ahead by a thread of its own.
    """

    def __init__(
        self,
        dataset: EyeDataset,
        batch_size: int,
        seed: int,
        device: torch.device,
        *,
        rows: NDArray[np.int64] | None = None,
    ) -> None:
        self.n_drawn = 0
        self._rows = np.arange(len(dataset)) if rows is None else rows
        self._dataset, self._batch_size, self._seed, self._device = dataset, batch_size, seed, device
        self._epoch, self._order = -1, np.empty(0, np.int64)
        self._reader = None if dataset.is_in_memory else ThreadPoolExecutor(1, "reading ahead")
        self._ahead: dict[int, Future[NDArray[np.uint8]]] = {}

    def draw(self) -> Tensor:
        """The next batch as float (batch_size, C, H, W) in -1..1."""
        if self._reader is None:
            pictures = self._read(self.n_drawn)
        else:
            wanted = range(self.n_drawn, self.n_drawn + N_AHEAD)
            self._ahead = {k: self._ahead.get(k) or self._reader.submit(self._read, k) for k in wanted}
            pictures = self._ahead[self.n_drawn].result()
        self.n_drawn += 1
        return scaled(to_NCHW(pictures).to(self._device))

    def _read(self, batch: int) -> NDArray[np.uint8]:
        first = batch * self._batch_size
        return self._dataset.read(np.array([self._row(place) for place in range(first, first + self._batch_size)]))

    def _row(self, place: int) -> int:
        epoch, within = divmod(place, len(self._rows))
        if epoch != self._epoch:
            self._order = np.random.default_rng([self._seed, epoch]).permutation(self._rows)
            self._epoch = epoch
        return int(self._order[within])


def to_NCHW(images: NDArray[np.uint8]) -> Tensor:  # noqa: N802 -- the shape is the name
    """uint8 (N, H, W) or (N, H, W, 3) to uint8 (N, C, H, W)."""
    pictures = torch.from_numpy(np.ascontiguousarray(images))
    return pictures[:, None] if images.ndim == 3 else pictures.permute(0, 3, 1, 2)


def scaled(images: Tensor) -> Tensor:
    """Grey levels 0..255 to -1..1: the range of tanh, 127.5 to zero."""
    return images.to(torch.float32) / 127.5 - 1.0


def to_grey_levels(images: Tensor) -> Tensor:
    """-1..1 to uint8, rounded and clamped: the way back."""
    return torch.clamp(torch.round((images + 1.0) * 127.5), 0, 255).to(torch.uint8)
