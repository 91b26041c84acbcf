"""GazeHub's .label files as text: a header that names the columns, a line a picture, numbers with commas between them.

Source: GazeHub's scripts data_processing_{mpii,diap,gaze360,rtgene,eth,ut}.py, which write them. Spaces separate the
fields, so none of them holds one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import is_text
from gazeaug.file_kinds import but_found
from gazeaug.preparing.items import LeftOut

PICTURES = ("image", "face", "left", "right")
NUMBERS: Mapping[str, int] = {
    "3dgaze": 3,
    "3dhead": 3,
    "2dgaze": 2,
    "2dhead": 2,
    "gaze": 2,
    "head": 2,
    "rmat": 3,
    "rvec": 3,
    "smat": 3,
    "svec": 3,
    "gazeorigin": 3,
    "normmat": 9,
    "cam_index": 1,
    "frame_index": 1,
}
"""Columns of numbers, in small letters, and how many stand in a field."""
TEXTS = ("origin", "metapath", "whicheye")
KNOWN = (*PICTURES, *NUMBERS, *TEXTS)
EXAMPLE = "Image Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead"


@dataclass
class LabelLines:
    """The lines of some .label files with one header, as text; what is found wrong with one is noted by its index."""

    columns: tuple[str, ...]
    """As the header spells them."""
    files: Sequence[Path]
    file_of: NDArray[np.int32]
    """(N,) the index of each line's file."""
    numbers_of: NDArray[np.int64]
    """(N,) the number of each line in its file, from 1."""
    cells: Mapping[str, list[str]]
    """The N fields of each column, by its name in small letters; empty in lines that have another number of them."""
    sha256: str
    """Of the bytes of all files."""
    faults: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.file_of)

    def where(self, i: int) -> str:
        """A line, for messages."""
        return f"{self.files[self.file_of[i]]}: line {self.numbers_of[i]}"

    def fault(self, i: int, reason: str) -> None:
        """Note what is wrong with a line; the first word stands."""
        self.faults.setdefault(i, f"{self.where(i)}: {reason}")

    def sound(self) -> NDArray[np.bool_]:
        """(N,) the lines without a fault."""
        good = np.ones(len(self), bool)
        good[list(self.faults)] = False
        return good

    def has(self, *names: str) -> bool:
        """Whether all these columns are there."""
        return all(name in self.cells for name in names)

    def floats(self, name: str, n: int) -> NDArray[np.float64]:
        """A column of n numbers a field, (N, n); NaN and a fault in lines where they are not n finite numbers."""
        cells = self.cells[name]
        if all(cell.count(",") == n - 1 for cell in cells):
            try:
                values = np.array([float(part) for cell in cells for part in cell.split(",")]).reshape(-1, n)
            except ValueError:
                values = None
            if values is not None and np.isfinite(values).all() and not any("_" in cell for cell in cells):
                return values
        return np.array([self._numbers(i, name, cell, n) for i, cell in enumerate(cells)]).reshape(-1, n)

    def _numbers(self, i: int, name: str, cell: str, n: int) -> list[float]:
        if i in self.faults:
            return [np.nan] * n
        found = as_numbers(cell)
        if found is None or len(found) != n or not np.isfinite(found).all():
            kind = "a finite number" if n == 1 else f"{n} finite numbers with commas between them"
            self.fault(i, f"'{self.spelled(name)}' must be {kind}, found {cell!r:.60}.")
            return [np.nan] * n
        return found

    def spelled(self, name: str) -> str:
        """A column as the header has it."""
        return next(column for column in self.columns if column.lower() == name)

    def left_out(self) -> list[LeftOut]:
        """Lines with a fault."""
        return [LeftOut(self.where(i), reason) for i, reason in sorted(self.faults.items())]


def as_numbers(cell: str) -> list[float] | None:
    """A field as numbers; None where it holds anything else."""
    try:
        return None if "_" in cell else [float(part) for part in cell.split(",")]
    except ValueError:
        return None


def read_label_files(paths: Iterable[Path]) -> LabelLines:
    """Read .label files whole; lines with too few fields or too many have a fault.

    Raises:
        InputError: no text, another header than GazeHub's, two headers, or not one line.
    """
    digest, files = hashlib.sha256(), list(paths)
    header: tuple[str, ...] = ()
    faults: dict[int, str] = {}
    rows: list[list[str]] = []
    file_of, numbers_of = [], []
    for k, path in enumerate(files):
        data = read_bytes(path)
        digest.update(f"{path.name} {len(data)}\n".encode(errors="surrogateescape") + data)
        lines = text_of_file(path, data).splitlines()
        first = next((i for i, line in enumerate(lines) if line.strip()), 0)  # a blank line may stand above the header
        found = tuple(lines[first].split()) if lines else ()
        check_header(path, found)
        if header and found != header:
            raise InputError(
                f"{path}: the header '{' '.join(found):.80}' is another than in {files[0]}, '{' '.join(header):.80}'; "
                "give them one after the other with --labels."
            )
        header = found
        for number, line in enumerate(lines[first + 1 :], first + 2):
            fields = line.split()
            if not fields:
                continue
            if len(fields) != len(header):
                wanted = f"expected {len(header)} fields ({' '.join(header):.80}), found {len(fields)}"
                wanted += "; spaces separate them, so that no name may hold one" if len(fields) > len(header) else ""
                faults[len(rows)] = f"{path}: line {number}: {wanted}."
                fields = [""] * len(header)
            rows.append(fields)
            file_of.append(k)
            numbers_of.append(number)
    if not rows:
        raise InputError(f"{files[0]}: expected a line a picture below the header, found none.")
    cells = {name.lower(): list(column) for name, column in zip(header, zip(*rows, strict=True), strict=True)}
    places = np.array(file_of, np.int32), np.array(numbers_of, np.int64)
    return LabelLines(header, files, *places, cells, digest.hexdigest(), faults)


def read_bytes(path: Path) -> bytes:
    """The bytes of a label file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error


def text_of_file(path: Path, data: bytes) -> str:
    """The text of a label file.

    Raises:
        InputError: it is none.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if not is_text(text):
        raise InputError(f"{path}: expected GazeHub's labels as text in UTF-8, {but_found(path)}.")
    return text


def check_header(path: Path, columns: Sequence[str]) -> None:
    """Refuse a first line that is no header of GazeHub's.

    Raises:
        InputError: naming the file, and the line.
    """
    names = [column.lower() for column in columns]
    if not has_one(names, PICTURES) or not has_one(names, ("3dgaze", "2dgaze", "gaze", "head")):
        raise InputError(
            f"{path}: expected a header as GazeHub's scripts write it, such as '{EXAMPLE}', found "
            f"'{' '.join(columns):.80}'; put the header back as the first line."
        )
    twice = next((column for column, name in zip(columns, names, strict=True) if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path}: the header names the column '{twice}' twice; rename one.")


def has_one(names: Collection[str], wanted: Iterable[str]) -> bool:
    """Whether one of the names is there."""
    return any(name in names for name in wanted)
