"""Labels and attributes of every type that HDF5 has, each by a function that adds it to an eye file of N rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5s, h5t

from tests.makers.eye_files import write_eyes

N = 40
LATIN = "Müller".encode("latin-1")
Add = Callable[[h5py.File], object]


def raw(file: h5py.File, h5_type: Any, values: np.ndarray) -> None:
    """A label of a type that NumPy may not have."""
    made = h5d.create(file.id, b"odd", h5_type, h5s.create_simple((N,)))
    made.write(h5s.ALL, h5s.ALL, values, h5_type)


def tagged(tag: bytes) -> Any:
    made = h5t.create(h5t.OPAQUE, 5)
    made.set_tag(tag)
    return made


def three_bytes() -> Any:
    made = h5t.STD_I32LE.copy()
    made.set_precision(24)
    made.set_size(3)
    return made


def values(data: Any, dtype: Any = None) -> Add:
    return lambda file: file.create_dataset("odd", data=data, dtype=dtype)


def dates(unit: str) -> Add:
    data = np.arange(N).astype(unit)
    return values(data.astype(h5py.opaque_dtype(data.dtype)))


def lists(file: h5py.File, length: int | None = None) -> None:
    made = file.create_dataset("odd", (N,), dtype=h5py.vlen_dtype("f4"))
    for row in range(N):
        made[row] = np.arange(row % 4 if length is None else length)


def lists_of_lists(file: h5py.File) -> None:
    h5_type = h5t.vlen_create(h5t.vlen_create(h5t.NATIVE_INT32))
    made = h5d.create(file.id, b"odd", h5_type, h5s.create_simple((N,)))
    rows = np.empty(N, h5_type.dtype)
    for row in range(N):
        rows[row] = np.empty(row % 3, h5py.vlen_dtype("i4"))
        for i in range(row % 3):
            rows[row][i] = np.arange(row + i, dtype="i4")
    made.write(h5s.ALL, h5s.ALL, rows, h5t.py_create(rows.dtype))


def lists_in_a_compound(file: h5py.File) -> None:
    rows = np.empty(N, [("x", "f4"), ("list", h5py.vlen_dtype("i4"))])
    for row in range(N):
        rows[row] = row, np.arange(row % 5, dtype="i4")
    file.create_dataset("odd", data=rows)


def named_type(file: h5py.File) -> None:
    file["kind"] = np.dtype([("x", "f4")])
    file.create_dataset("odd", data=np.ones(N, [("x", "f4")]), dtype=file["kind"])


TEXT = h5py.string_dtype()
LABELS: dict[str, Add] = {
    "dates": dates("M8[s]"),
    "durations": dates("m8[us]"),
    "opaque": lambda file: raw(file, tagged(b"of a camera"), np.arange(N * 5, dtype="u1").view("V5")),
    "opaque without a tag": lambda file: raw(file, tagged(b""), np.arange(N * 5, dtype="u1").view("V5")),
    "integers of three bytes": lambda file: raw(file, three_bytes(), np.arange(N * 3, dtype="u1").view("V3")),
    "times": lambda file: raw(file, h5t.UNIX_D32LE.copy(), np.arange(N, dtype="u4").view("V4")),
    "bit fields": lambda file: raw(file, h5t.STD_B16BE.copy(), np.arange(N, dtype=">u2").view("V2")),
    "arrays": lambda file: raw(
        file, h5t.array_create(h5t.IEEE_F32LE, (2, 3)), np.arange(N * 6, dtype="f4").view("V24")
    ),
    "enum": values(np.arange(N) % 2, h5py.enum_dtype({"left": 0, "right": 1}, "i1")),
    "booleans": values(np.arange(N) % 3 == 0),
    "compound": values(np.ones(N, [("x", "f4"), ("s", "S3"), ("n", [("y", "i2")]), ("v", "f8", (2,))])),
    "compound with text": values(np.array([(row, f"t{row}") for row in range(N)], [("x", "f4"), ("s", TEXT)])),
    "lists": lists,
    "lists of one length": lambda file: lists(file, 2),
    "lists of lists": lists_of_lists,
    "lists in a compound": lists_in_a_compound,
    "text in two columns": values(np.array([[f"a{row}", "b"] for row in range(N)], object), TEXT),
    "text in Latin-1": values([LATIN] * N, TEXT),
    "half floats": values(np.arange(N).astype("f2")),
    "complex": values(np.arange(N).astype("c16")),
    "long doubles": values(np.arange(N).astype(np.longdouble)),
    "big-endian": values(np.arange(N).astype(">i8")),
    "named type": named_type,
    "an axis of no length": values(np.zeros((N, 0, 3))),
}


def attribute(name: str, data: Any, dtype: Any = None) -> Add:
    """Of the file, the pictures and a label."""

    def add(file: h5py.File) -> None:
        for item in (file, file["image"], file["look_vec"]):
            item.attrs.create(name, data, dtype=dtype)

    return add


def raw_attribute(h5_type: Any, data: np.ndarray) -> Add:
    def add(file: h5py.File) -> None:
        for item in (file, file["image"], file["look_vec"]):
            h5a.create(item.id, b"odd", h5_type, h5s.create(h5s.SCALAR)).write(data, h5_type)

    return add


ATTRIBUTES: dict[str, Add] = {
    "Latin-1 called ASCII": attribute("odd", LATIN, h5py.string_dtype("ascii")),
    "Latin-1 called UTF-8": attribute("odd", LATIN, TEXT),
    "Latin-1 of one length": attribute("odd", LATIN, h5py.string_dtype("utf-8", 6)),
    "several in Latin-1": attribute("odd", [LATIN, LATIN], TEXT),
    "empty text": attribute("odd", ""),
    "no texts": attribute("odd", np.array([], object), TEXT),
    "no value": attribute("odd", h5py.Empty("f4")),
    "large": attribute("odd", np.zeros(100_000)),
    "long text": attribute("odd", "x" * 200_000),
    "enum": attribute("odd", 1, h5py.enum_dtype({"left": 0, "right": 1}, "i1")),
    "compound": attribute("odd", np.ones(2, [("x", "f4"), ("y", "S3")])),
    "compound with text": attribute("odd", np.array([(1, "abc")], [("x", "f4"), ("s", TEXT)])),
    "lists": attribute("odd", np.array([np.arange(3), np.arange(2)], object), h5py.vlen_dtype("i4")),
    "opaque": raw_attribute(tagged(b"of a camera"), np.array(b"abcde", "V5")),
    "time": raw_attribute(h5t.UNIX_D32LE.copy(), np.array(b"\1\0\0\0", "V4")),
    "bit field": raw_attribute(h5t.STD_B16LE.copy(), np.array(b"\1\0", "V2")),
    "not a number": attribute("odd", np.nan),
}


def written(path: Path, add: Add) -> Path:
    """An eye file with one of them."""
    plain = write_eyes(path.with_suffix(".plain"), N)
    with h5py.File(plain) as given, h5py.File(path, "w", libver="v110") as file:  # which allows large attributes
        for name in ("image", "look_vec", "subject"):
            made = file.create_dataset(name, data=given[name][()])
            for key, value in given[name].attrs.items():
                made.attrs[key] = value
        add(file)
    plain.unlink()
    return path


def contents_of(item: Any) -> tuple[Any, ...]:
    """Type, shape and bytes of a label or an attribute, as HDF5 has them; what is of any length as its values."""
    h5_type = item.get_type()
    is_null = item.get_space().get_simple_extent_type() == h5s.NULL
    shape = None if is_null else item.get_space().get_simple_extent_dims()
    try:
        is_object = h5_type.dtype.hasobject
    except TypeError:
        is_object = False
    if is_null:
        return h5_type.get_class(), h5_type.get_size(), shape
    found = np.empty(shape, h5_type.dtype if is_object else f"V{h5_type.get_size()}")
    memory = h5t.py_create(h5_type.dtype) if is_object else h5_type
    if found.size and isinstance(item, h5a.AttrID):
        item.read(found, mtype=memory)
    elif found.size:
        item.read(h5s.ALL, h5s.ALL, found, memory)
    return h5_type.get_class(), h5_type.get_size(), shape, repr(found.tolist())
