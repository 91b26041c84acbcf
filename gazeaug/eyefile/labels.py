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
from numpy.typing import DTypeLike

from gazeaug.errors import InputError
from gazeaug.eyefile.links import is_filtered

TARGET_CHUNK_BYTES = 64 * 1024
VALUES_AT_ONCE = 1 << 14  # whose lengths are checked


@dataclass(frozen=True, kw_only=True)
class Label:
    """Type, trailing shape and attributes of a label; its first axis is the row."""

    h5_type: h5py.h5t.TypeID
    shape: tuple[int, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, dtype: DTypeLike, shape: tuple[int, ...] = (), attributes: Mapping[str, Any] | None = None) -> Label:
        """Describe a label by its NumPy type; `h5py.string_dtype()` gives variable-length text."""
        h5_type = h5py.h5t.py_create(np.dtype(dtype), logical=True)
        return cls(h5_type=h5_type, shape=shape, attributes=attributes or {})

    @classmethod
    def like(cls, dataset: h5py.Dataset) -> Label:
        """Describe an existing dataset so exactly that `create` makes its twin."""
        if h5py.check_ref_dtype(dataset.dtype) is not None:
            raise InputError(
                f"{dataset.file.filename}: label '{dataset.name.lstrip('/')}' holds HDF5 references, which mean "
                "nothing in another file; leave it out by naming the others with --labels."
            )
        return cls(h5_type=dataset.id.get_type().copy(), shape=tuple(dataset.shape[1:]), attributes=dict(dataset.attrs))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy type that rows are read as."""
        dtype: np.dtype[Any] = self.h5_type.dtype
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


TEXT = Label.of(h5py.string_dtype())


def is_text(value: str) -> bool:
    """Whether a label can hold it: it has no NUL, and no half of a character."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def check_lengths(dataset: h5py.Dataset) -> None:
    """Refuse variable-length values that claim to be longer than their file.

    In a damaged file a length may be anything, and HDF5 reserves the memory for it before it looks for the value. What
    is stored compressed, or in other files, is not looked into.

    Raises:
        InputError: naming the file and the label.
    """
    is_variable = h5py.check_string_dtype(dataset.dtype) or h5py.check_vlen_dtype(dataset.dtype)
    if dataset.dtype.kind != "O" or not is_variable or dataset.is_virtual or is_filtered(dataset):
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


def copy_attributes(attributes: Mapping[str, Any], target: h5py.Dataset | h5py.File) -> None:
    """Set every attribute on `target`; HDF5 references among them are dropped, since they cannot leave a file."""
    for name, value in attributes.items():
        is_array_of_references = isinstance(value, np.ndarray) and h5py.check_ref_dtype(value.dtype) is not None
        if not is_array_of_references and not isinstance(value, h5py.Reference):
            target.attrs[name] = value
