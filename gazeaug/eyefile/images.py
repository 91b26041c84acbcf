"""The two ways a file holds its pictures: one array (slabs), or one dataset a picture (the Kaggle layout)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.bands import Bands, has_bands
from gazeaug.eyefile.holes import check_rows_written, check_written, n_written
from gazeaug.eyefile.links import check_filters, check_storage
from gazeaug.eyefile.pixels import PixelScale, prove_scale

SCAN_BYTES = 16 << 20  # read at a time when proving a range
FIRST_BYTES = 1 << 18  # looked at where a file is opened, to know pictures of 0 and 1
CONTIGUOUS_ROWS = 64  # taken together where a file is not chunked
NEAR_BYTES = 32 << 10  # reading what lies between two rows costs less than reading anew, up to about this (measured)


class Images(Protocol):
    """Pictures by row, always uint8."""

    n_images: int
    shape: tuple[int, ...]
    """(H, W) or (H, W, 3)."""
    rows_per_chunk: int
    """Pictures stored together."""

    def read(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Rows start..stop-1 as (n, H, W) or (n, H, W, 3)."""
        ...

    def read_into(self, out: NDArray[np.uint8], start: int) -> None:
        """`len(out)` rows from `start` on, into memory that is there."""
        ...

    def read_rows(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The given rows, in the order given."""
        ...

    def check_written(self, stop: int) -> None:
        """Refuse rows before `stop` that were never written; raises InputError."""
        ...

    def close(self) -> None:
        """Let go of what it holds beside the file."""
        ...


class ImageArray:
    """Pictures in one dataset (N, H, W), (N, H, W, 1) or (N, H, W, 3)."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        where = f"{dataset.file.filename}: dataset '{dataset.name.lstrip('/')}'"
        if dataset.ndim not in (3, 4) or (dataset.ndim == 4 and dataset.shape[3] not in (1, 3)):
            raise InputError(f"{where}: expected (N, H, W) or (N, H, W, 3), found {dataset.shape}.")
        if 0 in dataset.shape:
            raise InputError(f"{where}: holds no pictures, its shape is {dataset.shape}.")
        check_filters(dataset, where)
        self._where, self._n_written = where, -1  # looked up when rows are first asked for
        self._dataset, self._dtype = dataset, dataset.dtype
        self.n_images, *self._stored_shape = dataset.shape  # asking h5py again takes as long as reading some rows
        self.shape = _image_shape(self._stored_shape)
        self.rows_per_chunk = dataset.chunks[0] if dataset.chunks else CONTIGUOUS_ROWS
        self._scale = prove_scale(self._blocks(), dataset.dtype, where, self._first)
        self._bands = Bands(dataset, self.read) if has_bands(dataset) else None

    def _first(self) -> NDArray[Any]:
        rows = FIRST_BYTES // int(np.prod(self._stored_shape))
        return np.asarray(self._dataset[: max(1, min(rows, self.rows_per_chunk, CONTIGUOUS_ROWS))])

    def _blocks(self) -> Iterator[NDArray[Any]]:
        rows = max(1, SCAN_BYTES // (self._dataset.dtype.itemsize * int(np.prod(self._dataset.shape[1:]))))
        for start in range(0, self.n_images, rows):
            yield self._dataset[start : start + rows]

    def check_written(self, stop: int) -> None:
        """Refuse rows before `stop` that were never written."""
        if self._n_written < 0:
            self._n_written = n_written(self._dataset, trusted=False)
        check_rows_written(self._n_written, min(stop, self.n_images), self._where)

    def read(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Rows start..stop-1, one slab."""
        self.check_written(stop)
        return self._scale.to_uint8(self._dataset[start:stop]).reshape(-1, *self.shape)

    def read_into(self, out: NDArray[np.uint8], start: int) -> None:
        """Rows from `start` on; pictures stored as bytes come without a copy."""
        self.check_written(start + len(out))
        if self._bands is not None:
            self._bands.read_into(out, start)
        elif self._dtype != np.uint8 or not out.flags.c_contiguous:
            out[...] = self.read(start, start + len(out))
        else:
            # The low-level calls take half the time of read_direct, for half a thousand small pictures.
            rows, stored = (len(out), *self._stored_shape), self._dataset.id.get_space()
            stored.select_hyperslab((start, *[0] * (len(rows) - 1)), rows)
            self._dataset.id.read(h5py.h5s.create_simple(rows), stored, out, h5py.h5t.NATIVE_UINT8)

    def close(self) -> None:
        """End the threads that it has."""
        if self._bands is not None:
            self._bands.close()

    def read_rows(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The given rows, those near each other in one slab: HDF5's lists of indices are slower than single rows."""
        return read_scattered(self.read, rows, gap=near_enough(self._dataset.dtype.itemsize * int(np.prod(self.shape))))


class ImageGroup:
    """Pictures in a group of one dataset each, in the order of `keys`."""

    def __init__(self, group: h5py.Group, keys: Sequence[str]) -> None:
        self._where = f"{group.file.filename}: group '{group.name.lstrip('/')}'"
        if not keys:
            raise InputError(f"{self._where}: holds no pictures.")
        self._group = group
        self._keys = [key.encode(errors="surrogateescape") for key in keys]
        self.n_images = len(keys)
        self.rows_per_chunk = 1
        first = group[self._keys[0]]
        found = f"one of shape {first.shape}" if isinstance(first, h5py.Dataset) else f"a group '{self._key(0)}'"
        if not isinstance(first, h5py.Dataset) or not (
            first.ndim == 2 or (first.ndim == 3 and first.shape[2] in (1, 3))
        ):
            raise InputError(f"{self._where}: expected one (H, W) or (H, W, 3) dataset a picture, found {found}.")
        self.shape = _image_shape(first.shape)
        self._stored_shape, self._dtype, self._h5_type = tuple(first.shape), first.dtype, first.id.get_type()
        self._n_bytes = first.size if first.dtype == np.uint8 else -1  # of a picture that needs no second look
        self._scale = PixelScale()
        check_filters(first, f"{self._where}: picture '{self._key(0)}'")
        self._scale = prove_scale(self._blocks(), first.dtype, self._where, lambda: self._stored(range(1)))

    def _blocks(self) -> Iterator[NDArray[Any]]:
        for start in range(0, self.n_images, 1024):
            yield self._stored(range(start, min(start + 1024, self.n_images)))

    def _stored(self, rows: Sequence[int] | NDArray[np.int64]) -> NDArray[Any]:
        pixels = np.empty((len(rows), *self._stored_shape), dtype=self._dtype)
        whole, in_memory = h5py.h5s.ALL, h5py.h5t.py_create(self._dtype)  # found once, not for every picture
        for i, row in enumerate(rows):
            # The low-level calls read three times as many small datasets a second as group[key][()].
            try:
                dataset = h5py.h5d.open(self._group.id, self._keys[row])
            except (KeyError, TypeError) as error:
                raise InputError(f"{self._where}: '{self._key(row)}' is not a picture: {error}") from error
            self._check_alike(dataset, self._key(row))
            dataset.read(whole, whole, pixels[i], in_memory)
        return pixels

    def _check_alike(self, picture: h5py.h5d.DatasetID, key: str) -> None:
        """Refuse a picture of another size or type than the first, or one that was never written."""
        if picture.shape != self._stored_shape:
            raise InputError(
                f"{self._where}: picture '{key}' is {picture.shape}, "
                f"the first one {self._stored_shape}; all must have one size."
            )
        if picture.get_offset() is not None and picture.get_storage_size() == self._n_bytes:
            return  # of one byte a pixel, and in one place: what follows takes as long as reading the picture
        if not picture.get_type().equal(self._h5_type) and {picture.dtype.kind, self._dtype.kind} != {"f"}:
            raise InputError(
                f"{self._where}: picture '{key}' is {picture.dtype}, the first one {self._dtype}; all must have one "
                "type, or their numbers mean different grey levels."
            )
        if picture.get_offset() is None:  # only then may anything be wrong with where it is stored
            where = f"{self._where}: picture '{key}'"
            check_storage(h5py.Dataset(picture), where)
            check_written(h5py.Dataset(picture), where, trusted=False)

    def _key(self, row: int) -> str:
        return self._keys[row].decode(errors="backslashreplace")

    def read(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Rows start..stop-1."""
        return self.read_rows(np.arange(start, min(stop, self.n_images)))

    def read_into(self, out: NDArray[np.uint8], start: int) -> None:
        """Rows from `start` on."""
        out[...] = self.read(start, start + len(out))

    def check_written(self, stop: int) -> None:
        """Each is looked at when it is read."""

    def close(self) -> None:
        """Nothing to let go of."""

    def read_rows(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The given rows, in the order given."""
        return self._scale.to_uint8(self._stored(rows)).reshape(-1, *self.shape)


def near_enough(row_bytes: int) -> int:
    """Rows that may lie between two for reading both at once."""
    return max(1, NEAR_BYTES // max(1, row_bytes))


def read_scattered(read: Callable[[int, int], NDArray[Any]], rows: NDArray[np.int64], *, gap: int) -> NDArray[Any]:
    """Any rows, in the order given, by slabs `read(start, stop)` over those at most `gap` apart."""
    order = np.argsort(rows, kind="stable")
    slabs = np.split(order, np.flatnonzero(np.diff(rows[order]) > gap) + 1)
    found = [read(int(rows[slab[0]]), int(rows[slab[-1]]) + 1)[rows[slab] - rows[slab[0]]] for slab in slabs]
    values: NDArray[Any] = np.concatenate(found)
    ordered = np.empty_like(values)
    ordered[order] = values
    return ordered


def _image_shape(stored: Sequence[int]) -> tuple[int, ...]:
    """(H, W) for grey, also where a last axis of one channel is stored; (H, W, 3) for RGB."""
    return tuple(int(axis) for axis in (stored[:2] if tuple(stored[2:]) == (1,) else stored))


def join_by_path(keys: Sequence[str], paths: Sequence[str], where: str) -> list[str]:
    """Put keys in the order of the rows they belong to: a path names a key in full, by base name or by stem.

    Raises:
        InputError: a key without a path, a path without a key, or two claims to one, each with three examples.
    """
    for name_of in (str, lambda path: PurePosixPath(path).name, lambda path: PurePosixPath(path).stem):
        key_of = {name_of(key): key for key in keys}
        ordered = [key_of.get(name_of(path)) for path in paths]
        found = [key for key in ordered if key is not None]
        if found and len(found) == len(paths) == len(keys) == len(set(found)) == len(key_of):
            return found
    matched = {str(PurePosixPath(path).stem) for path in paths} & {str(PurePosixPath(key).stem) for key in keys}
    stray_keys = [key for key in keys if PurePosixPath(key).stem not in matched] or list(keys)
    stray_paths = [path for path in paths if PurePosixPath(path).stem not in matched] or list(paths)
    raise InputError(
        f"{where}: the {len(keys)} pictures do not join the {len(paths)} rows of 'path' one to one: "
        f"keys {_three(stray_keys)} against paths {_three(stray_paths)}; every key needs a path that is "
        "its name, base name or stem."
    )


def _three(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:3])


def natural_order(name: str) -> list[tuple[int, int | str]]:
    """Sort key under which 2 comes before 10."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name) if part]
