"""Attributes of HDF5 objects, carried as they are: any type, any bytes.

What points into its own file would point nowhere in another. Dimension scales do, so they are attached anew where both
ends are carried (HDF5 dimension scale specification); other references are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.eyefile.types import Carried, carried, holds_references, holds_variable
from gazeaug.notes import note

SCALE, SCALES = "CLASS", "DIMENSION_LIST"  # under which a dimension scale, and a dataset that has some, are known
MADE_BY_SCALES = (SCALE, "NAME", "REFERENCE_LIST", SCALES)
POINTS = "points into its own file by HDF5 references, which mean nothing in another"
UNKNOWN = "is of a type that h5py does not read and write"
NUMBERS = (h5py.h5t.INTEGER, h5py.h5t.FLOAT)


@dataclass(frozen=True, eq=False)
class Stored:
    """An attribute that is no plain number or text, as HDF5 has it."""

    h5_type: h5py.h5t.TypeID
    shape: tuple[int, ...] | None
    """None where it has a type and no value."""
    values: NDArray[Any] | None

    def create(self, target: h5py.HLObject, name: str | bytes) -> None:
        """Give another object the same attribute."""
        space = h5py.h5s.create(h5py.h5s.NULL) if self.shape is None else space_of(self.shape)
        key = name if isinstance(name, bytes) else name.encode()
        if h5py.h5a.exists(target.id, key):
            h5py.h5a.delete(target.id, key)
        made = h5py.h5a.create(target.id, key, self.h5_type, space)
        if self.values is not None and self.values.size:
            made.write(self.values, mtype=memory_type(self.h5_type))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stored) or self.shape != other.shape or not self.h5_type.equal(other.h5_type):
            return False
        return repr(self._plain()) == repr(other._plain())

    def __hash__(self) -> int:
        return hash(self.shape)

    def _plain(self) -> Any:
        return None if self.values is None else self.values.tolist()

    def __str__(self) -> str:
        found = self._plain()
        if isinstance(found, bytes):
            return found.rstrip(b"\0").decode("utf-8", "backslashreplace")
        return "empty" if found is None else str(found)


@dataclass(frozen=True)
class Scale:
    """The mark of a dimension scale, and its name."""

    name: str


@dataclass(frozen=True)
class Scales:
    """The dimension scales of a dataset."""

    pairs: tuple[tuple[int, str], ...]
    """An axis, and a dataset that is a scale of it."""


def attributes_of(item: h5py.HLObject) -> tuple[dict[str, Any], dict[str, str]]:
    """The attributes of a file, group or dataset, and those that are left out, each with the reason.

    Plain numbers and text come as such, everything else as `Stored`, `Scale` or `Scales`.
    """
    found, left_out = dict[str, Any](), dict[str, str]()
    is_dataset = isinstance(item, h5py.Dataset) and item.shape is not None
    if is_dataset:
        found |= scales_of(item)
    of_scales = MADE_BY_SCALES if SCALE in found else (SCALES,) if is_dataset else ()
    for name in item.attrs:
        if name in of_scales:
            continue
        attribute = h5py.h5a.open(item.id, name if isinstance(name, bytes) else name.encode())
        h5_type = attribute.get_type()
        if holds_references(h5_type):
            left_out[str(name)] = POINTS
        elif holds_variable(h5_type) and carried(h5_type) is Carried.NOT:
            left_out[str(name)] = UNKNOWN
        else:
            found[name] = item.attrs[name] if is_plain(attribute) else stored(attribute)
    return found, left_out


def is_plain(attribute: h5py.h5a.AttrID) -> bool:
    """Whether h5py reads it as a number or a text, and writes that as it was."""
    h5_type, n_values = attribute.get_type(), attribute.get_space().get_simple_extent_npoints()
    kind = h5_type.get_class()
    if n_values == 0:
        return False
    if kind in NUMBERS:
        return is_known(h5_type)
    if kind == h5py.h5t.ENUM:
        return bool(h5_type.dtype == np.bool_)
    encoding = "ascii" if kind == h5py.h5t.STRING and h5_type.get_cset() == h5py.h5t.CSET_ASCII else "utf-8"
    return bool(kind == h5py.h5t.STRING and all(is_encoded(text, encoding) for text in np.ravel(values_of(attribute))))


def is_known(h5_type: h5py.h5t.TypeID) -> bool:
    """Whether NumPy has the type."""
    try:
        return h5_type.dtype is not None
    except (TypeError, ValueError):
        return False


def is_encoded(text: Any, encoding: str) -> bool:
    """Whether bytes are text in the encoding that their type states."""
    try:
        bytes(text).decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def stored(attribute: h5py.h5a.AttrID) -> Stored:
    """An attribute as it is."""
    is_null = attribute.get_space().get_simple_extent_type() == h5py.h5s.NULL
    shape = None if is_null else attribute.shape
    return Stored(attribute.get_type().copy(), shape, None if is_null else values_of(attribute))


def values_of(attribute: h5py.h5a.AttrID) -> NDArray[Any]:
    """What it holds: text as bytes, values of one length as their bytes."""
    h5_type = attribute.get_type()
    values = np.empty(attribute.shape, h5_type.dtype if holds_variable(h5_type) else f"V{h5_type.get_size()}")
    if values.size:
        attribute.read(values, mtype=memory_type(h5_type))
    return values


def memory_type(h5_type: h5py.h5t.TypeID) -> h5py.h5t.TypeID:
    """The type of values as `values_of` has them."""
    return h5py.h5t.py_create(h5_type.dtype) if holds_variable(h5_type) else h5_type


def space_of(shape: tuple[int, ...]) -> h5py.h5s.SpaceID:
    """Room for values of this shape; () is one value."""
    return h5py.h5s.create_simple(shape) if shape else h5py.h5s.create(h5py.h5s.SCALAR)


def copy_attributes(attributes: Mapping[str, Any], target: h5py.HLObject) -> None:
    """Set every attribute on `target`; for dimension scales see `attach_scales`."""
    for name, value in attributes.items():
        if isinstance(value, Stored):
            value.create(target, name)
        elif not isinstance(value, Scale | Scales):
            target.attrs[name] = value


def scales_of(dataset: h5py.Dataset) -> dict[str, Scale | Scales]:
    """What a dataset has to do with dimension scales; references that lead nowhere are passed over."""
    found: dict[str, Scale | Scales] = {}
    if h5py.h5ds.is_scale(dataset.id):
        found[SCALE] = Scale(h5py.h5ds.get_scale_name(dataset.id).decode("utf-8", "backslashreplace"))
    if SCALES in dataset.attrs:
        pairs = tuple((axis, name) for axis in range(dataset.ndim) for name in _scale_names(dataset, axis))
        if pairs:
            found[SCALES] = Scales(pairs)
    return found


def _scale_names(dataset: h5py.Dataset, axis: int) -> Iterator[str]:
    try:
        names = [scale.name for scale in dataset.dims[axis].values()]
    except (RuntimeError, KeyError, ValueError, OSError):
        return
    yield from (name.lstrip("/") for name in names if isinstance(name, str))


def attach_scales(file: h5py.File, attributes: Mapping[str, Mapping[str, Any]]) -> None:
    """Make the scales among the datasets of a file, and attach them to the datasets that had them.

    Args:
        file: all of its datasets are there.
        attributes: by the name of the dataset, as `attributes_of` has them; scales that are not there are passed over.
    """
    scales = {name for name, own in attributes.items() if isinstance(own.get(SCALE), Scale)}
    for name in sorted(scales):
        file[name].make_scale(attributes[name][SCALE].name)
    for name, own in attributes.items():
        if isinstance(own.get(SCALES), Scales) and name not in scales:
            for axis, scale in own[SCALES].pairs:
                if scale in scales and axis < file[name].ndim:
                    file[name].dims[axis].attach_scale(file[scale])
                else:
                    note(f"'{name}' loses its dimension scale '{scale}', which is not carried.")
