"""Opening an eye file: images as uint8 slabs, labels as they are, whatever layout the file has."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.attributes import POINTS, UNKNOWN, attributes_of
from gazeaug.eyefile.hdf5 import in_memory, open_hdf5
from gazeaug.eyefile.holes import check_rows_written, n_written
from gazeaug.eyefile.images import (
    ImageArray,
    ImageGroup,
    Images,
    join_by_path,
    natural_order,
    near_enough,
    read_scattered,
)
from gazeaug.eyefile.indexing import Index, holdings, rows_at
from gazeaug.eyefile.labels import Label, check_lengths, copy_whole
from gazeaug.eyefile.links import (
    CHUNK_CACHE_BYTES,
    DAMAGED,
    datasets_of,
    is_filtered,
    limit_metadata_cache,
    missing_filters,
    naming_damage,
    open_inside,
)
from gazeaug.eyefile.row_checks import check_directions
from gazeaug.eyefile.types import Carried, carried, holds_references
from gazeaug.notes import note
from gazeaug.suggestions import did_you_mean

logger = logging.getLogger(__name__)

IMAGE = "image"
LOOK_VEC = "look_vec"
LABEL_SCAN_ROWS = 1 << 16
MOST_COPIED_BYTES = 64 << 20  # of a dataset that is no label
GAZE_LABELS = (LOOK_VEC, "gaze", "pitchyaw", "face_gaze")  # where a file's gaze is looked for
USUAL_LABELS = (*GAZE_LABELS, "head_pose", "path", "subject")


class EyeFile:
    """An open eye file; rows are read on demand, so its size does not matter. Use as a context manager.

    `len(eyes)` is the number of rows. `eyes[5]` is a dict of the picture, "image" (H, W) or (H, W, 3), and of every
    label by its name; `eyes[10:20]`, `eyes[[7, 3]]` and `eyes[mask]` are dicts of arrays with the rows as first axis.

    Attributes:
        path: the file.
        layout: "gazeaug" (one image array) or "kaggle" (a dataset a picture).
        n_images: rows.
        image_shape: (H, W) for grey, (H, W, 3) for RGB.
        labels: every label by name.
        others: datasets by name that are no labels, since they have no row for each picture.
        left_out: names of datasets that cannot be a label of another file, each with the reason.
        notes: what should be known of the file, a sentence each.
        is_filtered: whether any dataset in it is, see `gazeaug.eyefile.links.is_filtered`.
        attributes, image_attributes: as stored.
    """

    def __init__(
        self, path: Path, file: h5py.File, image_key: str, *, any_gaze: bool = False, lazy: bool = False
    ) -> None:
        self.path = path
        self._file = file
        limit_metadata_cache(file)
        self.notes: list[str] = []
        self.attributes = self._attributes_of(file)
        image = _open_image(path, file, image_key)
        unnamed: list[bytes] = []
        datasets = datasets_of(file, skip=image_key, unnamed=unnamed)
        self.notes += [f"{path}: a dataset has a name that is not UTF-8, {name!r}; it is left out." for name in unnamed]
        # A Kaggle file is joined by texts, which are read here.
        self._unchecked = set(datasets) if lazy and isinstance(image, h5py.Dataset) else set[str]()
        for name, dataset in datasets.items():
            if name not in self._unchecked:
                check_lengths(dataset)
        self._images: Images
        if isinstance(image, h5py.Dataset):
            self.layout = "gazeaug"
            self._images = ImageArray(image)
        else:
            self.layout = "kaggle"
            self._images = ImageGroup(image, _keys_in_row_order(path, image, datasets))
        self.image_attributes = self._attributes_of(image)
        self.n_images = self._images.n_images
        self.image_shape = self._images.shape
        label_datasets = {name: one for name, one in datasets.items() if rows_in(one) == self.n_images}
        self.others = {name: one for name, one in datasets.items() if name not in label_datasets}
        self.left_out: dict[str, str] = {}
        for name, dataset in datasets.items():
            if name.split("/")[0] != IMAGE and carried(dataset.id.get_type()) is not Carried.NOT:
                continue
            self._leave_out(name, dataset)
            label_datasets.pop(name, None)
            self.others.pop(name, None)
        self._label_datasets = label_datasets
        self.labels = {name: self._describe_label(name, dataset) for name, dataset in label_datasets.items()}
        if self.others:
            named = ", ".join(f"'{name}' {dataset.shape}" for name, dataset in self.others.items())
            self.notes.append(f"{path}: no labels, since they have not {self.n_images} rows as 'image' has: {named}.")
        stored = [one for one in (image, *label_datasets.values()) if isinstance(one, h5py.Dataset)]
        self.is_filtered = any(map(is_filtered, stored))
        for name, dataset in label_datasets.items():
            missing_filters(dataset)  # has them fetched; what is missing is said where the label is read
            self._check_label_written(name, dataset)
        if LOOK_VEC in self.labels:
            self._check_look_vec(any_gaze=any_gaze)

    def __len__(self) -> int:
        return self.n_images

    def __getitem__(self, index: Index) -> dict[str, Any]:
        rows = rows_at(index, self.n_images, str(self.path))
        found: dict[str, Any] = {IMAGE: self.read_rows(rows)}
        for name in self.labels:
            found[name] = self.read_label_rows(name, rows)
        is_one = isinstance(index, int | np.integer)
        return {name: values[0] for name, values in found.items()} if is_one else found

    def __repr__(self) -> str:
        closed = "" if self._file else ", closed"
        return f"EyeFile('{self.path}'{closed}: {holdings(self.n_images, self.image_shape, self.labels, GAZE_LABELS)})"

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

    @cached_property
    def copied(self) -> dict[str, h5py.Dataset]:
        """Those of `others` that go into an eye file made of this one; what cannot be copied is said."""
        found = {}
        for name, dataset in self.others.items():
            if dataset.id.get_storage_size() > MOST_COPIED_BYTES:
                note(f"{self.path}: '{name}' is not copied, being larger than {MOST_COPIED_BYTES >> 20} MiB.")
                continue
            try:
                with in_memory() as file:
                    copy_whole(dataset, file, name)
            except DAMAGED as error:
                note(f"{self.path}: '{name}' is not copied, since it cannot be read: {error}")
                continue
            found[name] = dataset
        return found

    @property
    def provenance(self) -> dict[str, Any]:
        """What made the file, or an empty dict for a foreign one."""
        return read_provenance(self.attributes.get("provenance", "{}"))

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
        if not len(rows):
            return self.read_images(0, 0)
        with self._reading("image", int(rows.min()), int(rows.max()) + 1):
            return self._images.read_rows(rows)

    def read_label(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Rows start..stop-1 of a label, dtype as stored.

        Raises:
            InputError: there is no such label, or its rows cannot be read; they are named.
        """
        self._check_label(name)
        with self._reading(name, start, stop):
            self._check_lengths(name)
            return self.labels[name].read(self._label_datasets[name], start, stop)

    def read_label_rows(self, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Any rows of a label, in the order given, dtype as stored; raises as `read_label`."""
        self._check_label(name)
        if not len(rows):
            return self.read_label(name, 0, 0)
        label, dataset = self.labels[name], self._label_datasets[name]
        with self._reading(name, int(rows.min()), int(rows.max()) + 1):
            self._check_lengths(name)
            gap = near_enough(label.row_bytes)
            return read_scattered(lambda start, stop: label.read(dataset, start, stop), rows, gap=gap)

    @property
    def rows_per_chunk(self) -> int:
        """Pictures that are stored, and so read, together."""
        return self._images.rows_per_chunk

    def choose_labels(self, names: list[str] | None) -> list[str]:
        """The labels asked for, or all of them for None.

        Raises:
            InputError: one is not there, those that are get named; or it is no label; or, where all are asked for, a
                dataset looks like a label that has lost rows.
        """
        for name in names or []:
            if name in self.others:
                raise InputError(
                    f"{self.path}: '{name}' is {self._no_label(name)}; name labels alone, it goes along as a whole."
                )
            if name in self.left_out:
                raise InputError(f"{self.path}: '{name}' {self.left_out[name]}, so it cannot be carried.")
            self._check_label(name)
        if names is None:
            self._check_broken()
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
        if not self._file:
            raise InputError(f"{self.path}: this file has been closed; open it again.")
        with naming_damage(f"{self.path}: rows {start} to {stop - 1} of '{what}'"):
            yield

    def _check_label(self, name: str) -> None:
        if name not in self.labels:
            there = ", ".join(sorted(self.labels)) or "none"
            meant = did_you_mean(name, self.labels)
            raise InputError(f"{self.path}: no label '{name}'; the labels there are: {there}{meant}")

    def _check_lengths(self, name: str) -> None:
        if name in self._unchecked:
            check_lengths(self._label_datasets[name])
            self._unchecked.remove(name)

    def _attributes_of(self, item: h5py.HLObject) -> dict[str, Any]:
        attributes, left_out = attributes_of(item)
        of = "the file" if item.name == "/" else f"'{item.name.lstrip('/')}'"
        self.notes += [
            f"{self.path}: attribute '{name}' of {of} {why}; it is left out." for name, why in left_out.items()
        ]
        return attributes

    def _describe_label(self, name: str, dataset: h5py.Dataset) -> Label:
        return replace(Label.like(dataset), attributes=self._attributes_of(dataset))

    def _leave_out(self, name: str, dataset: h5py.Dataset) -> None:
        if name.split("/")[0] == IMAGE:
            self.left_out[name] = "has the name of the pictures of an eye file, which are others here"
        else:
            self.left_out[name] = POINTS if holds_references(dataset.id.get_type()) else UNKNOWN
        self.notes.append(f"{self.path}: '{name}' {self.left_out[name]}; it is left out.")

    def _no_label(self, name: str) -> str:
        shape = self.others[name].shape
        found = "without values" if shape is None else f"of shape {shape}"
        return f"no label, being {found} where 'image' has {self.n_images} rows"

    def _check_broken(self) -> None:
        for name, dataset in self.others.items():
            if looks_like_label(name, dataset, self.n_images):
                raise InputError(
                    f"{self.path}: label '{name}' must have {self.n_images} rows as 'image' has, found shape "
                    f"{dataset.shape}; correct it, or name the labels to carry, where the command has --labels."
                )

    def _check_label_written(self, name: str, dataset: h5py.Dataset) -> None:
        """Refuse gaze of which rows were never written, which reads as zeros; say so of other labels."""
        if dataset.is_virtual:
            return  # its sources are looked at as they are opened
        n = n_written(dataset, trusted=name not in GAZE_LABELS)
        if name in GAZE_LABELS:
            check_rows_written(n, self.n_images, f"{self.path}: label '{name}'")
        elif n < self.n_images:
            self.notes.append(
                f"{self.path}: label '{name}': row {n} and maybe others were never written; HDF5 fills them in."
            )

    def _check_look_vec(self, *, any_gaze: bool) -> None:
        label = self.labels[LOOK_VEC]
        if label.dtype.kind not in "iuf" or label.shape not in ((3,), (4,)):
            raise InputError(
                f"{self.path}: 'look_vec' must be numbers of shape (N, 3) or (N, 4), found {label.dtype} "
                f"{(self.n_images, *label.shape)}."
            )
        for start in range(0, 0 if any_gaze else self.n_images, LABEL_SCAN_ROWS):
            rows = self.read_label(LOOK_VEC, start, start + LABEL_SCAN_ROWS)
            check_directions(rows, f"{self.path}: 'look_vec'", start)


def open_eyes(
    path: Path | str,
    *,
    image: str = "image",
    chunk_cache_bytes: int = CHUNK_CACHE_BYTES,
    quiet: bool = False,
    any_gaze: bool = False,
    locks: bool = True,
    lazy: bool = False,
) -> EyeFile:
    """Open an eye file of format version 1 or of the Kaggle layout (a dataset a picture, joined by `path`).

    Args:
        path: the HDF5 file.
        image: name of the dataset or group that holds the pictures.
        chunk_cache_bytes: of every dataset; with 0, single rows of a file that is not filtered come twice as fast.
        quiet: say no notes on it, as of a file that this job made.
        any_gaze: rows of look_vec that are no direction are not refused, for whoever leaves them out.
        locks: keep other programs from writing into the file while it is open; without, what is read may be half
            written, and whoever reads looks whether the file has changed meanwhile.
        lazy: look for damaged texts in a label when it is first read, so that opening takes no longer with more rows.

    Returns:
        The open file: `len(eyes)`, `eyes[5]`, `eyes[10:20]`, `read_images(start, stop)`, `read_label(name, start,
        stop)`; `labels`, `attributes` and `provenance`.

    Raises:
        InputError: one sentence for everything that makes the file unusable.

    Example:
        >>> with gazeaug.open_eyes("unityeyes.h5") as eyes:
        ...     print(eyes)
        ...     some = eyes[10:20]
        EyeFile('unityeyes.h5': 24 pictures of 35 x 55 grey; labels: look_vec float32 (4,);
        gaze: look_vec (unity_camera))
        >>> some["image"].shape, some["look_vec"].shape
        ((10, 35, 55), (10, 4))
    """
    path = Path(path)
    locking = None if locks else False  # None leaves it to HDF5
    file = open_hdf5(path, expected="expected an HDF5 file of eyes", rdcc_nbytes=chunk_cache_bytes, locking=locking)
    try:
        with naming_damage(f"{path}: what it holds"):
            eyes = EyeFile(path, file, image.strip("/"), any_gaze=any_gaze, lazy=lazy)
        shown = logging.DEBUG if quiet else logging.INFO
        logger.log(shown, "opened %s: %d pictures of %s, layout %s", path, eyes.n_images, eyes.image_shape, eyes.layout)
        for sentence in () if quiet else eyes.notes:
            note(sentence)
        return eyes
    except BaseException:
        file.close()
        raise


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


def read_provenance(text: Any) -> dict[str, Any]:
    """The attribute `provenance`; what is no JSON comes as text."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return {"text": str(text)}
    return found if isinstance(found, dict) else {"text": str(text)}


def rows_in(dataset: h5py.Dataset) -> int | None:
    """Its length, None where it is one value or none."""
    return int(dataset.shape[0]) if dataset.shape else None


def looks_like_label(name: str, dataset: h5py.Dataset, n_images: int) -> bool:
    """Whether a dataset of another length than the pictures is taken for a label that has lost or gained rows.

    It is where it has the name of a usual label, or where its length is that of the pictures within one part in a
    hundred, of a hundred pictures or more.
    """
    n_rows = rows_in(dataset)
    if n_rows is None:
        return False
    return name in USUAL_LABELS or (n_images >= 100 and abs(n_rows - n_images) <= n_images // 100)


def _keys_in_row_order(path: Path, group: h5py.Group, datasets: dict[str, h5py.Dataset]) -> list[str]:
    """Keys joined to rows through `path`; without any label there is nothing to join, so natural order."""
    keys: list[str] = []

    def note(name: bytes, link: Any) -> None:
        keys.append(name.decode(errors="surrogateescape"))
        if link.type != h5py.h5l.TYPE_HARD:
            open_inside(group.file, f"{group.name}/{keys[-1]}")

    group.id.links.iterate(note, info=True)  # one pass; asking for each link by its name takes twelve times as long
    where = f"{path}: group '{group.name.lstrip('/')}'"
    if "path" not in datasets and not any(rows_in(dataset) == len(keys) for dataset in datasets.values()):
        return sorted(keys, key=natural_order)
    if "path" not in datasets or datasets["path"].ndim != 1:
        raise InputError(f"{where}: needs a dataset 'path' (N,) that joins its pictures to the labels, found none.")
    texts = datasets["path"][()]
    paths = [text.decode(errors="surrogateescape") if isinstance(text, bytes) else str(text) for text in texts]
    return join_by_path(keys, paths, where)
