"""Writing an eye dataset (HDF5, format version 1): uint8 images, labels as they came, attributes, provenance.

Shape suffixes: N rows, H height, W width, C colour channels (3, or none for grey).
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.attributes import attach_scales, copy_attributes
from gazeaug.eyefile.hdf5 import create_hdf5, in_memory, open_hdf5
from gazeaug.eyefile.labels import Label, copy_whole
from gazeaug.eyefile.links import DAMAGED, limit_metadata_cache
from gazeaug.outputs import partial_name, publish, writing_to

FORMAT_VERSION = 1
IMAGE = "image"
ROWS_PER_CHUNK = 64  # measured: a million rows a second in sequence, tens of thousands at random
TARGET_CHUNK_BYTES = 4 << 20  # large pictures take fewer rows a chunk
COMPRESSIONS = ("lzf", "gzip", "zstd", "blosc2")

Complete = Callable[[h5py.File], object]
"""Adds to a file what is only known once its rows are there, before the file gets its name."""


class EyeWriter:
    """Writes an eye file row block by row block in constant memory; use as a context manager.

    Everything goes to `<path>.partial`, which takes the final name only when the block ends well and is removed
    when it does not.

    Args:
        path: where the file shall be.
        image_shape: (H, W) for grey, (H, W, 3) for RGB.
        labels: what each label looks like; every `append` brings rows of all of them.
        others: datasets of another file that are copied as a whole.
        attributes: of the file, beside `gazeaug_format` and `provenance`.
        image_attributes: of the `image` dataset.
        provenance: what made the file; stored as JSON.
        compression: one of `COMPRESSIONS`, or None.
        named: what errors call the file, where it is part of another.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        image_shape: tuple[int, ...],
        labels: Mapping[str, Label] | None = None,
        others: Mapping[str, h5py.Dataset] | None = None,
        attributes: Mapping[str, Any] | None = None,
        image_attributes: Mapping[str, Any] | None = None,
        provenance: Mapping[str, Any] | None = None,
        compression: str | None = None,
        named: Path | None = None,
    ) -> None:
        self.path = Path(path)
        self._named = named or self.path
        self.n_images = 0
        self._partial = partial_name(self.path)
        filters = compression_filters(compression)
        with writing_to(self._named):
            # A chunk cache of two image chunks, so that appends of any length compress each chunk once.
            chunk_rows = rows_per_chunk(image_shape)
            cache_bytes = max(1 << 20, 2 * chunk_rows * int(np.prod(image_shape)))
            self._file = create_hdf5(self._partial, rdcc_nbytes=cache_bytes, libver="v110")
        try:
            with writing_to(self._named):
                limit_metadata_cache(self._file)
                describe_file(self._file, attributes or {}, provenance or {})
                self._image = self._file.create_dataset(
                    IMAGE,
                    shape=(0, *image_shape),
                    maxshape=(None, *image_shape),
                    chunks=(chunk_rows, *image_shape),
                    dtype=np.uint8,
                    track_times=False,
                    **filters,
                )
                copy_attributes(image_attributes or {}, self._image)
                self._kinds = dict(labels or {})
                self._labels = {name: label.create(self._file, name) for name, label in self._kinds.items()}
                finish_datasets(self._file, self._kinds, image_attributes or {}, others or {})
        except BaseException:
            self.discard()
            raise

    def append(self, images: NDArray[np.uint8], labels: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Add rows at the end.

        Args:
            images: uint8 (N, H, W) or (N, H, W, 3).
            labels: for every label of this file an array of N rows.

        Raises:
            InputError: shapes, dtype or label names differ from what the file was opened for.
            RunError: the disk is full or refuses.
        """
        labels = labels or {}
        if images.dtype != np.uint8 or images.shape[1:] != self._image.shape[1:]:
            raise InputError(
                f"{self._named}: images must be uint8 of shape (N, {', '.join(map(str, self._image.shape[1:]))}), "
                f"got {images.dtype} {images.shape}."
            )
        if labels.keys() != self._labels.keys():
            raise InputError(f"{self._named}: expected labels {sorted(self._labels)}, got {sorted(labels)}.")
        for name, rows in labels.items():
            expected = (len(images), *self._kinds[name].shape, *self._kinds[name].dtype.shape)
            if rows.shape != expected:
                raise InputError(f"{self._named}: label '{name}' must have shape {expected}, got {rows.shape}.")
        start, stop = self.n_images, self.n_images + len(images)
        with writing_to(self._named):
            self._image.resize(stop, axis=0)
            self._image[start:stop] = images
            for name, rows in labels.items():
                self._labels[name].resize(stop, axis=0)
                self._kinds[name].write(self._labels[name], start, rows)
        self.n_images = stop

    def append_shard(self, path: Path) -> None:
        """Add all rows of a file written with the same options.

        Its image chunks are copied as they are, not decoded, where this file ends on a whole chunk so far.
        """
        chunk_rows = rows_per_chunk(self._image.shape[1:])
        is_aligned = self.n_images % chunk_rows == 0
        with open_hdf5(path) as shard, writing_to(self._named):
            image = shard[IMAGE]
            stop = self.n_images + len(image)
            self._image.resize(stop, axis=0)
            behind = (0,) * (image.ndim - 1)
            for row in range(0, len(image), chunk_rows):
                if is_aligned:
                    filter_mask, chunk = image.id.read_direct_chunk((row, *behind))
                    self._image.id.write_direct_chunk((self.n_images + row, *behind), chunk, filter_mask)
                else:
                    rows = image[row : row + chunk_rows]
                    self._image[self.n_images + row : self.n_images + row + len(rows)] = rows
            for name, label in self._labels.items():
                label.resize(stop, axis=0)
                kind = self._kinds[name]
                kind.write(label, self.n_images, kind.read(shard[name], 0, len(shard[name])))
        self.n_images = stop

    def note(self, name: str, value: Any) -> None:
        """Set an attribute of the file that was not known when it was opened."""
        with writing_to(self._named):
            self._file.attrs[name] = value

    def complete(self, add: Complete) -> None:
        """Let something be added that was not known when the file was opened."""
        with writing_to(self._named):
            add(self._file)

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises:
            RunError: the disk is full or refuses; nothing is left under either name.
        """
        try:
            with writing_to(self._named):
                self._file.flush()  # fails where close would, but leaves a file that can still be given up
                self._file.close()
            publish(self.path)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Give the file up: nothing is left of it."""
        with contextlib.suppress(OSError):
            os.truncate(self._partial, 0)  # room for what HDF5 insists on writing: on a full disk it crashes later
        with contextlib.suppress(OSError, RuntimeError):
            self._file.close()
        self._partial.unlink(missing_ok=True)

    def __enter__(self) -> EyeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


def describe_file(file: h5py.File, attributes: Mapping[str, Any], provenance: Mapping[str, Any]) -> None:
    """Give a new eye file its attributes."""
    copy_attributes(attributes, file)
    file.attrs["gazeaug_format"] = FORMAT_VERSION
    file.attrs["provenance"] = json.dumps(provenance, sort_keys=True)


def finish_datasets(
    file: h5py.File,
    labels: Mapping[str, Label],
    image_attributes: Mapping[str, Any],
    others: Mapping[str, h5py.Dataset],
) -> None:
    """Copy what is no label as a whole, and attach dimension scales once all datasets are there."""
    described = {IMAGE: image_attributes, **{name: label.attributes for name, label in labels.items()}}
    for name, dataset in others.items():
        if name == IMAGE or name in file:
            continue
        described[name] = copy_whole(dataset, file, name)
    attach_scales(file, described)


def try_header(
    where: str,
    labels: Mapping[str, Label],
    image_attributes: Mapping[str, Any],
    attributes: Mapping[str, Any],
    others: Mapping[str, h5py.Dataset],
) -> None:
    """Make all that a file holds but rows, in memory, so that it does not fail when the last row is there.

    Raises:
        InputError: naming what cannot be made.
    """
    try:
        with in_memory() as file:
            describe_file(file, attributes, {})
            copy_attributes(image_attributes, file.create_dataset(IMAGE, (1, 1, 1), np.uint8))
            for name, label in labels.items():
                label.create(file, name)
            finish_datasets(file, labels, image_attributes, others)
    except DAMAGED as error:
        raise InputError(
            f"{where}: what it holds beside pictures cannot be written to another file: {error}"
        ) from error


def rows_per_chunk(image_shape: tuple[int, ...]) -> int:
    """Whole rows in a chunk: 64, fewer where pictures are large."""
    return max(1, min(ROWS_PER_CHUNK, TARGET_CHUNK_BYTES // int(np.prod(image_shape))))


def compression_filters(compression: str | None) -> dict[str, Any]:
    """Options of `create_dataset` for a named compression.

    Raises:
        InputError: an unknown name, or one whose plug-in is not installed.
    """
    if compression in (None, "none"):
        return {}
    if compression in ("lzf", "gzip"):
        return {"compression": compression}
    if compression not in COMPRESSIONS:
        raise InputError(f"compression must be one of none, {', '.join(COMPRESSIONS)}, got '{compression}'.")
    try:
        import hdf5plugin
    except ImportError:
        raise InputError(f"compression '{compression}' needs a plug-in: pip install 'gazeaug[compression]'.") from None
    return dict(hdf5plugin.Zstd() if compression == "zstd" else hdf5plugin.Blosc2(cname="zstd"))
