"""The gaze of an eye file: the label that holds it, read in the convention that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.eyefile.labels import Label
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.gaze.conventions import (
    CONVENTIONS,
    GAZE_LABELS,
    Convention,
    VectorConvention,
    agrees,
    convention_of,
    find_gaze,
)

PITCHYAW = CONVENTIONS["mpiigaze"]


@dataclass(frozen=True)
class KnownGaze:
    """A label with gaze, and what its numbers mean."""

    label: str
    convention: Convention

    def look_vec(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Rows of the label as (N, 3) unit vectors in UnityEyes' frame."""
        return self.convention.to_look_vec(values)

    def pitchyaw(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Rows of the label as (N, 2) pitch (up positive) and yaw (image-left positive) in radians.

        Where they are just that they stay as they are, to the last bit.
        """
        if self.convention is PITCHYAW:
            return np.asarray(values, np.float64)
        if isinstance(self.convention, VectorConvention):  # brought to length 1 once, not twice
            return look_vec_to_pitchyaw(np.asarray(values, np.float64)[:, :3] * self.convention.signs)
        return PITCHYAW.of_look_vec(self.look_vec(values))


def known_gaze(labels: Mapping[str, Label], where: str, *, convention: str | None = None) -> KnownGaze | None:
    """The gaze of a file where its convention is known; None where there is none or it is not.

    Args:
        labels: of the file.
        where: the file, for messages.
        convention: as the user states it; a name of `CONVENTIONS`.

    Raises:
        InputError: a convention is stated, but it is none, or not that of the file.
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
        InputError: it has none, or its convention is not known.
    """
    label = find_gaze(labels, where)
    attributes = labels[label].attributes
    return KnownGaze(label, convention_of(attributes, f"{where}: label '{label}'", stated=convention))
