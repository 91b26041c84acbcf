"""Columns as numbers or text: one empty cell makes no text of numbers, a comma is read where it is proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.sources.table_columns import Column, values_of


def read(*columns: list[str]) -> tuple[list[list[Any]], list[str]]:
    notes: list[str] = []
    named = [Column("xyz"[i], cells, range(2, 2 + len(cells))) for i, cells in enumerate(columns)]
    return values_of(Path("t.csv"), named, notes), notes


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "-2", " 3 "], [1, -2, 3]),
        (["1", "2.5", ".5", "1e-3"], [1.0, 2.5, 0.5, 0.001]),
        (["1", "", "3"], [1.0, np.nan, 3.0]),
        (["0.5", "NaN", "N/A", "null"], [0.5, np.nan, np.nan, np.nan]),
        (["0.5", "-inf"], [0.5, -np.inf]),
        (["\N{MINUS SIGN}0.5", "1"], [-0.5, 1.0]),
        (["0,5", "-1,25", "3"], [0.5, -1.25, 3.0]),
        (["0,5", ""], [0.5, np.nan]),
        (["1,5e-3", "2"], [0.0015, 2.0]),
    ],
)
def test_numbers(cells: list[str], values: list[float]) -> None:
    found = read(cells)[0][0]
    np.testing.assert_array_equal(found, values)
    assert [type(value) for value in found] == [type(value) for value in values]


@pytest.mark.parametrize(
    "cells",
    [
        ["0001", "0002"],
        ["", "NaN"],
        ["p00", "1"],
        ["1.5", "low", "3"],
        ["1,2,3", "4,5,6"],
        ["1.234,5", "1.234,6"],
        ["12345678901234567890", "1"],
        ["1/2", "2"],
    ],
)
def test_text_stays_as_it_is(cells: list[str]) -> None:
    assert read(cells)[0][0] == cells


def test_the_space_behind_separators_is_no_part_of_text() -> None:
    assert read([" p00", " p01"])[0][0] == ["p00", "p01"]
    assert read([" p00", "p01"])[0][0] == [" p00", "p01"]


def test_commas_of_thousands() -> None:
    assert read(["1,234", "2,345"], ["0,5", "1,5"])[0] == [[1.234, 2.345], [0.5, 1.5]]
    for columns in (["1,234", "2"],), (["1,234", "2"], ["0,5", "1"], ["0.5", "1"]):
        with pytest.raises(InputError, match=r"^t\.csv: line 2: 'x': 1,234 may be a decimal comma or one of thousands"):
            read(*columns)


def test_readings_are_said() -> None:
    assert read(["1", "", "2", ""], ["0,5"] * 4, ["1", "2", "a", "3"])[1] == [
        "t.csv: decimal commas are read in 'y'.",
        "t.csv: line 3: 'x' has no number; 2 such cells are NaN.",
        "t.csv: line 4: 'z' is kept as text, since 'a' is no number.",
    ]
    assert read(["1", "2"], ["p00", "p01"], ["001", "A"])[1] == []


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1", "1e999"], "line 3: 'x': 1e999 is more than a number can hold"),
        (["9007199254740993", ""], "line 2: 'x': 9007199254740993 loses digits beside empty cells"),
    ],
)
def test_numbers_that_would_change_are_refused(cells: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(cells)
