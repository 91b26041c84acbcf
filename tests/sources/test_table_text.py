"""Tables as text: separator and encoding are found where one reading is possible, lines keep their numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gazeaug.errors import InputError
from gazeaug.sources.table_text import Line, read_sheet

KEYS = ("file", "path")


def sheet_of(folder: Path, table: str | bytes, encoding: str = "utf-8") -> tuple[list[str], list[Line], list[str]]:
    path = folder / "t.csv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode(encoding))
    sheet = read_sheet(path, KEYS)
    return sheet.columns, sheet.lines, [note.removeprefix(f"{path}: ") for note in sheet.notes]


@pytest.mark.parametrize(
    ("table", "encoding", "note"),
    [
        ("file,x\né.png,1\n", "utf-8", None),
        ("file,x\né.png,1\n", "utf-8-sig", None),
        ("file,x\r\né.png,1\r\n", "utf-8", None),
        ("file,x\ré.png,1\r", "utf-8", None),
        ("file,x\né.png,1", "utf-16", "read as UTF-16."),
        ("\ufefffile,x\né.png,1\n", "utf-16-be", "read as UTF-16."),
        ("file,x\né.png,1\n", "utf-32", "read as UTF-32."),
        ("file,x\né.png,1\n", "cp1252", "read as Windows-1252, since it is not UTF-8."),
        ("file;x\né.png;1\n", "utf-8", "read as separated by semicolons."),
        ("file\tx\né.png\t1\n", "utf-8", "read as separated by tabs."),
    ],
)
def test_one_table_in_many_writings(tmp_path: Path, table: str, encoding: str, note: str | None) -> None:
    columns, lines, notes = sheet_of(tmp_path, table, encoding)
    assert columns == ["file", "x"]
    assert lines == [Line(2, ["é.png", "1"])]
    assert notes == ([] if note is None else [note])


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    table = 'sep=;\n\nfile;who\n\n"1.png";"a\nb"\n;\n2.png;c\n'
    columns, lines, _ = sheet_of(tmp_path, table)
    assert columns == ["file", "who"]
    assert lines == [Line(5, ["1.png", "a\nb"]), Line(8, ["2.png", "c"])]


@pytest.mark.parametrize(
    ("table", "note"),
    [
        (",file,x\n0,a.png,1\n", "the first column has no name (as the index that pandas writes), and is left out."),
        ("file,x,\na.png,1,\n", "separators at the ends of lines are left out."),
        ("file,x\na.png,1,\n", "separators at the ends of lines are left out."),
        ("file,x,\na.png,1\n", "separators at the ends of lines are left out."),
    ],
)
def test_columns_without_a_name(tmp_path: Path, table: str, note: str) -> None:
    columns, lines, notes = sheet_of(tmp_path, table)
    assert columns == ["file", "x"]
    assert lines == [Line(2, ["a.png", "1"])]
    assert notes == [note]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("file;a,file\n1;2,3\n", r"could be separated by commas or semicolons; save it with one of them only\."),
        ("file;x\na.png;1;2\n", "line 2: expected 2 fields, found 3"),
        ("file,x,\na.png,1,2\n", "column 3 has no name; name it, or remove it"),
        ('file,x\na.png,"1"2\n', "line 2: cannot be split in fields .*; are all quotation marks in pairs"),
        ('file,x\n"a.png,1\nb.png,2\n', "line 2: cannot be split in fields"),
        ("file,,x\na.png,1,2\n", "column 2 has no name; name it, or remove it"),
        ("file,x\na.png,\0\n", "line 2: expected text, found a NUL"),
        (f"file,x\na.png,{'9' * 200_000}\n", "line 2: cannot be split in fields"),
        (b"file,x\n\xc3\xa9.png,1\nb.png,\xff\n", "expected text in UTF-8, it is damaged"),
        (b"file,x\n\x81.png,1\n", "neither that nor Windows-1252"),
        (b"\xff\xfefil", "expected text in UTF-16, it is damaged"),
        (b"PK\x03\x04\x14\0", "found a file of a spreadsheet program; save it as CSV"),
    ],
)
def test_what_can_be_read_in_no_way_or_two_is_refused(tmp_path: Path, table: str | bytes, said: str) -> None:
    with pytest.raises(InputError, match=rf"t\.csv: .*({said})"):
        sheet_of(tmp_path, table)
