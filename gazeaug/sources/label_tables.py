"""Labels of pictures from a table: CSV or JSONL with `file_name` and a column a label, made by `convert` or by hand."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.gaze.conventions import GAZE_LABELS, Convention, VectorConvention, find_gaze

NAMES = ("file_name", "path", "file", "filename")  # of the column that names the picture
GAZE = "gaze"
STEMS = (
    "",
    "gaze_",
    "look_",
    "look_vec_",
)  # of columns that together are a gaze: pitch and yaw, or look_x, look_y, look_z
MOST_AXES = 4  # of a label
MOST_WHOLE = 2**1000  # a float can still hold it
PART = re.compile(r"(.+)_(\d+)")
WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)?(\.\d*)?(?<=[\d.])([eE][-+]?\d+)?(?<!^\.)")


@dataclass(frozen=True)
class LabelTable:
    """Rows by picture."""

    path: Path
    labels: Mapping[str, Label]
    rows: Mapping[str, Mapping[str, Any]]

    def row_of(self, picture: Path) -> Mapping[str, Any]:
        """The labels of a picture, found by its path below the folder or else by its name.

        Raises:
            InputError: the table has no such row.
        """
        for name in (picture.as_posix(), picture.name):
            if name in self.rows:
                return self.rows[name]
        raise InputError(f"{self.path}: no row names the picture {picture.as_posix()}.")


def read_table(path: Path) -> LabelTable:
    """Read a table whole; whole numbers become int64, others float64, the rest text.

    Of a CSV, columns gaze_0, gaze_1, ... become one label `gaze`; of JSONL, lists of numbers do.

    Raises:
        InputError: not such a table; the line is named.
    """
    if not path.is_file():
        raise InputError(f"{path}: expected a table of labels (.csv or .jsonl), but there is no such file.")
    try:
        lines = list(read_jsonl(path) if path.suffix.lower() in (".jsonl", ".ndjson") else read_csv(path))
    except (UnicodeDecodeError, csv.Error, OSError, RecursionError) as error:
        raise InputError(f"{path}: expected a table in UTF-8 ({error}).") from error
    if not lines:
        raise InputError(f"{path}: expected a line a picture, found none.")
    key = next((name for name in NAMES if name in lines[0]), None)
    if key is None:
        raise InputError(f"{path}: no column {' or '.join(NAMES)} that names the picture; found {', '.join(lines[0])}.")
    labels = {name: kind_of([line[name] for line in lines], f"{path}: '{name}'") for name in lines[0] if name != key}
    labels.pop("path", None)
    rows: dict[str, Mapping[str, Any]] = {}
    for line in lines:
        name = str(line[key]).replace("\\", "/")
        if name in rows:
            raise InputError(f"{path}: two rows name the picture {name}.")
        rows[name] = {label: line[label] for label in labels}
    return LabelTable(path, labels, rows)


def with_gaze(table: LabelTable, convention: Convention) -> LabelTable:
    """The table with its gaze marked as of a convention.

    Where no label has one of the usual names, columns named by the convention's numbers, in any order and letters
    (`pitch` and `yaw`; `look_x`, `look_y` and `look_z`), become the label `gaze` in the convention's own order.

    Raises:
        InputError: no gaze, several that could be meant, or one that cannot be of that convention.
    """
    if not any(name in table.labels for name in GAZE_LABELS):
        table = with_columns_joined(table, convention)
    name = find_gaze(table.labels, str(table.path))
    kind = table.labels[name]
    lengths = (3, 4) if isinstance(convention, VectorConvention) else (2,)  # the fourth number is UnityEyes' 0
    if kind.shape not in [(length,) for length in lengths] or kind.dtype.kind not in "if":
        raise InputError(
            f"{table.path}: '{name}' must be {len(convention.columns)} numbers a row to be {convention.name}."
        )
    marked = {name: replace(kind, attributes=dict(convention.attributes))}
    return replace(table, labels={**table.labels, **marked})


def with_columns_joined(table: LabelTable, convention: Convention) -> LabelTable:
    """The table with the columns that hold the gaze, one for each number, in one label."""
    there = {name.lower(): name for name in table.labels}
    candidates = [[stem + part for part in convention.columns] for stem in STEMS]
    found = [names for names in candidates if all(name in there for name in names)]
    wanted = f"{' and '.join(convention.columns)} (or {', '.join(candidates[1])}; or gaze_0, gaze_1, ...)"
    if not found:
        raise InputError(
            f"{table.path}: no gaze of the convention {convention.name}: expected columns {wanted}; the labels there "
            f"are: {', '.join(sorted(table.labels)) or 'none'}."
        )
    if len(found) > 1:
        several = " or ".join(", ".join(there[name] for name in names) for names in found)
        raise InputError(f"{table.path}: the gaze could be {several}; rename or take away those that are not.")
    columns = [there[name] for name in found[0]]
    if any(table.labels[name].shape != () or table.labels[name].dtype.kind not in "if" for name in columns):
        raise InputError(f"{table.path}: {', '.join(columns)} must hold a number a row.")
    labels = {name: kind for name, kind in table.labels.items() if name not in columns}
    rows = {
        picture: {**{name: row[name] for name in labels}, GAZE: [float(row[name]) for name in columns]}
        for picture, row in table.rows.items()
    }
    return LabelTable(table.path, {**labels, GAZE: Label.of(np.float64, (len(columns),))}, rows)


def read_csv(path: Path) -> Iterator[dict[str, Any]]:
    """A dict a line; numbered columns together in lists, numbers as numbers."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        groups = grouped(header)
        texts = list(reader)
    for number, line in enumerate(texts, start=2):
        if len(line) != len(header):
            raise InputError(f"{path}: line {number}: expected {len(header)} fields, found {len(line)}.")
    columns = [as_numbers([line[i] for line in texts]) for i in range(len(header))]
    for row in range(len(texts)):
        yield {
            name: columns[places][row] if isinstance(places, int) else [columns[place][row] for place in places]
            for name, places in groups.items()
        }


