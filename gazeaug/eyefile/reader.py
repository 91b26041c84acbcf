"""Opening an eye file: images as uint8 slabs, labels as they are, whatever layout the file has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.images import (
    ImageArray,
    ImageGroup,
    Images,
    join_by_path,
    natural_order,
    near_enough,
    read_scattered,
)
from gazeaug.eyefile.labels import Label, check_lengths
from gazeaug.eyefile.links import (
    CHUNK_CACHE_BYTES,
    datasets_of,
    is_filtered,
    limit_metadata_cache,
    naming_damage,
    open_inside,
)

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
LOOK_VEC = "look_vec"
LABEL_SCAN_ROWS = 1 << 16


class EyeFile:
    """An open eye file; rows are read on demand, so its size does not matter. Use as a context manager.

    Attributes:
        path: the file.
        layout: "gazeaug" (one image array) or "kaggle" (a dataset a picture).
        n_images: rows.
        image_shape: (H, W) for grey, (H, W, 3) for RGB.
        labels: every label by name.
        is_filtered: whether any dataset in it is, see `gazeaug.eyefile.links.is_filtered`.
        attributes, image_attributes: as stored.
    """

    def __init__(self, path: Path, file: h5py.File, image_key: str) -> None:
        self.path = path
        self._file = file
        limit_metadata_cache(file)
        self.attributes: dict[str, Any] = dict(file.attrs)
        image = _open_image(path, file, image_key)
        label_datasets = datasets_of(file, skip=image_key)
        for dataset in label_datasets.values():
            check_lengths(dataset)
        self._images: Images
        if isinstance(image, h5py.Dataset):
            self.layout = "gazeaug"
            self._images = ImageArray(image)
        else:
            self.layout = "kaggle"
            self._images = ImageGroup(image, _keys_in_row_order(path, image, label_datasets))
        self.image_attributes: dict[str, Any] = dict(image.attrs)
        self.n_images = self._images.n_images
        self.image_shape = self._images.shape
        self._label_datasets = label_datasets
        self.labels = {name: self._describe_label(name, dataset) for name, dataset in label_datasets.items()}
        stored = [one for one in (image, *label_datasets.values()) if isinstance(one, h5py.Dataset)]
        self.is_filtered = any(map(is_filtered, stored))
        if LOOK_VEC in self.labels:
            self._check_look_vec()

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.image_shape[0]

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.image_shape[1]

    @property
    def channels(self) -> int:
        """1 for grey, 3 for RGB."""
        return 3 if len(self.image_shape) == 3 else 1

    @property
    def provenance(self) -> dict[str, Any]:
        """What made the file, or an empty dict for a foreign one."""
        text = self.attributes.get("provenance", "{}")
        try:
            found = json.loads(text)
        except (TypeError, ValueError):
            return {"text": str(text)}
        return found if isinstance(found, dict) else {"text": str(text)}

    def read_images(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Rows start..stop-1 as uint8 (n, H, W) or (n, H, W, 3).

        Raises:
            InputError: the rows cannot be read (a damaged chunk); they are named.
        """
        with self._reading("image", start, stop):
            return self._images.read(start, stop)

    def check_written(self, stop: int) -> None:
        """Refuse pictures before row `stop` that were never written; raises InputError."""
        self._images.check_written(stop)

    def read_images_into(self, out: NDArray[np.uint8], start: int) -> None:
        """`len(out)` rows from `start` on, into memory that is there; raises as `read_images`."""
        with self._reading("image", start, start + len(out)):
            self._images.read_into(out, start)

    def read_rows(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Any rows, in the order given, as uint8 (n, H, W) or (n, H, W, 3)."""
        with self._reading("image", int(rows.min()), int(rows.max()) + 1):
            return self._images.read_rows(rows)

    def read_label(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Rows start..stop-1 of a label, dtype as stored."""
        with self._reading(name, start, stop):
            rows: NDArray[Any] = self._label_datasets[name][start:stop]
            return rows

    def read_label_rows(self, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Any rows of a label, in the order given, dtype as stored."""
        dataset, gap = self._label_datasets[name], near_enough(self.labels[name].row_bytes)
        with self._reading(name, int(rows.min()), int(rows.max()) + 1):
            return read_scattered(lambda start, stop: dataset[start:stop], rows, gap=gap)

    @property
    def rows_per_chunk(self) -> int:
        """Pictures that are stored, and so read, together."""
        return self._images.rows_per_chunk

    def choose_labels(self, names: list[str] | None) -> list[str]:
        """The labels asked for, or all of them for None.

        Raises:
            InputError: one is not there; those that are get named.
        """
        for name in names or []:
            if name not in self.labels:
                there = ", ".join(sorted(self.labels)) or "none"
                raise InputError(f"{self.path}: no label '{name}'; the labels there are: {there}.")
        return sorted(self.labels) if names is None else list(dict.fromkeys(names))

    def close(self) -> None:
        """Close the file."""
        self._images.close()
        self._file.close()

    def __enter__(self) -> EyeFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _reading(self, what: str, start: int, stop: int) -> Iterator[None]:
        with naming_damage(f"{self.path}: rows {start} to {stop - 1} of '{what}'"):
            yield

    def _describe_label(self, name: str, dataset: h5py.Dataset) -> Label:
        if dataset.ndim == 0 or dataset.shape[0] != self.n_images:
            raise InputError(
                f"{self.path}: label '{name}' must have {self.n_images} rows as 'image' has, "
                f"found shape {dataset.shape}."
            )
        return Label.like(dataset)

    def _check_look_vec(self) -> None:
        label = self.labels[LOOK_VEC]
        if label.dtype.kind not in "iuf" or label.shape not in ((3,), (4,)):
            raise InputError(
                f"{self.path}: 'look_vec' must be numbers of shape (N, 3) or (N, 4), found {label.dtype} "
                f"{(self.n_images, *label.shape)}."
            )
        for start in range(0, self.n_images, LABEL_SCAN_ROWS):
            finite = np.isfinite(self.read_label(LOOK_VEC, start, start + LABEL_SCAN_ROWS)).all(axis=1)
            if not finite.all():
                bad = start + np.flatnonzero(~finite)
                raise InputError(
                    f"{self.path}: 'look_vec' must be finite, found NaN or infinity in rows "
                    f"{', '.join(map(str, bad[:3]))}{' and more' if len(bad) > 3 else ''}."
                )


def open_eyes(path: Path | str, *, image: str = "image", chunk_cache_bytes: int = CHUNK_CACHE_BYTES) -> EyeFile:
    """Open an eye file of format version 1 or of the Kaggle layout (a dataset a picture, joined by `path`).

    Args:
        path: the HDF5 file.
        image: name of the dataset or group that holds the pictures.
        chunk_cache_bytes: of every dataset; with 0, single rows of a file that is not filtered come twice as fast.

    Raises:
        InputError: one sentence for everything that makes the file unusable.
    """
    path = Path(path)
    file = _open_hdf5(path, chunk_cache_bytes)
    try:
        with naming_damage(f"{path}: what it holds"):
            return EyeFile(path, file, image.strip("/"))
    except BaseException:
        file.close()
        raise


def _open_hdf5(path: Path, chunk_cache_bytes: int) -> h5py.File:
    expected = "expected an HDF5 file of eyes"
    if not path.exists():
        raise InputError(f"{path}: {expected}, but there is no such file.")
    if path.is_dir():
        raise InputError(f"{path}: {expected}, found a folder (gazeaug prepare makes an HDF5 file of one).")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: {expected}, found an empty file.")
    with path.open("rb") as stream:
        start = stream.read(8)
    if start != HDF5_SIGNATURE and not h5py.is_hdf5(path):
        kind = "a JPEG picture" if start.startswith(b"\xff\xd8\xff") else "something else"
        raise InputError(f"{path}: {expected}, found {kind}.")
    try:
        return h5py.File(path, "r", rdcc_nbytes=chunk_cache_bytes)
    except OSError as error:
        raise InputError(f"{path}: {expected}, found one that is truncated or damaged: {error}") from error


def _open_image(path: Path, file: h5py.File, key: str) -> h5py.Dataset | h5py.Group:
    if file.get(key.split("/")[0], getlink=True) is None:
        there = ", ".join(sorted(file)[:8]) or "nothing"
        raise InputError(
            f"{path}: expected a dataset or group '{key}', the file holds: {there} (--image names another)."
        )
    image = open_inside(file, key)
    if not isinstance(image, h5py.Dataset) or image.chunks is None or is_filtered(image):
        return image
    name, access = image.name.encode(), h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    access.set_chunk_cache(0, 0, 1.0)  # chunks that need no decoding are then read straight to where they are wanted
    del image  # the first to open a dataset decides on its cache
    return h5py.Dataset(h5py.h5d.open(file.id, name, access))


def _keys_in_row_order(path: Path, group: h5py.Group, labels: dict[str, h5py.Dataset]) -> list[str]:
    """Keys joined to rows through `path`; without any label there is nothing to join, so natural order."""
    keys: list[str] = []

    def note(name: bytes, link: Any) -> None:
        keys.append(name.decode())
        if link.type != h5py.h5l.TYPE_HARD:
            open_inside(group.file, f"{group.name}/{keys[-1]}")

    group.id.links.iterate(note, info=True)  # one pass; asking for each link by its name takes twelve times as long
    where = f"{path}: group '{group.name.lstrip('/')}'"
    if not labels:
        return sorted(keys, key=natural_order)
    if "path" not in labels or labels["path"].ndim != 1:
        raise InputError(f"{where}: needs a dataset 'path' (N,) that joins its pictures to the labels, found none.")
    paths = [text.decode() if isinstance(text, bytes) else str(text) for text in labels["path"][()]]
    return join_by_path(keys, paths, where)
