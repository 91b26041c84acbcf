"""How large eyes stand in their pictures, from the landmarks that the set itself carries. Imports no torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gazeaug.eyefile.pixel_labels import are_in_pixels
from gazeaug.eyefile.reader import EyeFile

LIDS = ("interior_margin_2d", "landmarks_2d")  # of `prepare unityeyes` and of `prepare photos`, in one order
CARUNCLE = "caruncle_2d"  # UnityEyes' lids end beside the corner near the nose, its caruncle lies in it
INNER, OUTER = 0, 8
N_ROWS = 512


def eye_scale(eyes: EyeFile) -> dict[str, float]:
    """`eye_width`: distance from corner to corner as a share of the picture's width; empty without landmarks.

    The median over slabs from the beginning, the middle and the end.
    """
    starts = sorted({0, max(0, eyes.n_images // 2 - N_ROWS // 2), max(0, eyes.n_images - N_ROWS)})
    widths = np.concatenate([corner_to_corner(eyes, start, min(start + N_ROWS, eyes.n_images)) for start in starts])
    widths = widths[np.isfinite(widths)]
    return {"eye_width": float(np.median(widths)) / eyes.image_shape[1]} if len(widths) else {}


def corner_to_corner(eyes: EyeFile, start: int, stop: int) -> NDArray[np.float64]:
    """Widths of the eyes of rows start..stop-1 in pixels, (N,); NaN where there are no landmarks."""
    given = {name: eyes.labels[name] for name in LIDS if name in eyes.labels}
    name = next((name for name, label in given.items() if label.shape == (16, 2) and are_in_pixels(label)), None)
    if name is None:
        return np.full(stop - start, np.nan)
    lids = np.asarray(eyes.read_label(name, start, stop), np.float64)
    inner = lids[:, INNER]
    if CARUNCLE in eyes.labels:
        inner = np.asarray(eyes.read_label(CARUNCLE, start, stop), np.float64).mean(1)
    widths: NDArray[np.float64] = np.linalg.norm(lids[:, OUTER] - inner, axis=1)
    return widths
