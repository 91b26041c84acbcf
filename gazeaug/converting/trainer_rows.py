"""Rows laid out as pytorch_mpiigaze takes them: p00 to p14 of 3,000 rows each, whatever persons and rows there are.

Source: the asserts of pytorch_mpiigaze (OnePersonDataset and create_dataset).

A person's rows become one group, or several where there are fewer than 15 persons: runs of rows that follow each other,
since neighbours may be near twins and should not be on both sides of a test. Of each run rows are left out, or written
again, spread evenly over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.hdf5 import Columns
from gazeaug.converting.persons import IN_GROUP, renaming_note, shown
from gazeaug.converting.rows import Rows
from gazeaug.errors import InputError
from gazeaug.notes import some

PEOPLE = tuple(f"p{i:02d}" for i in range(15))
N_ROWS = 3000
GOLDEN = (5**0.5 - 1) / 2  # falls in step with no pattern of the rows, such as left, right, left, right


@dataclass(frozen=True)
class Group:
    """A run of the rows of one person, which becomes a group of 3,000 rows."""

    name: str
    person: str
    start: int
    stop: int
    """The run's place among the rows of that person."""

    @property
    def n_rows(self) -> int:
        """Rows of the run."""
        return self.stop - self.start

    def times(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each row at some places of the run is written."""
        each, more = divmod(N_ROWS, self.n_rows)
        if not more:
            return np.full(len(places), each, np.int64)
        times: NDArray[np.int64] = each + (steps(places) < self._bound).astype(np.int64)
        return times

    @cached_property
    def _bound(self) -> float:
        """Below it lie the steps of just those rows that are written once more than the others."""
        n_more = N_ROWS % self.n_rows
        return float(np.partition(steps(np.arange(self.n_rows)), n_more)[n_more])


def steps(places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers in [0, 1) of which those below any bound are spread evenly: fractions of the golden ratio's multiples."""
    found: NDArray[np.float64] = places.astype(np.float64) * GOLDEN % 1
    return found


class Dealing:
    """Hands rows, as they come in order, to their groups, as often as each is written."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups: dict[str, list[Group]] = {}
        for group in groups:
            self._groups.setdefault(group.person, []).append(group)
        self._n_seen = dict.fromkeys(self._groups, 0)

    def deal(self, persons: Sequence[str], columns: Columns) -> tuple[list[str], Columns]:
        """What is written of some rows, given their persons: the group of each row written, and its columns."""
        names, times = self._places(persons)
        written = {name: np.repeat(values, times, axis=0) for name, values in columns.items()}
        return np.repeat(names, times).tolist(), written

    def _places(self, persons: Sequence[str]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
        """The group of each of some rows, and how often the row is written."""
        of_row = np.array(persons, dtype=object)
        names, times = np.empty(len(of_row), dtype=object), np.zeros(len(of_row), np.int64)
        for person in dict.fromkeys(persons):
            rows = np.flatnonzero(of_row == person)
            places = self._n_seen[person] + np.arange(len(rows))
            self._n_seen[person] += len(rows)
            for group in self._groups[person]:
                mine = (places >= group.start) & (places < group.stop)
                names[rows[mine]] = group.name
                times[rows[mine]] = group.times(places[mine] - group.start)
        return names, times


def lay_out(rows: Rows, counts: Mapping[str, int]) -> list[Group]:
    """The 15 groups, given the rows of each person in natural order.

    Raises:
        InputError: there are more than 15 persons, or fewer than 15 rows.
    """
    if len(counts) > len(PEOPLE):
        raise InputError(
            f"{rows.eyes.path}: --for-trainer lays out {len(PEOPLE)} persons, '{rows.person}' names {len(counts)}; "
            "take that many into a file of their own (gazeaug split --by), or name another label with --person."
        )
    if sum(counts.values()) < len(PEOPLE):
        raise InputError(
            f"{rows.eyes.path}: --for-trainer lays out {len(PEOPLE)} groups of rows, found {sum(counts.values())} rows."
        )
    shares = runs(counts)
    names = iter(group_names(shares))
    groups = []
    for person, n_runs in shares.items():
        ends = [i * counts[person] // n_runs for i in range(n_runs + 1)]
        groups += [Group(next(names), person, ends[i], ends[i + 1]) for i in range(n_runs)]
    return groups


def runs(counts: Mapping[str, int]) -> dict[str, int]:
    """How many groups each person becomes: one, and more for those with the most rows a group."""
    shares = dict.fromkeys(counts, 1)
    for _ in range(len(PEOPLE) - len(counts)):
        shares[max(counts, key=lambda person: counts[person] / shares[person])] += 1
    return shares


def group_names(shares: Mapping[str, int]) -> Iterable[str]:
    """p00 to p14, person by person; a person who has one of these names keeps it for the first group."""
    if not set(shares) <= set(PEOPLE):
        return PEOPLE
    free = (name for name in PEOPLE if name not in shares)
    return [person if i == 0 else next(free) for person, n_runs in shares.items() for i in range(n_runs)]


def layout_notes(rows: Rows, groups: Sequence[Group]) -> list[str]:
    """What was left out, written again, split and renamed."""
    n_left_out = sum(max(0, group.n_rows - N_ROWS) for group in groups)
    n_again = sum(max(0, N_ROWS - group.n_rows) for group in groups)
    notes = []
    if n_left_out or n_again:
        most = max(-(-N_ROWS // group.n_rows) for group in groups)
        said = [f"{n_left_out:,} are left out"] if n_left_out else []
        said += [f"{n_again:,} are there again (a row up to {most:,} times)"] if n_again else []
        notes.append(f"rows: p00 to p14 of 3,000 each, spread evenly over {rows.n_images:,} rows: {', '.join(said)}")
    if n_again:
        notes.append("rows: a row that is there again may stand in pytorch_mpiigaze's training and validation alike")
    if not rows.has_persons:
        notes.append("persons: none are named, p00 to p14 are 15 runs of rows; leaving one out tests no other person")
        return notes
    of_person: dict[str, list[str]] = {}
    for group in groups:
        of_person.setdefault(group.person, []).append(group.name)
    if len(of_person) < len(groups):
        named = some(f"{shown(person)} is {' '.join(names)}" for person, names in of_person.items())
        notes.append(
            f"persons: {len(of_person)} became 15 groups, each of one person ({named}): where one is left out, the "
            "same person may be in training"
        )
        return notes
    return [*notes, *renaming_note(rows, {group.person: group.name for group in groups}, IN_GROUP)]
