"""An eye file as a `torch.utils.data.Dataset`, and the order in which training draws its rows.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, default_collate

from gazeaug.errors import InputError
from gazeaug.eyefile.indexing import Index, rows_at
from gazeaug.eyefile.links import CHUNK_CACHE_BYTES
from gazeaug.eyefile.pixels import size_text
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.feeding.chunk_cache import ChunkCache
from gazeaug.gaze.label import KnownGaze, needed_gaze
from gazeaug.options import names_in
from gazeaug.refiner.histogram import apply_table
from gazeaug.refiner.network import to_levels
from gazeaug.refiner.transfer import sent
from gazeaug.wording import speaking_python

IN_MEMORY_BYTES = 2 << 30
N_AHEAD = 4  # batches read ahead of the training

Picture = tuple[Tensor, dict[str, Any]]
GAZE = "gaze"
GAZES: dict[str, Callable[[KnownGaze, NDArray[Any], NDArray[np.int64]], NDArray[np.float64]]] = {
    "pitchyaw": KnownGaze.pitchyaw,
    "vector": KnownGaze.look_vec,
}


class EyeDataset(Dataset[Picture]):
    """Pictures and labels by row, for `torch.utils.data.DataLoader` with workers started in any way.

    An HDF5 handle must not cross into another process, so each opens the file for itself, on its first row.

    Args:
        path: the eye file; one that is open already stays so.
        labels: names of the labels to give with each picture; a text holds several, separated by commas.
        gaze: adds the label "gaze" made of the file's own, float32: "pitchyaw" (2,) in radians, up and image-left
            positive, or "vector" (3,) of length 1 in UnityEyes' frame.
        convention: of the file's gaze, where its attributes do not say; a name of
            `gazeaug.gaze.conventions.CONVENTIONS`.
        transform: called with each picture, uint8 (C, H, W); what it returns stands in the picture's place.
        in_memory: hold all pictures; None decides by size (2 GiB).

    Attributes:
        table: what every pixel is looked up in; None where pictures come as they are.

    Raises:
        InputError: no such file, label or kind of gaze, or a gaze whose convention is not known.

    Example:
        >>> from torch.utils.data import DataLoader
        >>> dataset = gazeaug.EyeDataset("unityeyes.h5", gaze="pitchyaw")
        >>> for images, labels in DataLoader(dataset, batch_size=8, shuffle=True):
        ...     inputs, targets = images.float() / 255, labels["gaze"]
        >>> inputs.shape, targets.shape
        (torch.Size([8, 1, 35, 55]), torch.Size([8, 2]))
    """

    @speaking_python
    def __init__(
        self,
        path: Path | str | EyeFile,
        *,
        labels: Sequence[str] | str = (),
        gaze: str | None = None,
        convention: str | None = None,
        transform: Callable[[Tensor], Any] | None = None,
        in_memory: bool | None = None,
    ) -> None:
        if gaze is not None and gaze not in GAZES:
            raise InputError(f"gaze must be one of {', '.join(GAZES)}, got '{gaze}'.")
        names = names_in(labels) or []
        if gaze is not None and GAZE in names:
            raise InputError(f"{path}: the label '{GAZE}' and gaze='{gaze}' would take one place; leave one out.")
        self.path = path.path if isinstance(path, EyeFile) else Path(path)
        self._labels, self._gaze, self._transform = names, gaze, transform
        self._file: EyeFile | None = None
        self._owner = os.getpid()
        self._pictures: NDArray[np.uint8] | None = None
        self._cache: ChunkCache | None = None
        self.table: NDArray[np.uint8] | None = None
        with nullcontext(path) if isinstance(path, EyeFile) else open_eyes(path) as eyes:
            known = None if gaze is None else needed_gaze(eyes.labels, str(self.path), convention=convention)
            self._known = known
            self._read_labels = eyes.choose_labels([*self._labels, *([] if known is None else [known.label])])
            self.n_images, self.image_shape, self.channels = eyes.n_images, eyes.image_shape, eyes.channels
            self.rows_per_chunk = eyes.rows_per_chunk
            self._chunk_cache_bytes = CHUNK_CACHE_BYTES if eyes.is_filtered else 0
            if in_memory or (in_memory is None and eyes.n_images * int(np.prod(eyes.image_shape)) <= IN_MEMORY_BYTES):
                self._pictures = eyes.read_images(0, eyes.n_images)

    @property
    def size_text(self) -> str:
        """35 x 55 grey, for messages."""
        return size_text(self.image_shape[0], self.image_shape[1], self.channels)

    def __len__(self) -> int:
        return self.n_images

    def __repr__(self) -> str:
        gaze = f", gaze='{self._gaze}'" if self._gaze else ""
        held = ", in memory" if self._pictures is not None else ""
        return f"EyeDataset('{self.path}': {self.n_images:,} x {self.size_text}, labels={self._labels}{gaze}{held})"

    def __getitem__(self, index: Index) -> Picture:
        """A picture, uint8 (C, H, W), and its labels; for a slice or a list of rows a batch, (n, C, H, W) and (n, ...).

        A `DataLoader` with a BatchSampler for `sampler` and `batch_size=None` asks for lists: the fastest way.
        """
        rows = rows_at(index, self.n_images, str(self.path))
        if not isinstance(index, slice) and np.ndim(index) == 0:
            return self.__getitems__(rows.tolist())[0]
        pictures, labels = self._read(rows)
        images = default_collate(self._transformed(pictures)) if self._transform and len(rows) else to_NCHW(pictures)
        return images, {name: as_batch(values) for name, values in labels.items()}

    def __getitems__(self, rows: list[int]) -> list[Picture]:
        """Several rows at once, as `DataLoader` asks for a batch."""
        pictures, labels = self._read(rows_at(rows, self.n_images, str(self.path)))
        values = [{name: column[i] for name, column in labels.items()} for i in range(len(rows))]
        return list(zip(self._transformed(pictures), values, strict=True))

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Pictures of any rows, uint8 (n, H, W) or (n, H, W, 3)."""
        if self._pictures is not None:
            return self._pictures[rows]
        pictures = self._opened().read_rows(rows)
        return pictures if self.table is None else apply_table(pictures, self.table)

    def _look_up_in(self, table: NDArray[np.uint8]) -> None:
        """From now on, look every pixel up in a table, uint8 (C, 256), see `matching_table`."""
        if self.table is not None:
            raise ValueError("pixels are looked up in one table already")
        self.table = table
        if self._pictures is not None:
            self._pictures = apply_table(self._pictures, table)

    def _held_on(self, device: torch.device) -> Tensor | None:
        """All pictures on a device, uint8 (N, C, H, W); None where they are not in memory, or would fill half of it."""
        if self._pictures is None:
            return None
        if device.type == "cuda" and self._pictures.nbytes > torch.cuda.mem_get_info(device)[0] // 2:
            return None
        return to_NCHW(self._pictures).to(device)

    def _hold_chunks(self, n_chunks: int) -> None:
        """Keep the chunks read last, for an order that stays among them (`ChunkShuffledSampler` asks for it)."""
        if self._pictures is None:
            self._cache = ChunkCache(n_chunks, self.rows_per_chunk, self.n_images)

    def _read(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint8], dict[str, NDArray[Any]]]:
        """Pictures and labels of any rows, the gaze among them."""
        if self._cache is None or not len(rows):
            pictures = self.read(rows)
            columns = {name: self._opened().read_label_rows(name, rows) for name in self._read_labels}
        else:
            pictures, columns = self._cache.read(self._opened(), rows, self._read_labels)
            pictures = pictures if self.table is None else apply_table(pictures, self.table)
        labels = {
            name: columns[name].astype(columns[name].dtype.newbyteorder("="), copy=False) for name in self._labels
        }
        if self._gaze is not None and self._known is not None:
            labels[GAZE] = GAZES[self._gaze](self._known, columns[self._known.label], rows).astype(np.float32)
        return pictures, labels

    def _transformed(self, pictures: NDArray[np.uint8]) -> list[Any]:
        images = list(to_NCHW(pictures))
        return images if self._transform is None else [self._transform(image) for image in images]

    def _opened(self) -> EyeFile:
        if self._file is None or self._owner != os.getpid():  # after a fork the parent's handle is not ours to use
            self._file = open_eyes(self.path, chunk_cache_bytes=self._chunk_cache_bytes)
            self._owner = os.getpid()
        return self._file

    def __getstate__(self) -> dict[str, Any]:
        """What crosses into a worker: everything but the open file and the chunks held."""
        return {**self.__dict__, "_file": None, "_cache": None if self._cache is None else self._cache.emptied()}


