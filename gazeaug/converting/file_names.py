"""Names of pictures by a pattern, such as {row:06d}_cropped.png: safe on every disk, and each there once."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from string import Formatter
from typing import Any

import numpy as np

from gazeaug.converting.rows import Rows, as_text, flat_name, is_plain
from gazeaug.errors import InputError
from gazeaug.outputs import LONGEST_NAME_BYTES

ROW, NUMBER, STEM = "row", "number", "path_stem"
PATH = "path"
ENDING = ".png"
DIGITS = re.compile(r"(0?[1-9]\d?)?d?")  # of a whole number: 6d, 06d
UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f\ud800-\udfff]')  # on one of the usual disks
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows' own
MANY = 100_000


@dataclass(frozen=True)
class Part:
    """What stands before a field, and the field; the last has none."""

    text: str
    name: str | None
    """Of the field."""
    spec: str
    label: str | None
    """That the field is from."""


class FileNames:
    """The name of each row's picture.

    Args:
        rows: that are to be written.
        pattern: text with fields in braces; {{ and }} are braces.

    Raises:
        InputError: no such pattern, or it gives names that no file should have.
    """

    def __init__(self, rows: Rows, pattern: str) -> None:
        self._rows, self._pattern = rows, pattern
        self._parts = [self._part(*piece) for piece in self._pieces()]
        fields = [part.name for part in self._parts if part.name is not None]
        if not pattern.lower().endswith(ENDING):
            raise InputError(f"--names {pattern}: must end in {ENDING}, since the pictures are written as PNG.")
        if not fields and rows.n_images > 1:
            raise InputError(
                f"--names {pattern}: gives all {rows.n_images:,} pictures one name; put {{{ROW}}} or another field "
                "into it."
            )
        self._is_counted = len(fields) == 1 and fields[0] in (ROW, NUMBER)

    def of(self, start: int, stop: int) -> list[str]:
        """The names of rows start..stop-1.

        Raises:
            InputError: one is no name that a file should have; the row is said.
        """
        labels = {part.label for part in self._parts if part.label is not None}
        values = {label: self._rows.eyes.read_label(label, start, stop) for label in labels}
        names = []
        for row in range(start, stop):
            name = "".join(
                part.text + ("" if part.name is None else self._formatted(part, row, values, row - start))
                for part in self._parts
            )
            if fault := fault_of(name):
                raise InputError(
                    f"{self._rows.eyes.path}: row {row}: --names {self._pattern} gives {name[:100]!r}, {fault}; choose "
                    "other fields."
                )
            names.append(name)
        return names

    def check(self) -> None:
        """Refuse names that are not safe, or that two rows have, also where only capital letters tell them apart.

        Raises:
            InputError: naming the rows.
        """
        if self._is_counted:
            self.of(0, min(1, self._rows.n_images))
            self.of(self._rows.n_images - 1, self._rows.n_images)
            return
        hashes = array("q", (hash(folded(name)) for _, name in self._all()))
        ordered = np.sort(np.frombuffer(hashes, np.int64))
        again = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
        seen: dict[str, tuple[int, str]] = {}
        for row, name in self._all() if again else ():
            if hash(folded(name)) in again:
                first, as_first = seen.setdefault(folded(name), (row, name))
                if first != row:
                    also = "" if as_first == name else f" and {name!r}, one file where capital letters do not count"
                    raise InputError(
                        f"{self._rows.eyes.path}: rows {first} and {row}: --names {self._pattern} calls both "
                        f"{as_first!r}{also}; put {{{ROW}}} into it."
                    )

    def _all(self) -> Iterator[tuple[int, str]]:
        for start, stop in self._rows.spans():
            yield from enumerate(self.of(start, stop), start)

    def _pieces(self) -> Sequence[tuple[str, str | None, str | None, str | None]]:
        try:
            return list(Formatter().parse(self._pattern))
        except ValueError as error:
            raise InputError(f"--names {self._pattern}: {error}; write {{{{ for a brace.") from error

    def _part(self, text: str, field: str | None, spec: str | None, conversion: str | None) -> Part:
        if field is None:
            return Part(text, None, "", None)
        spec = spec or ""
        label = None if field in (ROW, NUMBER) else self._label_of(field)
        is_whole = label is None or self._rows.eyes.labels[label].dtype.kind in "iu"
        if conversion is not None or (spec and not (is_whole and DIGITS.fullmatch(spec))):
            raise InputError(
                f"--names {self._pattern}: expected {{{field}}}, or {{{field}:06d}} for a whole number with leading "
                "zeros."
            )
        return Part(text, field, spec, label)

    def _label_of(self, field: str) -> str:
        """The label of a field, by its name or by that which a table gives it."""
        labels = self._rows.eyes.labels
        wanted = PATH if field == STEM and STEM not in labels else field
        usable = [
            name
            for name, label in labels.items()
            if label.shape == () and is_plain(label) and label.dtype.kind not in "fb"
        ]
        for name in usable:
            if wanted in (name, flat_name(name)):
                return name
        others = [STEM, *usable] if PATH in usable else usable
        raise InputError(
            f"--names {self._pattern}: no field {{{field}}}; there are "
            f"{', '.join(f'{{{name}}}' for name in (ROW, NUMBER, *map(flat_name, others)))}."
        )

    @staticmethod
    def _formatted(part: Part, row: int, values: dict[str, Any], i: int) -> str:
        if part.label is None:
            return format(row + (part.name == NUMBER), part.spec)
        value = values[part.label][i]
        if part.spec:
            return format(int(value), part.spec)
        text = str(as_text(value, part.label))
        is_stem = part.name == STEM and part.label == PATH
        return PurePosixPath(text.replace("\\", "/")).stem if is_stem else text


def folded(name: str) -> str:
    """A name as a disk sees it that knows no capital letters and one form of each letter."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def fault_of(name: str) -> str:
    """What makes a name one that no picture should have; nothing of one that may be."""
    if found := UNSAFE.search(name):
        return f"which holds {found[0]!r}"
    if name.startswith(" "):
        return "which begins with a blank"
    if name.startswith(".") or not name.removesuffix(name[-len(ENDING) :]).strip(" ."):
        return "which is hidden, or no name"
    if DEVICES.fullmatch(name):
        return "which is a device of Windows"
    if (n_bytes := len(name.encode())) > LONGEST_NAME_BYTES:
        return f"of {n_bytes} bytes, more than the {LONGEST_NAME_BYTES} that a disk takes"
    return ""


def numbered(rows: Rows) -> FileNames:
    """The names where no pattern is given."""
    return FileNames(rows, f"{{{ROW}:08d}}{ENDING}")
