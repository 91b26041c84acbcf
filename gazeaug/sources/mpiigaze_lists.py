"""The lists of MPIIGaze's evaluation subset: which eyes there are, in which order.

A list names eyes of its person's days as they were drawn, day after day in no order. A person is therefore read as a
whole: each day once, in the order of days, its listed eyes put where the list has them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from pathlib import Path

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import LeftOut
from gazeaug.preparing.walking import names_in

PERSON_LIST = re.compile(r"p\d+\.txt", re.IGNORECASE)
LISTED = re.compile(r"(day\d+)/(\S+)\s+(left|right)", re.IGNORECASE)

Eye = tuple[str, str]
"""Picture and side."""
Row = tuple[Block, int]
"""A block and the number of a row of it."""


@dataclass(frozen=True, repr=False)
class ListedPerson:
    """The listed eyes of a person."""

    name: str
    days: Sequence[Path]
    """Those that the list names, in natural order."""
    first_day: int
    """Number of the first of them among the days of all persons."""
    eyes: Sequence[tuple[int, str, str]]
    """Place of the day in `days`, picture and side, in the order of the list."""

    def __repr__(self) -> str:
        return f"{self.name} {[day.name for day in self.days]} {self.eyes}"

    def lines_of_days(self) -> list[list[int]]:
        """The lines, counted from 0, that name eyes of each day."""
        found: list[list[int]] = [[] for _ in self.days]
        for line, (day, _, _) in enumerate(self.eyes):
            found[day].append(line)
        return found

    def by_day(self) -> list[list[Eye]]:
        """The eyes of each day, in the order of the list."""
        return [[self.eyes[line][1:] for line in lines] for lines in self.lines_of_days()]


@dataclass(frozen=True)
class NamedEyes:
    """What came of the eyes that a list names of one day."""

    block: Block
    """Those that can be had, in its order."""
    left_out: Mapping[int, LeftOut]
    """The others, by number among all of them."""


def read_lists(folder: Path, days: Sequence[Path], sides: Sequence[str]) -> list[ListedPerson]:
    """The listed eyes of all persons who have days, of the sides that are asked for.

    Raises:
        InputError: a person has no list, or a line is none, or names a day that is not there.
    """
    of_person: dict[str, dict[str, Path]] = {}
    for path in days:
        of_person.setdefault(path.parent.name, {})[path.stem] = path
    people: list[ListedPerson] = []
    n_days, lists = 0, lists_in(folder)
    for name in sorted(of_person, key=natural_order):
        person = read_list(lists.get(name.lower(), folder / f"{name}.txt"), name, of_person[name], sides, n_days)
        n_days += len(person.days)
        people += [person] if person.eyes else []
    return people


def lists_in(folder: Path) -> dict[str, Path]:
    """The lists of a folder by person in small letters; of two in other capitals the one in small letters."""
    found = sorted(folder / path for path in names_in(str(folder)) if PERSON_LIST.fullmatch(path.name))
    return {path.stem.lower(): path for path in found}


def read_list(path: Path, name: str, days: Mapping[str, Path], sides: Sequence[str], first_day: int) -> ListedPerson:
    """The listed eyes of one person; raises as `read_lists`."""
    if not path.is_file():
        raise InputError(f"{path}: missing; --lists names a folder with one pXX.txt for every person.")
    listed: list[tuple[str, str, str]] = []
    stem_of = {stem.lower(): stem for stem in days}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        parts = LISTED.fullmatch(line.strip().replace("\\", "/"))
        if parts is None:
            raise InputError(f"{path}: line {number}: expected 'dayNN/NNNN.jpg left|right', found {line[:60]!r}.")
        day, picture, side = parts[1], parts[2], parts[3].lower()
        if day.lower() not in stem_of:
            raise InputError(f"{path}: line {number}: {name}/{day}.mat is not there.")
        if side in sides:
            listed.append((stem_of[day.lower()], picture, side))
    stems = sorted({day for day, _, _ in listed}, key=natural_order)
    place_of = {stem: place for place, stem in enumerate(stems)}
    eyes = [(place_of[day], picture, side) for day, picture, side in listed]
    return ListedPerson(name, [days[stem] for stem in stems], first_day, eyes)


def read_lines(path: Path) -> list[str]:
    """The lines of a list.

    Raises:
        InputError: it cannot be read as text.
    """
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a list of eyes as text in UTF-8 ({error}).") from error


def notes_on(lists: Path, days: Sequence[Path], people: Sequence[ListedPerson]) -> list[str]:
    """What should be known of lists: those of persons who are not here, and eyes that they name more than once."""
    here = {path.parent.name.lower() for path in days}
    unused = [name for name in sorted(lists_in(lists), key=natural_order) if name not in here]
    notes = [f"{lists}: no person here for {', '.join(f'{name}.txt' for name in unused)}."] if unused else []
    times = Counter((person.name, *eye) for person in people for eye in person.eyes)
    if n := sum(count > 1 for count in times.values()):
        notes.append(f"{lists}: {n:,} eyes are named more than once, and are in the output as often.")
    return notes


def listed_eyes(person: ListedPerson, eyes_of: Callable[[int], NamedEyes]) -> Iterator[Block | LeftOut]:
    """The eyes of a person in the order of the list, and what is left out at its place among them.

    Memory: twice the listed eyes of one person, which are 6 MiB in the official lists, and the days read ahead.

    Args:
        person: whose eyes.
        eyes_of: reads the listed eyes of a day, given its place; raises InputError where the day cannot be read.
    """
    found: list[Row | LeftOut | None] = [None] * len(person.eyes)
    for day, lines in enumerate(person.lines_of_days()):
        try:
            eyes = eyes_of(day)
        except InputError as error:  # the day is told of once, where the list names it first
            found[lines[0]] = LeftOut(f"{person.name}/{person.days[day].name}", str(error))
            continue
        rows = count()
        for number, line in enumerate(lines):
            found[line] = eyes.left_out.get(number) or (eyes.block, next(rows))
    for shape, group in groupby(found, shape_of):
        if shape is None:
            yield from (left for left in group if isinstance(left, LeftOut))
        else:
            yield put_together([row for row in group if isinstance(row, tuple)])


def shape_of(found: Row | LeftOut | None) -> tuple[int, ...] | None:
    """Of the picture of a row; None where there is none."""
    return found[0].images.shape[1:] if isinstance(found, tuple) else None


def put_together(rows: Sequence[Row]) -> Block:
    """Rows of several blocks as one."""
    images = np.stack([block.images[row] for block, row in rows])
    labels = {
        name: np.array([block.labels[name][row] for block, row in rows], values.dtype)
        for name, values in rows[0][0].labels.items()
    }
    return Block(images, labels)
