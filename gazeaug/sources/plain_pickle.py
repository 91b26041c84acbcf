"""Pickles of plain data alone: numbers, text, lists, dicts, NumPy arrays; nothing else is called or imported."""

from __future__ import annotations

import io
import pickle
import pickletools
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError

MAX_BYTES = 16 << 20
DAMAGED = (
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
    OSError,
)


def empty_array(kind: type, shape: tuple[int, ...], _: Any) -> np.ndarray:
    """What NumPy calls first for every array in a pickle, always with shape (0,); the numbers come afterwards."""
    if kind is not np.ndarray or shape != (0,):
        raise pickle.UnpicklingError("an array is made in another way than NumPy pickles one")
    return np.empty(0, np.uint8)


def array_of(data: Any, kind: np.dtype[Any], shape: tuple[int, ...], order: str) -> np.ndarray:
    """An array as protocol 5 stores it."""
    return np.frombuffer(data, kind).reshape(shape, order="F" if order == "F" else "C")


def number_type(name: Any, *_: Any) -> np.dtype[Any]:
    """A dtype of plain numbers or fixed-length text."""
    found = np.dtype(str(name))
    if found.kind not in "biufSU":
        raise pickle.UnpicklingError(f"an array of {found}")
    return found


def scalar(kind: np.dtype[Any], data: Any = b"") -> Any:
    """A NumPy number."""
    return np.frombuffer(as_bytes(data, "latin1"), kind)[0]


def as_bytes(text: Any, encoding: str = "latin1") -> bytes:
    """Bytes as Python 3 stores them in old protocols."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"text in {encoding}")
    return text if isinstance(text, bytes) else str(text).encode("latin1")


ALLOWED = {
    **{
        (f"numpy.{core}.multiarray", name): function
        for core in ("core", "_core")
        for name, function in (("_reconstruct", empty_array), ("scalar", scalar))
    },
    **{(f"numpy.{core}.numeric", "_frombuffer"): array_of for core in ("core", "_core")},
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): number_type,
    ("_codecs", "encode"): as_bytes,
}


class PlainUnpickler(pickle.Unpickler):
    """Knows what arrays need, and no other name."""

    def find_class(self, module: str, name: str) -> Any:
        """One of `ALLOWED`."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is refused")
        return ALLOWED[module, name]


def read_plain_pickle(path: Path) -> Any:
    """What a pickle holds, Python 2's too.

    Raises:
        InputError: it is too large, damaged, or holds anything but plain data.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES >> 20} MiB, which no pickle of one eye is.")
        data = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in Python 2's text
            check_memo(data)
            return PlainUnpickler(io.BytesIO(data), encoding="latin1").load()
    except FileNotFoundError:
        raise InputError(f"{path}: missing; every picture needs its .pkl.") from None
    except DAMAGED as error:
        raise InputError(f"{path}: expected a pickle of plain data and arrays ({error}).") from error


def check_memo(data: bytes) -> None:
    """Refuse places in the memo beyond the length of the pickle: the unpickler would reserve memory up to there."""
    for code, argument, _ in pickletools.genops(data):
        if "PUT" in code.name and isinstance(argument, int) and argument > len(data):
            raise pickle.UnpicklingError(f"{code.name} {argument} in a pickle of {len(data)} bytes")
