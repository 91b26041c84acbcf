"""A table's bytes as fields of text: encoding and separator are found where one reading is possible, and said."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gazeaug.errors import InputError
from gazeaug.file_kinds import but_found, kind_of

BYTE_ORDER_MARKS = (  # UTF-32's little-endian one begins as UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how files of such programs begin, new ones and old
NO_TABLES = (  # what `kind_of` calls files that are surely none; zip archives may be spreadsheets
    "an HDF5",
    "a gzip",
    "a bzip2",
    "an xz",
    "a 7z",
    "a tar",
    "a zstd",
    "a RAR",
    "a Git LFS",
    "a git-annex",
    "zeros",
    "an HTML",
    "an XML",
    "a NumPy",
    "NumPy",
    "a MATLAB",
    "a Parquet",
    "an SQLite",
    "a PNG",
    "a JPEG",
    "a GIF",
    "a TIFF",
    "a PDF",
    "a Python pickle",
    "a PyTorch",
    "an ONNX",
    "a model's weights",
)
SPREADSHEET_HEAD = "sep="  # a first line that tells a spreadsheet program the separator


@dataclass(frozen=True)
class Line:
    """A line of a table."""

    number: int
    """In the file, from 1."""
    fields: list[str]


@dataclass(frozen=True)
class Sheet:
    """A table as text: every line has a field for each column."""

    columns: list[str]
    lines: list[Line]
    notes: list[str] = field(default_factory=list)
    """Which reading was taken, where another is usual."""


def read_sheet(path: Path, key_columns: Collection[str]) -> Sheet:
    """Read a table of separated fields.

    Args:
        path: of the table.
        key_columns: of which one must be there, in small letters; they tell the separator.

    Raises:
        InputError: it is no such table, or could be read in two ways; the line is named.
    """
    text, notes = read_text(path)
    if "\n" not in text:
        text = text.replace("\r", "\n")  # as old programs end lines
    lines = text.split("\n", 1)
    stated = lines[0].strip().strip('"').lower()
    skipped = int(stated.startswith(SPREADSHEET_HEAD))
    if skipped:
        text = lines[1] if len(lines) > 1 else ""
    separator = separator_of(path, text, key_columns)
    if separator != ",":
        notes.append(f"{path}: read as separated by {SEPARATORS[separator]}.")
    rows = [Line(row.number + skipped, row.fields) for row in split(path, text, separator)]
    if not rows:
        return Sheet([], [], notes)
    columns, *lines_read = rows
    return squared(path, columns, lines_read, notes)


def read_text(path: Path) -> tuple[str, list[str]]:
    """The text of a file, and a note where it is not in UTF-8.

    Raises:
        InputError: there is no such file, or it is no text.
    """
    kind = kind_of(path)
    if not path.is_file():
        raise InputError(f"{path}: expected a table of labels (.csv, .jsonl or .json), {but_found(path)}.")
    if kind.startswith(NO_TABLES):
        raise InputError(f"{path}: expected a table as text, found {kind}.")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the table cannot be read ({error.strerror}).") from error
    if raw.startswith(SPREADSHEETS):
        raise InputError(f"{path}: expected a table as text, found a file of a spreadsheet program; save it as CSV.")
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if raw.startswith(mark)), "utf-8")
    notes = [f"{path}: read as {encoding.upper()}."] if encoding.startswith(("utf-16", "utf-32")) else []
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or not raw.decode("utf-8", errors="ignore").isascii():
            raise InputError(f"{path}: expected text in {encoding.upper()}, it is damaged ({error}).") from error
        text, notes = read_windows_text(path, raw), [f"{path}: read as Windows-1252, since it is not UTF-8."]
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path}: line {line}: expected text, found a NUL; save the table as CSV in UTF-8.")
    return text, notes


def read_windows_text(path: Path, raw: bytes) -> str:
    """Text as programs on Windows write it in Western Europe and America."""
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: expected a table in UTF-8, found bytes that are neither that nor Windows-1252 ({error}); "
            "save it as CSV in UTF-8."
        ) from error


def separator_of(path: Path, text: str, key_columns: Collection[str]) -> str:
    """The separator under which one of the columns is a key column.

    Raises:
        InputError: it could be several.
    """
    heads = {separator: next(iter(split(path, text, separator, most=1)), None) for separator in SEPARATORS}
    columns = {separator: [] if head is None else head.fields for separator, head in heads.items()}
    fits = [
        separator for separator, names in columns.items() if any(name.strip().lower() in key_columns for name in names)
    ]
    several = [separator for separator in fits if len(columns[separator]) > 1] or fits[:1]
    if len(several) > 1:
        words = " or ".join(SEPARATORS[separator] for separator in several)
        raise InputError(f"{path}: could be separated by {words}; save it with one of them only.")
    return several[0] if several else ","


def split(path: Path, text: str, separator: str, most: int | None = None) -> list[Line]:
    """The lines that are not empty, as fields.

    Raises:
        InputError: a line cannot be split.
    """
    reader, rows, end = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), list[Line](), 0
    try:
        for fields in reader:
            if any(cell.strip() for cell in fields):
                rows.append(Line(end + 1, fields))
            if len(rows) == most:
                break
            end = reader.line_num
    except csv.Error as error:
        raise InputError(
            f"{path}: line {end + 1}: cannot be split in fields ({error}); are all quotation marks in pairs?"
        ) from error
    return rows


def squared(path: Path, head: Line, lines: Sequence[Line], notes: list[str]) -> Sheet:
    """A table whose lines all have the fields of the first, without columns that have no name.

    Raises:
        InputError: a line has too few fields or too many, or a column without a name holds something.
    """
    names = [name.strip() for name in head.fields]
    has_tail = len(names) > 1 and names[-1] == ""
    width = len(names) - has_tail
    rows, n_tails = [], int(has_tail)
    for line in lines:
        cells = line.fields
        if len(cells) == width + 1 and not cells[-1].strip():
            cells, n_tails = cells[:-1], n_tails + 1
        if has_tail and len(cells) == width + 1:
            raise InputError(f"{path}: column {width + 1} has no name; name it, or remove it.")
        if len(cells) != width:
            raise InputError(f"{path}: line {line.number}: expected {width} fields, found {len(cells)}.")
        rows.append(Line(line.number, cells))
    names = names[:width]
    if n_tails:
        notes.append(f"{path}: separators at the ends of lines are left out.")
    if names and names[0] == "" and len(names) > 1:
        notes.append(f"{path}: the first column has no name (as the index that pandas writes), and is left out.")
        names, rows = names[1:], [Line(line.number, line.fields[1:]) for line in rows]
    if "" in names:
        raise InputError(f"{path}: column {names.index('') + 1} has no name; name it, or remove it.")
    return Sheet(names, rows, notes)
