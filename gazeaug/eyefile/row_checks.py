"""Rows of a label that cannot be what it says: NaN, infinity, directions without a length; refused by their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError

Rows = int | NDArray[np.int64]
"""The number of the first of some consecutive rows, or the numbers of all of them."""
SHORTEST = 1e-6  # of a direction; below it the rounding of zeros has a direction too
MOST_NAMED = 3


def check_finite(values: NDArray[Any], where: str, rows: Rows = 0) -> None:
    """Refuse NaN and infinity.

    Args:
        values: numbers, (N, ...).
        where: file and label, for messages.
        rows: of the file, for messages.

    Raises:
        InputError: naming the rows.
    """
    is_finite = np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
    refuse(~is_finite, rows, f"{where} must be finite", "NaN or infinity")


def check_directions(vectors: NDArray[Any], where: str, rows: Rows = 0) -> None:
    """Refuse vectors, (N, 3) or (N, 4) of which the fourth number means nothing, that are no directions.

    Args, Raises: as `check_finite`.
    """
    check_finite(vectors, where, rows)
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(np.asarray(vectors, np.float64)[:, :3], axis=1)
    refuse(lengths < SHORTEST, rows, f"{where} must be directions", "vectors of length 0")
    refuse(np.isinf(lengths), rows, f"{where} must be directions", "vectors too long for a number")


def refuse(bad: NDArray[np.bool_], rows: Rows, expected: str, found: str) -> None:
    """Refuse the rows that are marked.

    Raises:
        InputError: naming them.
    """
    places = np.flatnonzero(bad)
    if len(places):
        which = named(numbers(places, rows))
        raise InputError(f"{expected}, found {found} in {which}; correct such rows, or leave them out.")


def numbers(places: NDArray[np.int64], rows: Rows) -> NDArray[np.int64]:
    """Rows of the file, given places among those that were read."""
    found: NDArray[np.int64] = places + rows if isinstance(rows, int) else rows[places]
    return found


def named(rows: NDArray[np.int64]) -> str:
    """The first few rows in words."""
    first = ", ".join(map(str, rows[:MOST_NAMED].tolist()))
    return f"row{'s' if len(rows) > 1 else ''} {first}{' and more' if len(rows) > MOST_NAMED else ''}"
