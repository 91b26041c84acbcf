"""Pickles: plain data comes through; whatever would call or import anything else is refused before it does."""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.sources.plain_pickle import read_plain_pickle


class Command:
    """What an attacker writes."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.made = (function, arguments)

    def __reduce__(self) -> Any:
        return self.made


def stored(folder: Path, data: bytes) -> Path:
    path = folder / "a.pkl"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_and_arrays_come_through(tmp_path: Path, protocol: int) -> None:
    given = {"a": [1, 2.5, "ä", (True, None)], "x": np.arange(6.0).reshape(2, 3), "f": np.float32(0.5), "b": b"\xff"}
    found = read_plain_pickle(stored(tmp_path, pickle.dumps(given, protocol)))
    np.testing.assert_array_equal(found.pop("x"), given.pop("x"))
    assert found == given


def test_python_2_wrote_text_as_bytes(tmp_path: Path) -> None:
    assert read_plain_pickle(stored(tmp_path, b"(dp0\nS'look_vec'\np1\n(lp2\nF0.5\nas.")) == {"look_vec": [0.5]}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "make",
    [
        lambda mark: Command(Path.touch, mark),
        lambda mark: Command(eval, f"open({str(mark)!r}, 'w')"),
        lambda mark: Command(exec, f"open({str(mark)!r}, 'w')"),
        lambda mark: Command(open, str(mark), "w"),
        lambda mark: Command(np.save, str(mark), np.zeros(1)),
        lambda mark: OrderedDict(a=1),
        lambda mark: np.array([1, "a", None], dtype=object),
        lambda mark: np.dtype([("a", "f8"), ("b", "O")]),
    ],
    ids=["touch", "eval", "exec", "open", "save", "ordered", "objects", "structured"],
)
def test_nothing_else_is_called(tmp_path: Path, make: Any, protocol: int) -> None:
    mark = tmp_path / "mark.npy"
    path = stored(tmp_path, pickle.dumps(make(mark), protocol))
    with pytest.raises(InputError, match=r"a\.pkl: expected a pickle of plain data and arrays"):
        read_plain_pickle(path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.pkl"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "pickle exhausted"),
        (b"N", "pickle exhausted"),
        (b"Nr" + struct.pack("<I", 2**31) + b".", "LONG_BINPUT 2147483648 in a pickle of 7 bytes"),
        (b"cnumpy\nndarray\n(I1000000000\nI1000\nltR.", "expected a pickle"),
        (b"\x80\x04\x95" + struct.pack("<Q", 2**40) + b"N.", "expected a pickle"),
    ],
)
def test_damage_and_bombs_are_one_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_plain_pickle(stored(tmp_path, data))


def test_a_pickle_of_an_eye_is_small(tmp_path: Path) -> None:
    path = stored(tmp_path, b"")
    with path.open("wb") as file:
        file.truncate((16 << 20) + 1)
    with pytest.raises(InputError, match="larger than 16 MiB"):
        read_plain_pickle(path)
