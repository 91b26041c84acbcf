"""Gaze held against the convention that it is read in: numbers a row, finite values, directions, angles within a turn.

What proves that the convention is another is refused; what only makes it doubtful is a note.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.row_checks import Rows, check_directions, check_finite, named, numbers
from gazeaug.gaze.conventions import AngleConvention, Convention, VectorConvention
from gazeaug.gaze.head_conventions import TurnConvention

FULL_TURN = 2 * np.pi
ROUNDING = 1 + 1e-3  # of a full turn, as a float16 holds it
USUAL_LENGTHS = (0.5, 2.0)  # of vectors that are meant to have length 1
ZERO = 1e-3  # what UnityEyes writes as a fourth number, rounded
WITHIN = np.pi / 2  # degrees; a whole set that looks less far to the side is more likely in radians


def check_shape(label: Label, convention: Convention, where: str) -> None:
    """Refuse a label whose rows cannot be of a convention.

    Args:
        label: of the gaze, or of other angles.
        convention: as its attributes or the user state it.
        where: file and label, for messages.

    Raises:
        InputError: it has another number of numbers a row, or holds no numbers.
    """
    if label.dtype.kind not in "iuf":
        raise InputError(f"{where} must be numbers to be {convention.name}, found {type_of(label)}.")
    widths = (3, 4) if isinstance(convention, VectorConvention) else (2,)  # the fourth number is UnityEyes' 0
    if label.shape not in [(width,) for width in widths]:
        has = f"has {label.shape[0]} numbers a row" if len(label.shape) == 1 else f"has rows of shape {label.shape}"
        raise InputError(
            f"{where} {has}, {convention.name} has {' or '.join(map(str, widths))} ({', '.join(convention.columns)}); "
            "state the convention that it is in (see docs/conventions.md)."
        )


def type_of(label: Label) -> str:
    """What a label holds, in a word."""
    return "text or objects" if label.dtype.kind in "OSU" else str(label.dtype)


def checked(
    values: NDArray[Any], convention: Convention | TurnConvention, where: str, rows: Rows = 0
) -> NDArray[np.float64]:
    """Rows of a gaze as float64, found to be finite, directions, and angles of at most a full turn.

    Args:
        values: (N, numbers of the convention).
        convention: what they are; one of the head's turns too.
        where: file and label, for messages.
        rows: of the file, for messages.

    Raises:
        InputError: naming the rows that are not.
    """
    wide = np.asarray(values, np.float64)
    if isinstance(convention, VectorConvention):
        check_directions(wide, where, rows)
        return wide
    check_finite(wide, where, rows)
    largest = 360.0 if convention.degrees else FULL_TURN
    beyond = np.flatnonzero((np.abs(wide) > largest * ROUNDING).any(axis=1))
    if len(beyond):
        angles = ", ".join(f"{angle:g}" for angle in wide[beyond[0]])
        raise InputError(
            f"{where} is read as {convention.name}, angles in {convention.attributes['units']}, found more than a full "
            f"turn ({angles}) in {named(numbers(beyond, rows))}{'.' if convention.degrees else '; are they degrees?'}"
        )
    return wide


def doubts(label: Label, convention: Convention, smallest: float, largest: float, fourth: float) -> list[str]:
    """What makes a convention doubtful without disproving it, a sentence each.

    Args:
        label: of the gaze.
        convention: that it was read in.
        smallest, largest: length of its vectors, or of its angles' absolute values.
        fourth: largest fourth number of its vectors.
    """
    if fourth > ZERO:
        return [f"the fourth number of its vectors is up to {fourth:.2g} and not 0 as UnityEyes'; it is left out"]
    if isinstance(convention, AngleConvention):
        if convention.degrees and 0 < largest <= WITHIN:
            return [f"all angles are within {largest:.2g} degrees; if they are radians, state another convention"]
        if not convention.degrees and label.dtype.kind in "iu":
            return [f"whole numbers of radians ({label.dtype}); were they rounded, or are they degrees?"]
    elif smallest < USUAL_LENGTHS[0] or largest > USUAL_LENGTHS[1]:
        lengths = " to ".join(dict.fromkeys(f"{length:.4g}" for length in (smallest, largest)))
        return [f"vectors are {lengths} long and not 1; only their direction is taken"]
    return []
