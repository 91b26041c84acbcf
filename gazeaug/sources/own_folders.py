"""Folders of pictures that `gazeaug convert` wrote: what it knew of them that a table of labels cannot say.

A hidden file beside the table holds types and attributes of the labels, their names, and what made the eyes. It counts
for the table that was written with it, to the last byte; a table that was changed since is read as any other.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.label_json import label_of
from gazeaug.eyefile.labels import Label, is_text
from gazeaug.outputs import LONGEST_MARK, is_same_file
from gazeaug.runtime.identity import file_sha256
from gazeaug.sources.label_tables import LabelTable, Row, check_names
from gazeaug.sources.plain_json import parse_json

MARK = ".gazeaug"  # no loader takes a hidden file without an ending for data: datasets, glob("*.json"), pathlib's glob
OLD_MARK = "gazeaug.json"  # of versions before
MARKS = (MARK, OLD_MARK)
TABLES = ("metadata.jsonl", "metadata.csv")
PICTURES = ("images", "Image")  # folders below, which may be given in the place of the whole
MOST_NAMED = 3
UNREAD = (
    "{folder}: convert wrote folders in it ({names}); their labels, and what made their eyes, are known where each is "
    "prepared by itself."
)
DEEPEST = 4  # folders from a picture up to those, as in Image/train/subject0000
KEY = "file_name"


@dataclass(frozen=True)
class OwnFolder:
    """What is known of a folder that `convert` wrote."""

    table: Path | None
    """Its labels; None where it has none that they are known of."""
    columns: Mapping[str, tuple[str, Label]] = field(default_factory=dict)
    """The column of each label, and the label."""
    image_shape: tuple[int, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Of the eyes that were converted."""
    notes: tuple[str, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)
    """All that the hidden file says."""

    def is_of(self, labels: Path | str | None) -> bool:
        """Whether it tells of the labels that are asked for: of its own table, which needs not be named."""
        return self.table is not None and (labels is None or is_same_file(Path(labels), self.table))

    def read(self) -> LabelTable:
        """Its table, with the labels as they were.

        Raises:
            InputError: the table is not what the hidden file says.
        """
        assert self.table is not None
        labels = {name: label for name, (_, label) in self.columns.items()}
        check_names(self.table, labels)
        rows, lines = dict[str, Row](), dict[str, int]()
        reading = json_records if self.table.suffix == ".jsonl" else csv_records
        try:
            for i, (line, record) in enumerate(reading(self.table)):
                key = str(record[KEY])
                rows[key] = {name: self._value(record, name, i) for name in self.columns}
                lines[key] = line
        except (KeyError, ValueError, TypeError, OverflowError, csv.Error) as error:
            raise InputError(
                f"{self.table}: holds something else than {MARK} beside it says ({error!r:.80}); delete that file to "
                "read it as any table."
            ) from error
        if not rows:
            raise InputError(f"{self.table}: expected a line a picture, found none.")
        return LabelTable(self.table, labels, rows, lines, self.notes)

    def _value(self, record: Mapping[str, Any], name: str, i: int) -> Any:
        column, label = self.columns[name]
        if self.table is not None and self.table.suffix == ".csv":
            parse = PARSERS[label.dtype.kind]
            n = int(np.prod(label.shape))
            flat = [parse(record[f"{column}_{k}"]) for k in range(n)] if label.shape else [parse(record[column])]
            found = np.array(flat, object).reshape(label.shape).tolist()
        else:
            found = record[column]
            if np.shape(found) != label.shape:
                raise ValueError(f"row {i}: '{column}' has the shape {np.shape(found)}")
        if not fits(found, label):
            raise ValueError(f"row {i}: '{column}' is {found!r:.40}")
        return encoded(found) if label.dtype.kind == "S" else found


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "f": float,
    "i": int,
    "u": int,
    "b": {"True": True, "False": False}.__getitem__,
    "S": str,
    "O": str,
}