def as_batch(values: NDArray[Any]) -> Any:
    """Numbers as a tensor, text as a list."""
    return torch.from_numpy(values) if values.dtype.kind in "iufbc" else values.tolist()


class Batches:
    """An endless stream of shuffled batches in which batch k is a pure function of (seed, k).

    Every row (of `rows`, or of the whole set) comes once before any comes twice. As nothing but `n_drawn` has to be
    remembered, a resumed run draws just what an uninterrupted one would have. A set that is in memory is held on the
    device, where it leaves room there for the training; any other is read ahead by a thread of its own.
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
        self._held = dataset._held_on(device)
        self._reader = ThreadPoolExecutor(1, "reading ahead")  # starts its thread with the first batch asked of it
        self._ahead: dict[int, Future[NDArray[np.uint8]]] = {}

    def draw(self) -> Tensor:
        """The next batch as float (batch_size, C, H, W) in -1..1."""
        if self._held is not None:
            pictures = self._held[sent(torch.from_numpy(self._rows_of(self.n_drawn)), self._device)]
        else:
            wanted = range(self.n_drawn, self.n_drawn + N_AHEAD)
            self._ahead = {k: self._ahead.get(k) or self._reader.submit(self._read, k) for k in wanted}
            pictures = sent(to_NCHW(self._ahead[self.n_drawn].result()), self._device)
        self.n_drawn += 1
        return scaled(pictures)

    def _read(self, batch: int) -> NDArray[np.uint8]:
        return self._dataset.read(self._rows_of(batch))

    def _rows_of(self, batch: int) -> NDArray[np.int64]:
        first = batch * self._batch_size
        return np.array([self._row(place) for place in range(first, first + self._batch_size)])

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


def from_NCHW(images: Tensor) -> NDArray[Any]:  # noqa: N802
    """(N, C, H, W) to (N, H, W), or (N, H, W, 3) for three channels: the way back, in the type that they have."""
    pictures: NDArray[Any] = images.permute(0, 2, 3, 1).cpu().numpy()
    return pictures[..., 0] if pictures.shape[3] == 1 else pictures


def scaled(images: Tensor) -> Tensor:
    """Grey levels 0..255 to -1..1: the range of tanh, 127.5 to zero."""
    return images.to(torch.float32) / 127.5 - 1.0


def to_grey_levels(images: Tensor) -> Tensor:
    """-1..1 to uint8, rounded and clamped: the way back."""
    return torch.clamp(to_levels(images), 0, 255).to(torch.uint8)
