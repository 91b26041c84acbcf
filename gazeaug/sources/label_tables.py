"""Labels of pictures from a table (CSV, JSONL, JSON) with `file_name` and a column a label, by `convert` or by hand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label, is_text
from gazeaug.eyefile.reader import GAZE_LABELS
from gazeaug.eyefile.row_checks import SHORTEST
from gazeaug.gaze.conventions import Convention, VectorConvention, find_gaze
from gazeaug.sources.table_columns import is_number_text
from gazeaug.sources.table_names import Join, composed
from gazeaug.sources.table_values import NAMES, all_finite, kind_of, read_csv, read_json_rows

GAZE = "gaze"
STEMS = (
    "",
    "gaze_",
    "look_",
    "look_vec_",
)  # of columns that together are a gaze: pitch and yaw, or look_x, look_y, look_z
LONGEST_NAME = 1000  # letters
VECTORS = ((3,), (4,))  # shapes of a row; the fourth number is UnityEyes' 0
Row = Mapping[str, Any]


@dataclass(frozen=True)
class LabelTable:
    """Rows by picture."""

    path: Path
    labels: Mapping[str, Label]
    rows: Mapping[str, Row]
    lines: Mapping[str, int]
    """The line of each row in the table."""
    notes: tuple[str, ...] = ()
    """How the table was read, where that is not plain."""

    def row_of(self, picture: Path) -> Row:
        """The labels of a picture.

        Raises:
            InputError: the table has no such row, or it has a gaze that is not finite, or a vector of length 0.
        """
        name = picture.as_posix()
        if name not in self.rows:
            spelled = "" if name == composed(name) else f", whose name is spelled {name!a}"
            raise InputError(f"{self.path}: no row names the picture {name}{spelled}.")
        row = self.rows[name]
        for label in GAZE_LABELS:
            if label in self.labels and (lacks := lacks_of(row[label], self.labels[label])):
                raise InputError(
                    f"{self.path}: line {self.lines[name]}: '{label}' of {name} must be {lacks}, found {row[label]}."
                )
        return row

    def joined(self, pictures: Sequence[str], folder: Path) -> LabelTable:
        """The table with its rows under the names of pictures, paths below a folder.

        Raises:
            InputError: a row fits two pictures, or a picture two rows.
        """
        join = Join(self.path, list(self.rows), pictures, folder).made()
        if not join.row_of:
            named = f"no row names the picture {pictures[0]}, and none another one in {folder}"
            raise InputError(f"{self.path}: {named}; the first row names '{next(iter(self.rows))}'.")
        rows = {picture: self.rows[row] for picture, row in join.row_of.items()}
        lines = {picture: self.lines[row] for picture, row in join.row_of.items()}
        return replace(self, rows=rows, lines=lines, notes=(*self.notes, *join.notes))


def lacks_of(value: Any, label: Label) -> str:
    """What a gaze must be and is not; nothing where it may be one, or is no number."""
    if label.dtype.kind not in "if":
        return ""
    if not all_finite(value):
        return "finite numbers"
    is_vector = label.shape in VECTORS
    return "a direction" if is_vector and math.hypot(*value[:3]) < SHORTEST else ""


def read_table(path: Path) -> LabelTable:
    """Read a table whole; whole numbers become int64, others float64, the rest text.

    Of a CSV, columns gaze_0, gaze_1, ... become one label `gaze`; of JSON, lists of numbers do.

    Raises:
        InputError: not such a table, or one that can be read in two ways; the line is named.
    """
    notes: list[str] = []
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        lines, values = read_json_rows(path, notes)
    else:
        lines, values = read_csv(path, notes)
    if not lines:
        raise InputError(f"{path}: expected a line a picture, found none.")
    key = key_of(path, values)
    names = dict(zip(lines, texts_of(path, key, lines, values[key]), strict=True))
    if "path" in values and key != "path":
        notes.append(f"{path}: the column 'path' is left out: the output has a label of that name from '{key}'.")
    columns = {name: column for name, column in values.items() if name not in (key, "path")}
    others = [name for name in columns if name.lower() in NAMES]
    notes += [f"{path}: the column '{key}' names the pictures; '{name}' goes along as a label." for name in others]
    check_names(path, columns)
    labels = {name: kind_of(column, lines, f"{path}: '{name}'") for name, column in columns.items()}
    rows: dict[str, Row] = {}
    for i, name in enumerate(names.values()):
        if name in rows:
            raise InputError(f"{path}: two rows name the picture {name} (the column '{key}').")
        rows[name] = {label: column[i] for label, column in columns.items()}
    line_of = {name: line for line, name in names.items()}
    return LabelTable(path, labels, rows, line_of, tuple(notes))


def key_of(path: Path, columns: Iterable[str]) -> str:
    """The column that names the picture, in small letters or large.

    Raises:
        InputError: there is none, or the same in two ways of writing.
    """
    for name in NAMES:
        found = [column for column in columns if column.lower() == name]
        if len(found) > 1:
            raise InputError(f"{path}: {' and '.join(found)} both could name the picture; rename one.")
        if found:
            return found[0]
    raise InputError(f"{path}: no column {' or '.join(NAMES)} that names the picture; found {', '.join(columns)}.")


def texts_of(path: Path, key: str, lines: Sequence[int], values: Sequence[Any]) -> list[str]:
    """The names of pictures.

    Raises:
        InputError: one is no text, or empty.
    """
    for line, value in zip(lines, values, strict=True):
        if isinstance(value, (list, dict, float, bool)) or value is None or not str(value).strip():
            raise InputError(f"{path}: line {line}: '{key}' must name a picture, found {value!r:.60}.")
    return [str(value) for value in values]


def check_names(path: Path, names: Iterable[str]) -> None:
    """Refuse columns that cannot be labels of an eye file.

    Raises:
        InputError: naming one.
    """
    known = set(names)
    for name in known:
        parts = name.split("/")
        if parts[0] == "image":
            raise InputError(f"{path}: the column '{name}' has the name of the pictures in an eye file; rename it.")
        if "" in parts or "." in parts or ".." in parts or not is_text(name) or len(name) > LONGEST_NAME:
            raise InputError(f"{path}: the column {name!r:.60} has a name that no label can have; rename it.")
        for n in range(1, len(parts)):
            if "/".join(parts[:n]) in known:
                raise InputError(f"{path}: of the columns '{'/'.join(parts[:n])}' and '{name}' rename one.")


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
    there: dict[str, str] = {}
    for name in table.labels:
        if there.setdefault(name.lower(), name) != name:
            raise InputError(
                f"{table.path}: {there[name.lower()]} and {name} differ in capital letters only; rename one."
            )
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
        for picture, row in table.rows.items():
            for name in columns:
                if isinstance(row[name], str) and not is_number_text(row[name].strip()):
                    where = f"{table.path}: line {table.lines[picture]}: '{name}'"
                    raise InputError(f"{where} must be a number, with a decimal point, found {row[name]!r:.60}.")
        raise InputError(f"{table.path}: {', '.join(columns)} must hold a number a row.")
    labels = {name: kind for name, kind in table.labels.items() if name not in columns}
    rows = {
        picture: {**{name: row[name] for name in labels}, GAZE: [nan_or_float(row[name]) for name in columns]}
        for picture, row in table.rows.items()
    }
    return replace(table, labels={**labels, GAZE: Label.of(np.float64, (len(columns),))}, rows=rows)


def nan_or_float(value: float | None) -> float:
    """A number; NaN where there is none."""
    return math.nan if value is None else float(value)