def grouped(header: Iterable[str]) -> dict[str, int | list[int]]:
    """Column numbers by label; x_0, x_1, ... without a gap are the label x."""
    names = list(header)
    groups: dict[str, int | list[int]] = {}
    for i, name in enumerate(names):
        part = PART.fullmatch(name)
        stem = part[1] if part else ""
        count = sum(1 for other in names if re.fullmatch(re.escape(stem) + r"_\d+", other)) if part else 0
        if part and stem not in names and all(f"{stem}_{k}" in names for k in range(count)):
            groups[stem] = [names.index(f"{stem}_{k}") for k in range(count)]
        else:
            groups[name] = i
    return groups


def as_numbers(texts: list[str]) -> list[Any]:
    """A column as int where all are whole, as float where all are numbers, as text otherwise (0001 is text)."""
    for pattern, kind in ((WHOLE, int), (NUMBER, float)):
        if all(pattern.fullmatch(text) for text in texts):
            return [kind(text) for text in texts]
    return list(texts)


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """A dict a line, all with the keys of the first."""
    first: list[str] = []
    with path.open(encoding="utf-8-sig") as file:
        for number, text in enumerate(file, start=1):
            if not text.strip():
                continue
            try:
                line = json.loads(text)
            except ValueError as error:
                raise InputError(f"{path}: line {number}: expected JSON ({error}).") from error
            if not isinstance(line, dict) or sorted(line) != (first := first or sorted(line)):
                raise InputError(f"{path}: line {number}: expected an object with the keys of the first line.")
            yield line


def kind_of(values: list[Any], where: str) -> Label:
    """What a column holds.

    Raises:
        InputError: values of several kinds or lengths, or numbers that are not finite.
    """
    if all(isinstance(value, str) for value in values):
        return TEXT
    found = [numbers_of(value) for value in values]
    shapes, flat = {shape for shape, _ in found}, [number for _, numbers in found for number in numbers]
    if len(shapes) != 1 or None in shapes or not all(is_number(number) for number in flat):
        raise InputError(f"{where} must hold text, or finite numbers, or lists of them of one length, in all rows.")
    whole = all(type(number) is int and -(2**63) <= number < 2**63 for number in flat)
    return Label.of(np.int64 if whole else np.float64, shapes.pop() or ())


def is_number(value: Any) -> bool:
    """Whether a value is a finite number, and not true or false."""
    if type(value) is int:
        return abs(value) < MOST_WHOLE
    return type(value) is float and math.isfinite(value)


def numbers_of(value: Any, depth: int = 0) -> tuple[tuple[int, ...] | None, list[Any]]:
    """Shape and numbers of a value, or of lists in lists; the shape is None where they are not of one length."""
    if not isinstance(value, list):
        return (), [value]
    if depth == MOST_AXES:
        return None, []
    parts = [numbers_of(part, depth + 1) for part in value]
    shapes = {shape for shape, _ in parts}
    if len(shapes) != 1 or None in shapes:
        return None, []
    return (len(value), *(shapes.pop() or ())), [number for _, numbers in parts for number in numbers]
