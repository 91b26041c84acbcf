"""Which rows of a rendered file and of what was refined from it go together.

Pairs are numbered in the order of the refined file. Files are read one after the other, as `eye_files` wants it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.origin import Origin, not_a_twin, same_files
from gazeaug.eyefile.rows import SOURCE, SOURCE_ROW, Span, kept
from gazeaug_studio.eye_files import Seen

Rows = NDArray[np.int64]
DRIFT = "drift_px"


@dataclass(frozen=True, eq=False)
class Side:
    """What is known of one file of a pair."""

    seen: Seen
    n_images: int
    shape: tuple[int, ...]
    """(H, W) or (H, W, 3)."""
    labels: frozenset[str]
    origin: Origin

    @classmethod
    def of(cls, seen: Seen) -> Side:
        """Of a file that is there."""
        with seen.reading() as eyes:
            return cls(seen, eyes.n_images, eyes.image_shape, frozenset(eyes.labels), Origin.of(eyes))

    @property
    def name(self) -> str:
        """Of the file."""
        return self.seen.name


@dataclass(frozen=True, eq=False)
class Pairing:
    """Rows that go together: `rows[k][i]` is the row of pair i in file k, the rendered file first."""

    sides: tuple[Side, ...]
    rows: tuple[Rows, ...]
    how: tuple[str, ...]
    """How they were paired where it is not row by row: a sentence for each refined file that needs one."""
    doubts: tuple[str, ...]
    """What the files say that speaks against the pair, without full stops."""

    @property
    def n_pairs(self) -> int:
        """How many."""
        return len(self.rows[0])

    @property
    def is_resized(self) -> bool:
        """Whether the rendered pictures have another size than the refined ones."""
        return self.sides[0].shape != self.sides[1].shape

    @property
    def facts(self) -> dict[str, object]:
        """The pairing as the page needs it, without its rows."""
        height, width = self.sides[1].shape[:2]
        in_order = all(np.array_equal(rows, np.arange(len(rows))) for rows in self.rows)
        has_drift = [DRIFT in side.labels for side in self.sides[1:]]
        size = {"n_pairs": self.n_pairs, "height": height, "width": width}
        kind = {"in_order": in_order, "is_resized": self.is_resized, "has_drift": has_drift}
        return {**size, **kind, "how": self.how, "doubts": self.doubts}


@lru_cache(maxsize=8)
def paired(*files: Seen) -> Pairing:
    """Rows of a rendered file, which comes first, and of one or two files refined from it.

    Raises:
        InputError: one file is given twice, pictures that cannot be compared, or no rows that go together.
        Refused: a file that has changed or cannot be read.
    """
    if same := same_files([("one side of the pair", seen.path) for seen in files]):
        raise InputError(f"{same[0].text}.")
    before, *refined = sides = [Side.of(seen) for seen in files]
    for after in refined:
        check_pictures(before, after)
    if len({after.shape for after in refined}) > 1:
        sizes = " and ".join(f"{after.name} {size_of(after)}" for after in refined)
        raise InputError(f"The refined pictures have two sizes: {sizes}; compare files of one size.")
    rows, how, doubts = [], [], []
    for after in refined:
        found, said = rows_together(before, after)
        rows.append(found)
        how += [] if said is None else [said]
        doubts += [after.seen.in_folder(text) for text in doubts_of(before.origin, after.origin)]
    return Pairing(tuple(sides), together(rows), tuple(how), tuple(doubts))


def check_pictures(before: Side, after: Side) -> None:
    """Refuse grey beside coloured pictures; raises InputError."""
    if len(before.shape) != len(after.shape):
        kinds = ["coloured" if len(side.shape) == 3 else "grey" for side in (after, before)]
        raise InputError(f"{after.name}: its pictures are {kinds[0]}, those of {before.name} {kinds[1]}.")


def size_of(side: Side) -> str:
    """Like "55 x 35"."""
    return f"{side.shape[1]} x {side.shape[0]}"


def together(pairs: Sequence[tuple[Rows, Rows]]) -> tuple[Rows, ...]:
    """Rows that are in the pairs of each refined file, in the order of the first one."""
    if len(pairs) == 1:
        return pairs[0]
    (one, refined), (other, again) = pairs
    _, at_one, at_other = np.intersect1d(one, other, assume_unique=True, return_indices=True)
    if not len(at_one):
        raise InputError("The two refined files have no row in common; compare files refined from the same rows.")
    order = np.argsort(at_one)
    return one[at_one[order]], refined[at_one[order]], again[at_other[order]]


def rows_together(before: Side, after: Side) -> tuple[tuple[Rows, Rows], str | None]:
    """Rows of each that go together, and how they were found where it is not row by row.

    Raises:
        InputError: numbers of rows that nothing explains, or no rows of this input.
    """
    if SOURCE_ROW in after.labels and SOURCE_ROW not in before.labels:
        return rows_by_source(before, after)
    made, rows = after.origin.provenance, np.arange(after.n_images)
    left_out = [Span(*span) for span in made.get("left_out") or []]
    if left_out and not isinstance(made.get("input"), list):
        spans = [np.arange(span.start, span.stop) for span in kept(0, before.n_images, left_out)]
        found = np.concatenate(spans)[: after.n_images]
        if len(found) == after.n_images:
            return (found, rows), f"{after.name}: rows of {before.name} that could not be read were left out."
    if after.n_images == before.n_images:
        return (rows, rows), None
    if after.n_images < before.n_images and after.n_images == made.get("limit"):
        return (rows, rows), f"{after.name}: holds the first {after.n_images:,} of {before.n_images:,} rows."
    raise InputError(
        f"{after.name}: has {after.n_images:,} rows, {before.name} has {before.n_images:,}, and no label "
        f"'{SOURCE_ROW}' says which belong together; compare a file with the one refined from it."
    )


def rows_by_source(before: Side, after: Side) -> tuple[tuple[Rows, Rows], str]:
    """The rows that the labels `source` and `source_row` say to be of this input; raises InputError."""
    rows = np.arange(after.n_images)
    with after.seen.reading() as eyes:
        numbers = eyes.read_label(SOURCE_ROW, 0, eyes.n_images)
        names = eyes.read_label(SOURCE, 0, eyes.n_images).tolist() if SOURCE in after.labels else None
    if names is not None:
        known = {name: is_name_of(name, before.seen.path) for name in set(names)}
        rows = rows[np.fromiter((known[name] for name in names), bool, len(names))]
    if not len(rows):
        raise InputError(f"{after.name}: none of its rows is from {before.name}, as its label '{SOURCE}' says.")
    found = numbers[rows].astype(np.int64)
    if found.min() < 0 or found.max() >= before.n_images:
        raise InputError(
            f"{after.name}: its label '{SOURCE_ROW}' names row {found.max():,}, but {before.name} has "
            f"{before.n_images:,} rows; it has changed since."
        )
    return (found, rows), f"{after.name}: {len(rows):,} of its {after.n_images:,} rows are from {before.name}."


def is_name_of(name: bytes | str, path: Path) -> bool:
    """Whether a value of `source` names a file: by the last parts of its path."""
    parts = PurePath(name.decode(errors="replace") if isinstance(name, bytes) else name).parts
    return bool(parts) and path.parts[-len(parts) :] == parts


def doubts_of(before: Origin, after: Origin) -> list[str]:
    """What speaks against the two as an input and what was refined from it, also where that had several inputs."""
    made_of = after.provenance.get("input_provenance")
    if isinstance(made_of, list) and before.path.name in after.input_names and dict(before.provenance) in made_of:
        return []
    return [doubt.text for doubt in not_a_twin(before, after)]
