"""Lists of rows of an eye file: a CSV with a column `row`, as the lists of refused rows are, or a number a line."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.file_kinds import but_found
from gazeaug.sources.table_text import read_text, separator_of

ROW, ITEM, SOURCE = "row", "item", "source"  # columns
NUMBER = re.compile(r"\d{1,18}")
ROW_ITEM = re.compile(r"row (\d{1,18})")  # as `prepare eyes` lists what it leaves out


@dataclass(frozen=True, eq=False)
class RowList:
    """Rows that a file lists."""

    path: Path
    rows: NDArray[np.int64]
    """In order, each once."""

    def facts(self) -> dict[str, Any]:
        """What provenance says of it."""
        digest = hashlib.sha256(self.rows.astype("<i8").tobytes()).hexdigest()
        return {"file": self.path.name, "n": len(self.rows), "rows_sha256": digest}


def read_row_list(path: Path, eyes: Path, n_rows: int) -> RowList:
    """The rows of an eye file that a list names; lines of other files (column `source`) are passed over.

    Args:
        path: of the list.
        eyes: the eye file.
        n_rows: that it has.

    Raises:
        InputError: it is no such list, lists no row, or one that the eye file does not have; the line is named.
    """
    if not path.is_file():
        raise InputError(f"{path}: expected a list of rows, {but_found(path)}.")
    found, others = array("q"), dict[str, None]()
    for line, text, source in listed(path):
        if source and not means(source, eyes):
            others[source] = None
            continue
        if NUMBER.fullmatch(text) is None:
            raise InputError(f"{path}: line {line}: expected the number of a row, found '{text[:40]}'.")
        if int(text) >= n_rows:
            raise InputError(
                f"{path}: line {line}: row {int(text):,} is not in {eyes.name}, which has rows 0 to {n_rows - 1:,}."
            )
        found.append(int(text))
    if not found:
        why = f", but of {', '.join(list(others)[:3])}" if others else ""
        raise InputError(f"{path}: lists no row of {eyes.name}{why}.")
    return RowList(path, np.unique(np.frombuffer(found, np.int64)))


def listed(path: Path) -> Iterator[tuple[int, str, str]]:
    """Each line's number in the file, its row as text, and the file that the row is of, empty where it does not say.

    Raises:
        InputError: there is no column of rows.
    """
    text = read_text(path)[0]
    lines = csv.reader(io.StringIO(text), delimiter=separator_of(path, text, {ROW, ITEM}))
    row, source, column = 0, -1, ""
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if not column:
                head = [cell.strip().lower() for cell in cells]
                row, column = column_of(path, head)
                source = head.index(SOURCE) if SOURCE in head else -1
                if column:
                    continue
                column = ROW  # there is no head
            content = cells[row].strip() if row < len(cells) else ""
            item = ROW_ITEM.fullmatch(content) if column == ITEM else None
            yield lines.line_num, item[1] if item else content, cells[source] if 0 <= source < len(cells) else ""
    except csv.Error as error:
        raise InputError(f"{path}: line {lines.line_num}: cannot be split in fields ({error}).") from error


def column_of(path: Path, head: list[str]) -> tuple[int, str]:
    """Place and name of the column of rows; no name where the first line is a number itself.

    Raises:
        InputError: there is none.
    """
    for name in (ROW, ITEM):
        if name in head:
            return head.index(name), name
    if len(head) == 1 and NUMBER.fullmatch(head[0]):
        return 0, ""
    found = ", ".join(head)[:80]
    raise InputError(f"{path}: expected a column '{ROW}', or the number of a row in each line, found '{found}'.")


def means(source: str, eyes: Path) -> bool:
    """Whether a list means this eye file: by its name, or with folders above it that tell it from others."""
    parts = PurePosixPath(source.strip()).parts
    return eyes.absolute().parts[-len(parts) :] == parts


@dataclass(frozen=True, kw_only=True, eq=False)
class ListedRows:
    """What is taken of a file by lists of its rows."""

    wanted: NDArray[np.bool_] | None
    """Of each row of the file; None where there is no list."""
    lists: Mapping[str, RowList]
    """By the name of the option."""

    @property
    def facts(self) -> dict[str, Any]:
        """What provenance says of it."""
        return {name: rows.facts() for name, rows in self.lists.items()}

    @property
    def paths(self) -> list[Path]:
        """The lists."""
        return [rows.path for rows in self.lists.values()]


def listed_rows(
    eyes: Path, n_rows: int, *, rows_in: Path | str | None = None, rows_not_in: Path | str | None = None
) -> ListedRows:
    """The rows of a file that one list names and another does not.

    Args:
        eyes: the eye file.
        n_rows: that it has.
        rows_in: a list of those that are taken; all where None.
        rows_not_in: a list of those that are not.

    Raises:
        InputError: what is no such list, a row that is in both, or no row that is left.
    """
    given = {name: path for name, path in (("rows_in", rows_in), ("rows_not_in", rows_not_in)) if path is not None}
    lists = {name: read_row_list(Path(path), eyes, n_rows) for name, path in given.items()}
    if not lists:
        return ListedRows(wanted=None, lists={})
    wanted = np.full(n_rows, "rows_in" not in lists)
    for name, rows in lists.items():
        if name == "rows_not_in" and len(lists) == 2 and wanted[rows.rows].any():
            both = rows.rows[wanted[rows.rows]][0]
            raise InputError(f"{rows.path}: row {both:,} is in {lists['rows_in'].path} too; take it, or leave it out.")
        wanted[rows.rows] = name == "rows_in"
    if not wanted.any():
        raise InputError(f"{eyes}: --rows-not-in leaves out all of its {n_rows:,} rows; nothing is written.")
    return ListedRows(wanted=wanted, lists=lists)
