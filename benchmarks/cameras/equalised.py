"""The sample camera, and every picture's histogram made flat afterwards, as MPIIGaze's eyes come.

Zhang et al. 2015, "Appearance-based gaze estimation in the wild": the normalised eyes are equalised. The formula is
that of OpenCV's equalizeHist.
"""

from __future__ import annotations

import numpy as np

from benchmarks.cameras.optics import as_levels
from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.renderer import photograph as sample
from gazeaug.samples.shading import Array


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """The sample camera, equalised."""
    return np.stack([equalize_hist(levels) for levels in as_levels(sample(image, canvas, rng))]).astype(np.float32)


def equalize_hist(levels_HW: np.ndarray) -> np.ndarray:
    """cv2.equalizeHist: each level to the share of pixels at or below it, the darkest present to 0."""
    counts = np.bincount(levels_HW.ravel(), minlength=256)
    below = np.cumsum(counts)
    lowest = counts[counts > 0][0]
    if lowest == levels_HW.size:
        return levels_HW
    table = np.rint((below - lowest) * (255 / (levels_HW.size - lowest)))
    flat: np.ndarray = np.clip(table, 0, 255)[levels_HW]
    return flat