def fits(value: Any, label: Label) -> bool:
    """Whether a value of the right shape is what a label holds, to the last bit.

    Raises:
        OverflowError, TypeError, ValueError: it is not.
    """
    if label.dtype.kind in "iub":
        return bool(np.array(value, label.dtype).tolist() == value)
    if label.dtype.kind == "f":
        return np.asarray(value).dtype.kind in "iuf"
    texts = [value] if label.shape == () else np.array(value, object).ravel().tolist()
    if label.dtype.kind == "S":
        return all(isinstance(text, str) and len(text.encode()) <= label.dtype.itemsize for text in texts)
    return all(isinstance(text, str) and is_text(text) for text in texts)


def encoded(value: Any) -> Any:
    """Text as the bytes that a text of one length is."""
    return [encoded(item) for item in value] if isinstance(value, list) else value.encode()


def json_records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The lines of a table, with their numbers."""
    with path.open(encoding="utf-8") as file:
        yield from ((number, json.loads(line)) for number, line in enumerate(file, start=1))


def csv_records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The rows of a table, with the numbers of their last lines."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, strict=True)
        for record in reader:
            if None in record or None in record.values():
                raise ValueError(f"line {reader.line_num}: not as many columns as names")
            yield reader.line_num, record


def own_folder(folder: Path) -> OwnFolder | None:
    """What is known of a folder that `convert` wrote, or of a folder of the pictures in it; None of any other.

    Of other layouts than `folder` what made the eyes is known, and all that the file says.
    """
    for place in places_of(folder):
        if (place / MARK).is_file():
            try:
                return read_mark(place)
            except (OSError, ValueError, RecursionError) as error:
                said = f"{place / MARK}: cannot be read ({error!s:.80}), so that the folder is read as any other."
                return OwnFolder(None, notes=(said,))
    names = ", ".join(own_folders_in(folder))
    return OwnFolder(None, notes=(UNREAD.format(folder=folder, names=names),)) if names else None


def own_folders_in(folder: Path) -> list[str]:
    """The first few names of folders in a folder that hold such a hidden file."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir() and (folder / entry.name / MARK).is_file())
    except OSError:
        return []
    return names[:MOST_NAMED]


def places_of(folder: Path) -> tuple[Path, ...]:
    """Where the hidden file of a folder may be: in it, or above where it is, or is within, that of the pictures."""
    given = folder.absolute()
    below = [given, *given.parents][:DEEPEST]
    return (folder, *(each.parent for each in below if each.name in PICTURES))


def is_converted(folder: Path) -> bool:
    """Whether `convert` of any version wrote a folder."""
    return any((place / mark).is_file() for place in places_of(folder) for mark in MARKS)


def read_mark(folder: Path) -> OwnFolder:
    """What the hidden file of a folder says.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not such a file.
    """
    path = folder / MARK
    if path.stat().st_size > LONGEST_MARK:
        raise ValueError("it is too large")
    said = parse_json(path.read_bytes())
    if not isinstance(said, dict) or not isinstance(said.get("input_provenance", {}), dict):
        raise ValueError("expected what convert knew of the folder")
    made_of, shape = said.get("input_provenance", {}), said.get("image_shape")
    if not isinstance(shape, list) or not all(type(side) is int and side > 0 for side in shape) or len(shape) < 2:
        raise ValueError("expected the shape of the pictures")
    if said.get("to") != "folder" or said.get("table") not in TABLES:
        return OwnFolder(None, image_shape=tuple(shape), provenance=made_of, said=said)
    table = folder / said["table"]
    if not table.is_file() or file_sha256(table) != said.get("table_sha256"):
        changed = f"{table}: is not as convert wrote it, so that it counts only where --labels names it, as any table."
        return OwnFolder(None, provenance=made_of, notes=(changed,))
    columns = {name: (str(each["column"]), label_of(each)) for name, each in described_labels(said).items()}
    note = f"{table}: gives the labels, with types and attributes as they were when convert wrote it."
    return OwnFolder(table, columns, tuple(shape), made_of, (note,))


def described_labels(said: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What a hidden file says of labels.

    Raises:
        ValueError: it says nothing of that kind.
    """
    labels = said.get("labels")
    if not isinstance(labels, dict) or not all(isinstance(each, dict) and "column" in each for each in labels.values()):
        raise ValueError("expected labels and their columns")
    return labels
