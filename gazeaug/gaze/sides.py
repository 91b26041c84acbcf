"""Sides: which eyes stand as left ones do in their pictures, and whether right eyes stand unmirrored beside them.

Trainers of MPIIGaze take an eye for a left one: their own scripts flip right eyes, with gaze and head pose. Unmirrored
ones among them are 0.57 rad from where such a trainer looks for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import h5py

from gazeaug.eyefile.labels import Label, text_of

SIDE_LABELS = ("side", "eye")  # where a side is looked for
MIRRORED_LABEL = "mirrored"
NAMES = {"left": "left", "l": "left", "right": "right", "r": "right"}
UNMIRRORED = (
    "{n:,} right eyes stand unmirrored beside left ones: trainers of MPIIGaze expect right eyes mirrored, with their "
    "gaze and head pose; {how}."
)
UNKNOWN = (
    "'{side}' names {n:,} right eyes, and no label 'mirrored' says whether they are mirrored, as trainers of MPIIGaze "
    "expect, with their gaze and head pose; {how}."
)
BY_PREPARING = "--mirror right does it"
"""`how` of that sentence, for sources that have the option."""


@dataclass(frozen=True)
class Sides:
    """How many eyes stand how; those of several slabs of rows are added up."""

    n_as_left: int = 0
    """Left eyes as they are, and right ones mirrored."""
    n_unmirrored_right: int = 0

    def __add__(self, other: Sides) -> Sides:
        return Sides(self.n_as_left + other.n_as_left, self.n_unmirrored_right + other.n_unmirrored_right)

    @property
    def n_mixed(self) -> int:
        """Right eyes that stand unmirrored beside left ones; 0 where all eyes stand alike."""
        return self.n_unmirrored_right if self.n_as_left else 0


def side_label(labels: Mapping[str, Label]) -> str | None:
    """The label that says the side of an eye in words; None where there is none."""
    return next((name for name in SIDE_LABELS if name in labels and is_words(labels[name])), None)


def is_words(label: Label) -> bool:
    """Whether a label is one text a row, or a number that has a name, as HDF5's enumerations have."""
    is_text = label.dtype.kind == "S" or h5py.check_string_dtype(label.dtype) is not None
    return label.shape == () and (is_text or bool(named_numbers(label)))


def named_numbers(label: Label) -> dict[int, str]:
    """The names of numbers of an enumeration of sides; none of any other label."""
    names = h5py.check_enum_dtype(label.dtype) or {}
    found = {int(number): str(name) for name, number in names.items()}
    return found if any(side_of(name) for name in found.values()) else {}


def in_words(values: Iterable[Any], label: Label) -> Iterable[Any]:
    """Values of such a label as text or bytes."""
    names = named_numbers(label)
    return [names.get(int(value), str(value)) for value in values] if names else values


def mirrored_label(labels: Mapping[str, Label]) -> str | None:
    """The label that says whether an eye was flipped, as one number a row; None where there is none."""
    found = labels.get(MIRRORED_LABEL)
    return MIRRORED_LABEL if found is not None and found.dtype.kind in "biuf" and found.shape == () else None


def side_of(value: Any) -> str | None:
    """A value of such a label as left or right, however it is written (bytes, R, Right); None where it is neither."""
    return NAMES.get(text_of(value).strip().lower())


def count_sides(sides: Iterable[Any], mirrored: Iterable[Any] | None = None) -> Sides:
    """How many eyes stand how, of some rows of a label with sides.

    Args:
        sides: left or right, as text or bytes; others count for nothing.
        mirrored: of the label `mirrored`, as many: whether the eye was flipped; none was where it is None.
    """
    values = list(sides)
    flips = [False] * len(values) if mirrored is None else [bool(flip) for flip in mirrored]
    found = Counter[tuple[str | None, bool]]()
    for (value, flip), n in Counter(zip(values, flips, strict=True)).items():
        found[side_of(value), flip] += n
    return Sides(found["left", False] + found["right", True], found["right", False])


def unmirrored_note(n: int, how: str = BY_PREPARING) -> str:
    """The sentence about right eyes that stand unmirrored beside left ones; `how` says what mirrors them."""
    return UNMIRRORED.format(n=n, how=how)


def unknown_note(n: int, side: str, how: str) -> str:
    """The sentence about right eyes of which no label says whether they are mirrored; args as `unmirrored_note`."""
    return UNKNOWN.format(n=n, side=side, how=how)
