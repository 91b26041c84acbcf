"""Eyes with labels of every kind that a table holds, refined by a model, and the comparison of two such files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gazeaug.eyefile.links import datasets_of
from tests.makers.eye_files import write_eyes

N_EYES = 1100  # more than two blocks
MODEL = {"model": "refiner.onnx", "model_sha256": "5" * 64, "input_provenance": {"source": "UnityEyes"}}


def write_every_kind(path: Path, n: int = 70, *, shape: tuple[int, ...] = (36, 60)) -> Path:
    """An eye file with labels of all types of numbers and text that tables, JSON and arrays can hold."""
    write_eyes(path, n, shape=shape)
    rng = np.random.default_rng(1)
    with h5py.File(path, "r+") as file:
        file.attrs["provenance"] = json.dumps(MODEL)
        for kind in ("i1", "u1", "<i2", ">u4", "<i8", "<u8"):
            limits = np.iinfo(kind)
            values = rng.integers(limits.min, limits.max, (n, 2), dtype=np.dtype(kind).newbyteorder("="), endpoint=True)
            values[:1] = limits.max
            file[f"whole/{kind[-2:]}"] = values.astype(kind)
        for kind in ("<f2", "<f4", ">f8"):
            values = rng.normal(size=(n, 2, 3)).astype(kind)
            values[0, 0] = (np.nan, np.inf, -0.0)
            file[f"real_{kind[1:]}"] = values
        file["open"] = rng.random(n) < 0.5
        file.create_dataset("side", data=rng.integers(0, 2, n), dtype=h5py.enum_dtype({"left": 0, "right": 1}, "i1"))
        file["code"] = [f"{i:04d}" for i in range(n)]  # text, though it reads as a number
        file["note"] = [('a, "b"', "line\nbreak\r", "", "nan", " 1", "ä\u2028")[i % 6] for i in range(n)]
        padded = h5py.h5t.C_S1.copy()
        padded.set_size(7)
        padded.set_strpad(h5py.h5t.STR_NULLTERM)
        padded.set_cset(h5py.h5t.CSET_UTF8)
        h5py.h5d.create(file.id, b"camera", padded, h5py.h5s.create_simple((n,)))
        file["camera"][...] = [f"ö{i % 3}".encode() for i in range(n)]
        file.create_dataset("words", data=[["a", f"b{i}"] for i in range(n)], dtype=h5py.string_dtype("ascii"))
        file["real_f4"].attrs.update(
            {
                "units": "millimetres",
                "scale": np.float32(0.1),
                "box": np.arange(4, dtype=">i2"),
                "axes": np.array(["x", "ä"], h5py.string_dtype()),
                "code": np.bytes_("ab"),
                "is_known": True,
                "limits": [np.nan, np.inf],
            }
        )
    return path


def check_same(found: Path, given: Path, *, more: tuple[str, ...] = ()) -> None:
    """Pictures, and every label with its type and attributes, to the last bit; `more` are labels of `found` alone."""
    with h5py.File(found) as one, h5py.File(given) as other:
        np.testing.assert_array_equal(one["image"][()], other["image"][()])
        names = set(datasets_of(other, skip="image"))
        assert set(datasets_of(one, skip="image")) == names | set(more)
        for name in names:
            assert one[name].id.get_type().equal(other[name].id.get_type()), name
            a, b = one[name][()], other[name][()]
            assert a.shape == b.shape, name
            assert (a.tolist() == b.tolist()) if a.dtype.kind == "O" else (a.tobytes() == b.tobytes()), name
            assert plain(one[name].attrs) == plain(other[name].attrs), name


def plain(attributes: Any) -> dict[str, str]:
    """Attributes as text that shows types and values."""
    return {name: f"{np.asarray(value).dtype} {np.asarray(value).tolist()!r}" for name, value in attributes.items()}
