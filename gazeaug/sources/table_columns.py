"""Columns of a table as numbers or text: what a column holds is read where one reading is possible, and said."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeaug.errors import InputError

WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
TOO_LONG = re.compile(r"[-+]?\d{19,}")  # a number of it would lose digits
NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)?(\.\d*)?(?<=[\d.])([eE][-+]?\d+)?(?<!^\.)")
INFINITE = re.compile(r"[-+]?inf(inity)?", re.IGNORECASE)
WITH_COMMA = re.compile(r"[-+]?(0|[1-9]\d*)?,\d+([eE][-+]?\d+)?")
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")  # 1,234 may be 1.234 or 1234
MISSING = ("", "nan", "-nan", "na", "n/a", "#n/a", "<na>", "null", "none")
MINUS = str.maketrans("\N{MINUS SIGN}", "-")
MOST_EXACT = 2**53  # whole numbers up to it are floats exactly


@dataclass(frozen=True)
class Column:
    """A column as text."""

    name: str
    cells: list[str]
    lines: Sequence[int]
    """The number of each cell's line."""

    def texts(self) -> list[str]:
        """The cells as they are, but for a space with which all begin: it stands behind the separator."""
        return [cell[1:] for cell in self.cells] if all(cell.startswith(" ") for cell in self.cells) else self.cells

    def where(self, path: Path, i: int) -> str:
        """A cell, for messages."""
        return f"{path}: line {self.lines[i]}: '{self.name}'"


def values_of(path: Path, columns: Sequence[Column], notes: list[str]) -> list[list[Any]]:
    """The values of columns: int where all cells are whole, float where all are numbers, text otherwise (0001 is text).

    Cells without a number among numbers are NaN. Decimal commas are read where the table proves that they are some.

    Args:
        path: of the table.
        columns: as text.
        notes: to which the readings are added.

    Raises:
        InputError: a number that no float can hold, or commas that may stand for thousands.
    """
    has_points = any("." in cell and NUMBER.fullmatch(cell.strip()) for column in columns for cell in column.cells)
    with_commas = [column for column in columns if has_decimal_commas(column)]
    proven = [column for column in with_commas if not all(map(may_be_thousands, column.cells))]
    for column in with_commas:
        if column not in proven and (has_points or not proven):
            i = next(i for i, cell in enumerate(column.cells) if "," in cell)
            raise InputError(
                f"{column.where(path, i)}: {column.cells[i].strip()} may be a decimal comma or one of thousands; write "
                "numbers with a decimal point."
            )
    if with_commas:
        names = ", ".join(f"'{column.name}'" for column in with_commas)
        notes.append(f"{path}: decimal commas are read in {names}.")
    return [
        numbers_or_text(path, with_points(column) if column in with_commas else column, notes) for column in columns
    ]


def has_decimal_commas(column: Column) -> bool:
    """Whether all cells are numbers, and some have a comma and none a point."""
    cells = [cell.strip().translate(MINUS) for cell in column.cells if not is_missing(cell)]
    return any("," in cell for cell in cells) and all(
        WITH_COMMA.fullmatch(cell) or WHOLE.fullmatch(cell) for cell in cells
    )


def may_be_thousands(cell: str) -> bool:
    """Whether a comma in it may stand behind thousands; so it may where there is none."""
    return "," not in cell or THOUSANDS.fullmatch(cell.strip().translate(MINUS)) is not None


def with_points(column: Column) -> Column:
    """The column with decimal points."""
    return Column(column.name, [cell.replace(",", ".") for cell in column.cells], column.lines)


def is_missing(cell: str) -> bool:
    """Whether it stands for no value."""
    return cell.strip().lower() in MISSING


def numbers_or_text(path: Path, column: Column, notes: list[str]) -> list[Any]:
    """The values of one column."""
    cells = [cell.strip().translate(MINUS) for cell in column.cells]
    missing = [i for i, cell in enumerate(cells) if is_missing(cell)]
    there = [cell for cell in cells if not is_missing(cell)]
    if not there:
        return column.texts()
    if all(WHOLE.fullmatch(cell) for cell in there) and not missing:
        return [int(cell) for cell in cells]
    others = [i for i, cell in enumerate(cells) if not is_missing(cell) and not is_number_text(cell)]
    if others:
        if 2 * len(others) <= len(there) and not any(re.match(r"[-+]?0\d", cell) for cell in there):
            where = column.where(path, others[0])
            notes.append(f"{where} is kept as text, since {column.cells[others[0]][:40]!r} is no number.")
        return column.texts()
    values = [math.nan if is_missing(cell) else float(cell) for cell in cells]
    for i, (cell, value) in enumerate(zip(cells, values, strict=True)):
        if math.isinf(value) and not INFINITE.fullmatch(cell):
            raise InputError(f"{column.where(path, i)}: {cell[:40]} is more than a number can hold.")
        if missing and WHOLE.fullmatch(cell) and abs(int(cell)) > MOST_EXACT:
            raise InputError(f"{column.where(path, i)}: {cell} loses digits beside empty cells; fill those in.")
    if missing:
        notes.append(f"{column.where(path, missing[0])} has no number; {len(missing):,} such cells are NaN.")
    return values


def is_number_text(cell: str) -> bool:
    """Whether it reads as a number."""
    is_one = NUMBER.fullmatch(cell) is not None and TOO_LONG.fullmatch(cell) is None
    return is_one or INFINITE.fullmatch(cell) is not None
