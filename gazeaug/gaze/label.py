"""The gaze of an eye file: the label that holds it, read in the convention that is known of it.

Everything that reads a gaze does so through `KnownGaze`, which refuses rows that have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.reader import GAZE_LABELS, EyeFile
from gazeaug.eyefile.row_checks import Rows
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.gaze.checks import check_shape, checked, doubts
from gazeaug.gaze.conventions import (
    CONVENTIONS,
    Convention,
    VectorConvention,
    agrees,
    convention_of,
    find_gaze,
)

PITCHYAW = CONVENTIONS["mpiigaze"]
SCAN_ROWS = 1 << 16


@dataclass(frozen=True)
class KnownGaze:
    """A label with gaze, and what its numbers mean."""

    label: str
    convention: Convention
    where: str
    """File and label, for messages."""

    def look_vec(self, values: NDArray[Any], rows: Rows = 0) -> NDArray[np.float64]:
        """Rows of the label as (N, 3) unit vectors in UnityEyes' frame.

        Args:
            values: as the label has them.
            rows: their numbers, for messages.

        Raises:
            InputError: rows that are no direction; they are named.
        """
        return self.convention.to_look_vec(checked(values, self.convention, self.where, rows))

    def pitchyaw(self, values: NDArray[Any], rows: Rows = 0) -> NDArray[np.float64]:
        """Rows of the label as (N, 2) pitch (up positive) and yaw (image-left positive) in radians.

        Where they are just that, but for order and signs, they stay as they are, to the last bit. Args, Raises: as
        `look_vec`.
        """
        wide = checked(values, self.convention, self.where, rows)
        if self.convention is PITCHYAW:
            return wide
        if isinstance(self.convention, VectorConvention):  # brought to length 1 once, not twice
            return look_vec_to_pitchyaw(wide[:, :3] * self.convention.signs)
        return self.convention.to_pitchyaw(wide)

    def faults(self, values: NDArray[Any], rows: NDArray[np.int64]) -> dict[int, str]:
        """Places among the values that hold no direction, each with the reason; args as `look_vec`."""
        found = {}
        for place in range(len(values)) if self._fault(values, rows) else ():
            if reason := self._fault(values[place : place + 1], rows[place : place + 1]):
                found[place] = reason
        return found

    def _fault(self, values: NDArray[Any], rows: NDArray[np.int64]) -> str:
        try:
            checked(values, self.convention, self.where, rows)
        except InputError as error:
            return str(error)
        return ""


def scan_gaze(eyes: EyeFile, gaze: KnownGaze) -> list[str]:
    """All rows of a file's gaze found to be directions; what makes its convention doubtful, a sentence each.

    Raises:
        InputError: rows that are no direction; they are named.
    """
    smallest, largest, fourth = np.inf, 0.0, 0.0
    for start in range(0, eyes.n_images, SCAN_ROWS):
        values = eyes.read_label(gaze.label, start, min(start + SCAN_ROWS, eyes.n_images))
        wide = checked(values, gaze.convention, gaze.where, start)
        is_vector = isinstance(gaze.convention, VectorConvention)
        sizes = np.linalg.norm(wide[:, :3], axis=1) if is_vector else np.abs(wide)
        smallest, largest = min(smallest, float(sizes.min())), max(largest, float(sizes.max()))
        fourth = max(fourth, float(np.abs(wide[:, 3:]).max(initial=0)))
    return doubts(eyes.labels[gaze.label], gaze.convention, smallest, largest, fourth)


def known_gaze(labels: Mapping[str, Label], where: str, *, convention: str | None = None) -> KnownGaze | None:
    """The gaze of a file where its convention is known; None where there is none or it is not.

    Args:
        labels: of the file.
        where: the file, for messages.
        convention: as the user states it; a name of `CONVENTIONS`.

    Raises:
        InputError: a convention is stated, but it is none, or not that of the file; or the label's shape is another.
    """
    if not any(name in labels for name in GAZE_LABELS):
        return None
    attributes = labels[find_gaze(labels, where)].attributes
    if convention is None and not any(agrees(each, attributes) for each in CONVENTIONS.values()):
        return None
    return needed_gaze(labels, where, convention=convention)


def needed_gaze(labels: Mapping[str, Label], where: str, *, convention: str | None = None) -> KnownGaze:
    """The gaze of a file that must have one.

    Raises:
        InputError: it has none, or its convention is not known, or the label's shape is that of another.
    """
    label = find_gaze(labels, where)
    place = f"{where}: label '{label}'"
    found = convention_of(labels[label].attributes, place, stated=convention)
    check_shape(labels[label], found, place)
    return KnownGaze(label, found, place)
