"""Rows of a table and the pictures that they name, joined where one reading is possible; which one it was is said."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gazeaug.errors import InputError

NAMED_AT_MOST = 3  # in a message

Key = Callable[[str], str]
Keys = Callable[[str], list[str]]


@dataclass
class Join:
    """Rows and pictures, by name, and which of them belong together so far.

    Args:
        table: for messages.
        rows: names as the table has them, each once.
        pictures: paths below `folder`, with forward slashes.
        folder: of the pictures.
    """

    table: Path
    rows: Sequence[str]
    pictures: Sequence[str]
    folder: Path
    row_of: dict[str, str] = field(default_factory=dict)
    """The row's name of each picture that has one."""
    notes: list[str] = field(default_factory=list)

    def made(self) -> Join:
        """Join by one reading of the names after the other, the plainest first.

        Raises:
            InputError: a row fits two pictures, or a picture two rows.
        """
        readings = list(self._readings())
        for words, of_row, of_picture in readings:
            rows, pictures = self._left()
            if rows and pictures:
                self._take(fitting(rows, of_row, pictures, of_picture), words)
        self._by_what_follows_the_common_folder()
        unused, _ = self._left()
        for _, of_row, of_picture in readings if unused else ():
            for row, pictures in fitting(unused, of_row, self.pictures, of_picture).items():
                if pictures:
                    raise self._two_rows(pictures[0], [self.row_of[pictures[0]], row])
        if unused:
            self.notes.append(
                f"{self.table}: {len(unused):,} of {len(self.rows):,} rows name no picture in {self.folder}: "
                f"{first_of(unused)}."
            )
        return self

    def _readings(self) -> Iterator[tuple[str, Key, Keys]]:
        """Words for a reading of the names, the key of a row and those of a picture."""
        yield "", lambda row: row, lambda picture: [picture]
        yield "with / for \\ and without ./", plain, lambda picture: [picture]
        yield "in Unicode's composed form", composed, lambda picture: [composed(picture)]
        yield "without the spaces around them", lambda row: composed(row.strip()), lambda one: [composed(one.strip())]
        yield "without regard to capital letters", folded, lambda picture: [folded(picture)]
        parts, heads = self.folder.resolve().parts, {composed(row).split("/")[0] for row in self.rows}
        for n in range(1, len(parts)):
            if composed(parts[-n]) in heads:
                above = "/".join(parts[-n:])
                yield f"as from {Path(*parts[:-n])} on", composed, partial(below, above)
        yield "", composed, ends

    def _left(self) -> tuple[list[str], list[str]]:
        taken = set(self.row_of.values())
        return [row for row in self.rows if row not in taken], [one for one in self.pictures if one not in self.row_of]

    def _by_what_follows_the_common_folder(self) -> None:
        """Names in a folder that is another one here, where all of them are in it and all pictures have one."""
        rows, pictures = self._left()
        if self.row_of or not rows:
            return
        common = common_folder([composed(row).split("/") for row in rows])
        for n in range(1, len(common) + 1):
            fits = fitting(rows, partial(without_first, n), pictures, lambda picture: [composed(picture)])
            is_whole = all(fits.values()) and len(fits) == len(pictures)
            name = self.folder.resolve().name
            is_another = common[n - 1] != name and without_digits(common[n - 1]) == without_digits(name)
            if is_whole and not is_another:
                self._take(fits, f"without their folder {'/'.join(common[:n])}")
                return

    def _take(self, fits: Mapping[str, Sequence[str]], reading: str) -> None:
        """Join every row to the one picture that it fits."""
        rows_of: dict[str, list[str]] = defaultdict(list)
        for row, pictures in fits.items():
            if len(pictures) > 1:
                raise InputError(f"{self.table}: the row '{row}' fits {len(pictures)} pictures: {first_of(pictures)}.")
            for picture in pictures:
                rows_of[picture].append(row)
        for picture, rows in rows_of.items():
            if len(rows) > 1:
                raise self._two_rows(picture, rows)
            self.row_of[picture] = rows[0]
        if rows_of and reading:
            self.notes.append(f"{self.table}: names are read {reading} ({len(rows_of):,} of {len(self.rows):,}).")

    def _two_rows(self, picture: str, rows: Sequence[str]) -> InputError:
        return InputError(f"{self.table}: {len(rows)} rows name the picture {picture}: {first_of(rows)}.")


def fitting(rows: Iterable[str], of_row: Key, pictures: Iterable[str], of_picture: Keys) -> dict[str, list[str]]:
    """The pictures that have the key of a row among theirs, by row."""
    by_key: dict[str, list[str]] = defaultdict(list)
    for picture in pictures:
        for key in of_picture(picture):
            by_key[key].append(picture)
    return {row: by_key.get(of_row(row), []) for row in rows}


def plain(name: str) -> str:
    """A path with forward slashes, and no part that says nothing."""
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))


def composed(name: str) -> str:
    """A plain path in Unicode's composed form (NFC), in which é is one character."""
    return unicodedata.normalize("NFC", plain(name))


def folded(name: str) -> str:
    """A plain path in small letters."""
    return composed(name).casefold()


def below(above: str, picture: str) -> list[str]:
    """A picture's path with the folders above it."""
    return [composed(f"{above}/{picture}")]


def ends(picture: str) -> list[str]:
    """A picture's path without one, two or more of the folders that it begins with."""
    parts = composed(picture).split("/")
    return ["/".join(parts[n:]) for n in range(1, len(parts))]


def without_first(n: int, row: str) -> str:
    """A row's path without the first folders."""
    return "/".join(composed(row).split("/")[n:])


def common_folder(paths: Sequence[Sequence[str]]) -> list[str]:
    """The parts with which all paths begin, but for their names."""
    common = list(paths[0][:-1])
    for path in paths:
        n = next((i for i, (a, b) in enumerate(zip(common, path[:-1], strict=False)) if a != b), len(path) - 1)
        common = common[:n]
    return [] if ".." in common else common


def without_digits(name: str) -> str:
    """A name whose numbers do not count: p00 and p01 are two of one kind."""
    return re.sub(r"\d+", "#", name)


def first_of(names: Sequence[str]) -> str:
    """The first names, for a message."""
    more = f" and {n:,} more" if (n := len(names) - NAMED_AT_MOST) > 0 else ""
    return ", ".join(f"'{name}'" for name in names[:NAMED_AT_MOST]) + more
