"""HDF5 types: which hold references or values of any length, and whether rows of one can be carried, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum

import h5py
import numpy as np

from gazeaug.eyefile.hdf5 import in_memory

USUAL = (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING)


class Carried(Enum):
    """How rows of a type get from one file to another."""

    AS_VALUES = "as NumPy's values"
    AS_BYTES = "as the bytes of each value, since NumPy has no such type"
    NOT = "not at all"


def carried(h5_type: h5py.h5t.TypeID) -> Carried:
    """How rows of a type are carried; a type that is not a usual one is tried, in memory."""
    if holds_references(h5_type):
        return Carried.NOT
    try:
        is_value = h5_type.dtype is not None and (h5_type.get_class() in USUAL or _round_trip(h5_type))
    except (TypeError, ValueError, OSError, KeyError, NotImplementedError):  # h5py's, of a type that it does not know
        is_value = False
    if is_value:
        return Carried.AS_VALUES
    return Carried.NOT if holds_variable(h5_type) else Carried.AS_BYTES


def _round_trip(h5_type: h5py.h5t.TypeID) -> bool:
    """Read a value of a type, and write it; raises what h5py raises."""
    with in_memory() as file:
        made = h5py.Dataset(h5py.h5d.create(file.id, b"trial", h5_type, h5py.h5s.create_simple((1,))))
        values = np.empty((1,), made.dtype)
        memory = h5py.h5t.py_create(made.dtype)
        made.id.read(h5py.h5s.ALL, h5py.h5s.ALL, values, memory)
        made.id.write(h5py.h5s.ALL, h5py.h5s.ALL, values, memory)
        return True


def holds_references(h5_type: h5py.h5t.TypeID) -> bool:
    """Whether any part of it points to objects of its file."""
    return _any_part(h5_type, lambda part: part.get_class() == h5py.h5t.REFERENCE)


def holds_variable(h5_type: h5py.h5t.TypeID) -> bool:
    """Whether any part of it is of any length."""
    return _any_part(h5_type, is_variable)


def is_variable(h5_type: h5py.h5t.TypeID) -> bool:
    """Whether it is text or a list, of any length."""
    kind = h5_type.get_class()
    return bool(kind == h5py.h5t.VLEN or (kind == h5py.h5t.STRING and h5_type.is_variable_str()))


def _any_part(h5_type: h5py.h5t.TypeID, is_it: Callable[[h5py.h5t.TypeID], bool]) -> bool:
    return is_it(h5_type) or any(_any_part(part, is_it) for part in _parts(h5_type))


def _parts(h5_type: h5py.h5t.TypeID) -> Iterator[h5py.h5t.TypeID]:
    kind = h5_type.get_class()
    if kind == h5py.h5t.COMPOUND:
        yield from (h5_type.get_member_type(i) for i in range(h5_type.get_nmembers()))
    elif kind in (h5py.h5t.VLEN, h5py.h5t.ARRAY):
        yield h5_type.get_super()
