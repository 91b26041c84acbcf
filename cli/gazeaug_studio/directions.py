"""The gaze of rows as it is shown: directions and angles, NaN in rows that have none.

Shape suffixes: N rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import LOOK_VEC, EyeFile
from gazeaug.eyefile.row_checks import SHORTEST
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.gaze.checks import FULL_TURN, ROUNDING
from gazeaug.gaze.conventions import CONVENTIONS, VectorConvention
from gazeaug.gaze.label import KnownGaze, known_gaze


@dataclass(frozen=True)
class ShownGaze:
    """The gaze of a file as far as it is known, and what is to be said of it."""

    known: KnownGaze | None
    doubts: tuple[str, ...] = ()


def gaze_of(eyes: EyeFile) -> ShownGaze:
    """The gaze that is drawn: a look_vec that says no frame is taken for UnityEyes', and that is said."""
    try:
        known = known_gaze(eyes.labels, eyes.path.name)
    except InputError as error:
        return ShownGaze(None, (str(error),))
    if known is not None:
        return ShownGaze(known)
    label = eyes.labels.get(LOOK_VEC)
    if label is not None and "frame" not in label.attributes:
        said = f"'{LOOK_VEC}' does not say its frame; it is shown as UnityEyes' (x right, y up, z forward)."
        return ShownGaze(KnownGaze(LOOK_VEC, CONVENTIONS["unityeyes"], f"{eyes.path.name}: '{LOOK_VEC}'"), (said,))
    return ShownGaze(None)


def directions(gaze: KnownGaze, values: NDArray[Any]) -> NDArray[np.float64]:
    """Rows of a gaze as (N, 3) unit vectors in UnityEyes' frame, NaN where a row is no direction."""
    wide = np.asarray(values, np.float64)
    is_one = are_directions(gaze, wide)
    if is_one.all():
        return gaze.convention.to_look_vec(wide)
    found = np.full((len(wide), 3), np.nan)
    found[is_one] = gaze.convention.to_look_vec(wide[is_one])
    return found


def are_directions(gaze: KnownGaze, wide: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows `gazeaug.gaze.checks.checked` would let pass, (N,)."""
    convention = gaze.convention
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.isfinite(wide).all(axis=1)
        if isinstance(convention, VectorConvention):
            lengths = np.linalg.norm(wide[:, :3], axis=1)
            return np.asarray(found & (lengths >= SHORTEST) & np.isfinite(lengths))
        largest = 360.0 if convention.degrees else FULL_TURN
        return np.asarray(found & (np.abs(wide) <= largest * ROUNDING).all(axis=1))


def angles_of(look_vec_N3: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pitch (up positive) and yaw (image-left positive) in degrees, (N, 2); NaN stays."""
    with np.errstate(invalid="ignore"):
        return np.rad2deg(look_vec_to_pitchyaw(look_vec_N3))
