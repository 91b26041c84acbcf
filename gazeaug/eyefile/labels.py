"""A label dataset: what it looks like without its rows, how it is read, and how its twin is created.

Labels are carried bit for bit, so a twin is created from the very HDF5 type of the original: fixed and
variable-length text, enums, compounds and byte orders all survive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.attributes import attributes_of, copy_attributes
from gazeaug.eyefile.links import is_filtered
from gazeaug.eyefile.types import Carried, carried, holds_variable, is_variable

TARGET_CHUNK_BYTES = 64 * 1024
VALUES_AT_ONCE = 1 << 14  # whose lengths are checked


@dataclass(frozen=True, kw_only=True)
class Label:
    """Type, trailing shape and attributes of a label; its first axis is the row."""

    h5_type: h5py.h5t.TypeID
    shape: tuple[int, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    is_raw: bool = False
    """Rows are the bytes of each value, since NumPy has no such type."""

    @classmethod
    def of(cls, dtype: DTypeLike, shape: tuple[int, ...] = (), attributes: Mapping[str, Any] | None = None) -> Label:
        """Describe a label by its NumPy type; `h5py.string_dtype()` gives variable-length text."""
        h5_type = h5py.h5t.py_create(np.dtype(dtype), logical=True)
        return cls(h5_type=h5_type, shape=shape, attributes=attributes or {})

    @classmethod
    def like(cls, dataset: h5py.Dataset) -> Label:
        """Describe an existing dataset, of a type that can be carried, so exactly that `create` makes its twin."""
        h5_type = dataset.id.get_type().copy()
        return cls(
            h5_type=h5_type,
            shape=tuple(dataset.shape[1:]),
            attributes=attributes_of(dataset)[0],
            is_raw=carried(h5_type) is Carried.AS_BYTES,
        )

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy type that rows are read as."""
        dtype: np.dtype[Any] = np.dtype(f"V{self.h5_type.get_size()}") if self.is_raw else self.h5_type.dtype
        return dtype

    @property
    def row_bytes(self) -> int:
        """Bytes a row takes in a file, not counting variable-length text."""
        return int(self.h5_type.get_size() * np.prod(self.shape, dtype=np.int64))

    def create(self, group: h5py.Group, name: str, n_rows: int = 0) -> h5py.Dataset:
        """Create an empty dataset of this kind, `n_rows` long and growable."""
        rows_per_chunk = max(1, min(4096, TARGET_CHUNK_BYTES // max(1, self.row_bytes)))
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk((rows_per_chunk, *(max(1, axis) for axis in self.shape)))
        creation.set_obj_track_times(False)
        links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
        links.set_create_intermediate_group(True)
        space = h5py.h5s.create_simple((n_rows, *self.shape), (h5py.h5s.UNLIMITED, *self.shape))
        dataset_id = h5py.h5d.create(group.id, name.encode(), self.h5_type, space, creation, links)
        dataset = h5py.Dataset(dataset_id)
        copy_attributes(self.attributes, dataset)
        return dataset

    def read(self, dataset: h5py.Dataset, start: int, stop: int) -> NDArray[Any]:
        """Rows start..stop-1 of a dataset of this kind."""
        if not self.is_raw:
            rows: NDArray[Any] = dataset[start:stop]
            return rows
        shape = (max(0, min(stop, len(dataset)) - start), *self.shape)
        rows = np.empty(shape, self.dtype)
        if rows.size:
            dataset.id.read(h5py.h5s.create_simple(shape), _place(dataset, start, shape), rows, self.h5_type)
        return rows

    def write(self, dataset: h5py.Dataset, start: int, rows: NDArray[Any]) -> None:
        """Put rows in their place in a dataset of this kind that is long enough."""
        # Lists of one length h5py takes for an array; its low-level call does not.
        is_list = self.h5_type.get_class() != h5py.h5t.STRING and holds_variable(self.h5_type)
        if not self.is_raw and not is_list and not is_terminated(self.h5_type):
            dataset[start : start + len(rows)] = rows
        elif rows.size:
            shape = (len(rows), *self.shape)
            memory = h5py.h5t.py_create(self.dtype) if is_list else self.h5_type
            place, given = _place(dataset, start, shape), np.ascontiguousarray(rows)
            dataset.id.write(h5py.h5s.create_simple(shape), place, given, memory)


def is_terminated(h5_type: h5py.h5t.TypeID) -> bool:
    """Whether it is text of one length that ends in NUL: HDF5 would put one in place of the last letter."""
    is_text = h5_type.get_class() == h5py.h5t.STRING and not h5_type.is_variable_str()
    return bool(is_text and h5_type.get_strpad() == h5py.h5t.STR_NULLTERM)


def _place(dataset: h5py.Dataset, start: int, shape: tuple[int, ...]) -> h5py.h5s.SpaceID:
    place = dataset.id.get_space()
    place.select_hyperslab((start, *[0] * (len(shape) - 1)), shape)
    return place


TEXT = Label.of(h5py.string_dtype())


def copy_whole(dataset: h5py.Dataset, file: h5py.File, name: str) -> dict[str, Any]:
    """Copy a dataset as HDF5 has it, but for what points into its own file; its attributes.

    Raises what h5py raises where it is damaged.
    """
    how, links = h5py.h5p.create(h5py.h5p.OBJECT_COPY), h5py.h5p.create(h5py.h5p.LINK_CREATE)
    how.set_copy_object(h5py.h5o.COPY_WITHOUT_ATTR_FLAG)
    links.set_create_intermediate_group(True)
    h5py.h5o.copy(dataset.file.id, dataset.name.encode(), file.id, name.encode(), how, links)
    attributes = attributes_of(dataset)[0]
    copy_attributes(attributes, file[name])
    return attributes


def is_text(value: str) -> bool:
    """Whether a label can hold it: it has no NUL, and no half of a character."""
    has_halves = not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)
    return "\0" not in value and not has_halves


def check_lengths(dataset: h5py.Dataset) -> None:
    """Refuse variable-length values that claim to be longer than their file.

    In a damaged file a length may be anything, and HDF5 reserves the memory for it before it looks for the value. What
    is stored compressed, or in other files, is not looked into.

    Raises:
        InputError: naming the file and the label.
    """
    if not dataset.size or not is_variable(dataset.id.get_type()) or dataset.is_virtual or is_filtered(dataset):
        return
    most = Path(dataset.file.filename).stat().st_size
    address_bytes = dataset.file.id.get_create_plist().get_sizes()[0]
    # Each value is stored as its length (4 bytes), and the address and number under which the value itself lies.
    value_bytes = 4 + address_bytes + 4
    for stored in stored_pieces(dataset, value_bytes):
        lengths = np.frombuffer(stored, np.uint8).reshape(-1, value_bytes)[:, :4]
        if (np.ascontiguousarray(lengths).view("<u4") > most).any():
            raise InputError(
                f"{dataset.file.filename}: label '{dataset.name.lstrip('/')}' is damaged: "
                "it has values that are longer than the file."
            )


def stored_pieces(dataset: h5py.Dataset, value_bytes: int) -> Iterator[bytes]:
    """The bytes of a dataset as they are stored, chunk by chunk, or so many values at a time where it has no chunks."""
    if dataset.chunks is None:
        place, n_left = dataset.id.get_offset(), dataset.id.get_storage_size()
        if place is not None:
            with open(dataset.file.filename, "rb") as file:
                file.seek(place)
                while piece := file.read(min(n_left, VALUES_AT_ONCE * value_bytes)):
                    n_left -= len(piece)
                    yield piece
        return
    for box in dataset.iter_chunks():
        start = tuple(axis.start for axis in box)
        if dataset.id.get_chunk_info_by_coord(start).byte_offset is not None:
            yield dataset.id.read_direct_chunk(start)[1]


def text_of(value: Any) -> str:
    """An attribute as text, however it was stored: as bytes, or as an array of one."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
