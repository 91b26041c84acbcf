"""The values of a table by column, out of CSV, JSONL or JSON, and what kind of label each column is."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label, is_text
from gazeaug.sources.plain_json import parse_json
from gazeaug.sources.table_columns import Column, values_of
from gazeaug.sources.table_text import read_sheet, read_text

NAMES = ("file_name", "path", "file", "filename")  # of the column that names the picture, in small letters
MOST_AXES = 4  # of a label
MOST_WHOLE = 2**1000  # a float can still hold it
PART = re.compile(r"(.+)_(\d+)")


def read_csv(path: Path, notes: list[str]) -> tuple[list[int], dict[str, list[Any]]]:
    """Line numbers, and the values of each column; numbered columns together in lists, numbers as numbers."""
    sheet = read_sheet(path, NAMES)
    twice = [name for name, n in Counter(sheet.columns).items() if n > 1]
    if twice:
        raise InputError(f"{path}: {Counter(sheet.columns)[twice[0]]} columns are named '{twice[0]}'; rename them.")
    notes += sheet.notes
    lines = [line.number for line in sheet.lines]
    texts = {name: [line.fields[i] for line in sheet.lines] for i, name in enumerate(sheet.columns)}
    words = [Column(name, cells, lines) for name, cells in texts.items() if name.lower() not in NAMES]
    numbers = dict(zip([column.name for column in words], values_of(path, words, notes), strict=True))
    columns = {name: numbers.get(name, cells) for name, cells in texts.items()}
    return lines, {
        name: columns[parts]
        if isinstance(parts, str)
        else [list(row) for row in zip(*(columns[part] for part in parts), strict=True)]
        for name, parts in grouped(sheet.columns).items()
    }


def grouped(names: Sequence[str]) -> dict[str, str | list[str]]:
    """Columns by label; x_0, x_1, ... without a gap are the label x."""
    groups: dict[str, str | list[str]] = {}
    stems = Counter(part[1] for name in names if (part := PART.fullmatch(name)))
    for name in names:
        part = PART.fullmatch(name)
        wanted = [f"{part[1]}_{k}" for k in range(stems[part[1]])] if part else []
        if part and part[1] not in names and set(wanted) <= set(names):
            groups[part[1]] = wanted
        else:
            groups[name] = name
    return groups


def read_json_rows(path: Path, notes: list[str]) -> tuple[list[int], dict[str, list[Any]]]:
    """Line numbers (of a .json: those of its objects), and the values of each key; all objects have those of the first.

    Raises:
        InputError: a line is no such object.
    """
    text, said = read_text(path)
    notes += said
    if path.suffix.lower() == ".json":
        whole = parsed(path, "", text)
        if not isinstance(whole, list):
            raise InputError(f"{path}: expected a list of objects, one a picture, as in [{{...}}, {{...}}].")
        objects = list(enumerate(whole, start=1))
    else:
        texts = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        objects = [(number, parsed(path, f"line {number}: ", line)) for number, line in texts]
    first = objects[0][1] if objects else {}
    for number, found in objects:
        if not isinstance(found, dict) or found.keys() != first.keys():
            raise InputError(f"{path}: line {number}: expected an object with the keys of the first line.")
    return [number for number, _ in objects], {name: [found[name] for _, found in objects] for name in first}


def parsed(path: Path, where: str, text: str) -> Any:
    """A JSON document of a table.

    Raises:
        InputError: it is none.
    """
    try:
        return parse_json(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: {where}expected JSON ({error}).") from error


def kind_of(values: Sequence[Any], lines: Sequence[int], where: str) -> Label:
    """What a column holds.

    Raises:
        InputError: values of several kinds or lengths, or that no eye file can hold.
    """
    if all(isinstance(value, str) for value in values):
        for line, value in zip(lines, values, strict=True):
            if not is_text(value):
                raise InputError(
                    f"{where} has in line {line} a text with characters that none can have: {value!r:.60}."
                )
        return TEXT
    found = [numbers_of(value) for value in values]
    for line, value, (shape, numbers) in zip(lines, values, found, strict=True):
        if shape is None or shape != found[0][0] or not all(map(is_number, numbers)):
            raise InputError(
                f"{where} must hold text, or numbers, or lists of them of one length, in all rows; line {line} holds "
                f"{value!r:.60}."
            )
    flat = [number for _, numbers in found for number in numbers]
    whole = all(type(number) is int and -(2**63) <= number < 2**63 for number in flat)
    return Label.of(np.int64 if whole else np.float64, found[0][0] or ())


def is_number(value: Any) -> bool:
    """Whether a value is a number, or none at all (NaN, null), and not true or false."""
    return value is None or type(value) is float or (type(value) is int and abs(value) < MOST_WHOLE)


def all_finite(value: Any) -> bool:
    """Whether a value has only finite numbers."""
    return all(number is not None and math.isfinite(number) for number in numbers_of(value)[1])


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
