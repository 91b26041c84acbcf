"""What labels look like as JSON, for layouts that have no place for it: types, shapes and attributes, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np

from gazeaug.eyefile.labels import Label, is_text

CSETS = {"ascii": h5py.h5t.CSET_ASCII, "utf-8": h5py.h5t.CSET_UTF8}
PADS = {
    "null-terminated": h5py.h5t.STR_NULLTERM,
    "null-padded": h5py.h5t.STR_NULLPAD,
    "space-padded": h5py.h5t.STR_SPACEPAD,
}
MOST_BYTES = 1 << 20  # of a text of one length
MOST_AXES = 32
NUMBERS = "iufb"
WIDEST = 8  # bytes of a number
NUMBER_TYPES = (
    *("|b1", "|i1", "|u1"),
    *(f"{order}{kind}" for order in "<>" for kind in ("i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8")),
)


def described(label: Label) -> dict[str, Any]:
    """A label of numbers or text as JSON; attributes that are neither are left out."""
    found = {name: described_value(value) for name, value in label.attributes.items() if isinstance(name, str)}
    attributes = {name: value for name, value in found.items() if value is not None}
    return {"type": described_type(label.h5_type), "shape": list(label.shape), "attributes": attributes}


def described_type(h5_type: h5py.h5t.TypeID) -> dict[str, Any]:
    """The type of numbers, of named numbers, or of text."""
    if h5_type.get_class() == h5py.h5t.STRING:
        return {
            "text": name_of(CSETS, h5_type.get_cset()),
            "bytes": None if h5_type.is_variable_str() else h5_type.get_size(),
            "padding": name_of(PADS, h5_type.get_strpad()),
        }
    dtype = h5_type.dtype
    names = h5py.check_enum_dtype(dtype)
    named = {} if names is None or dtype.kind == "b" else {"names": {name: int(value) for name, value in names.items()}}
    return {"number": dtype.str, **named}


def name_of(names: Mapping[str, int], value: int) -> str:
    """The name of one of HDF5's constants."""
    return next(name for name, each in names.items() if each == value)


def described_value(value: Any) -> Any:
    """An attribute of numbers or text; None where it is neither."""
    if isinstance(value, str):
        return value
    if not isinstance(value, bool | int | float | bytes | list | tuple | np.generic | np.ndarray):
        return None
    array = np.asarray(value)
    if array.dtype.kind in NUMBERS and array.dtype.itemsize <= WIDEST:
        return {"number": array.dtype.str, "value": array.tolist()}
    if array.dtype.kind == "S":
        texts = np.char.decode(array, "utf-8", "surrogateescape")
        return {"bytes": array.dtype.itemsize, "value": texts.tolist()}
    are_texts = array.dtype.kind == "U" or (array.dtype.kind == "O" and all(isinstance(x, str) for x in array.flat))
    return {"texts": array.tolist()} if are_texts else None


def label_of(said: Any) -> Label:
    """The label that `described` made JSON of.

    Raises:
        ValueError: it is no such JSON.
    """
    checked(isinstance(said, dict) and said.keys() >= {"type", "shape", "attributes"}, said)
    shape, attributes = said["shape"], said["attributes"]
    checked(isinstance(shape, list) and len(shape) < MOST_AXES and isinstance(attributes, dict), said)
    checked(all(type(axis) is int and 0 < axis < 2**31 for axis in shape), shape)
    checked(all(name and is_text(name) for name in attributes), attributes)
    values = {name: value_of(value) for name, value in attributes.items()}
    return Label(h5_type=type_of(said["type"]), shape=tuple(shape), attributes=values)


def type_of(said: Any) -> h5py.h5t.TypeID:
    """The way back from `described_type`.

    Raises:
        ValueError: it is no such JSON.
    """
    checked(isinstance(said, dict), said)
    if "number" in said:
        dtype, names = number_of(said["number"]), said.get("names")
        if names is not None:
            checked(dtype.kind in "iu" and isinstance(names, dict) and names, said)
            checked(all(type(value) is int for value in names.values()), names)
            dtype = h5py.enum_dtype(names, basetype=dtype)
        return h5py.h5t.py_create(dtype, logical=True)
    n_bytes = said.get("bytes")
    checked(said.get("text") in tuple(CSETS) and said.get("padding") in tuple(PADS), said)
    checked(n_bytes is None or (type(n_bytes) is int and 0 < n_bytes <= MOST_BYTES), said)
    made = h5py.h5t.C_S1.copy()
    made.set_size(h5py.h5t.VARIABLE if n_bytes is None else n_bytes)
    made.set_cset(CSETS[said["text"]])
    made.set_strpad(PADS[said["padding"]])
    return made


def value_of(said: Any) -> Any:
    """The way back from `described_value`.

    Raises:
        ValueError: it is no such JSON.
    """
    if isinstance(said, str):
        checked(is_text(said), said)
        return said
    checked(isinstance(said, dict), said)
    try:
        if "number" in said:
            return np.array(said["value"], number_of(said["number"]))[()]
        if "bytes" in said:
            texts = np.char.encode(np.array(said["value"], str), "utf-8", "surrogateescape")
            return texts.astype(f"S{int(said['bytes'])}")[()]
        texts = np.array(said["texts"], h5py.string_dtype())
        checked(all(isinstance(text, str) and is_text(text) for text in texts.flat), said)
        return texts
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"expected an attribute, found {said!r:.60}") from error


def number_of(text: Any) -> np.dtype[Any]:
    """A type of numbers by NumPy's name for it.

    Raises:
        ValueError: it is none.
    """
    checked(text in NUMBER_TYPES, text)
    found: np.dtype[Any] = np.dtype(text)
    return found


def checked(is_right: Any, said: Any) -> None:
    """Refuse JSON that `described` does not write."""
    if not is_right:
        raise ValueError(f"expected what a label looks like, found {said!r:.60}")
