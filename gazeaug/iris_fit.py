"""The iris in a level cut of an eye, found again in its pixels: a dark disc with a brighter ring, between the lids.

The face mesh sees a whole face in 192 pixels and may put the iris a pixel or two beside its place. What is compared
here is the mean step from inside to outside along circles (after Daugman 1993), as far as it lies between the lids.

Shape suffixes: K candidates, A angles, H height, W width.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from gazeaug.windows import Points

Array = NDArray[np.float64]

ANGLES = np.deg2rad(np.arange(0, 360, 15))
INSIDE, OUTSIDE = 0.82, 1.18  # circles that are compared, in radii
STEEPEST = 60.0  # grey levels; glints and lashes make steeper steps, which count no more than this
PATIENCE = 4.0  # angles that a candidate must show between the lids before its mean counts in full
# How much the mesh is believed: on photographs it is the steadier one, on rendered eyes the one that is further off.
TRUST = 0.01  # share of the mesh's own step that each squared hundredth of the width away from it costs
LEAST_STEP = 3.0  # grey levels that this share is taken of, at least
LEAST_GAIN = 1.25  # the best circle's step over that of the mesh's, below which the mesh is kept
FAR, COARSE, FINE = 0.08, 0.02, 0.01  # reach and steps of the search, as shares of the width


def fit_iris(image_HW: NDArray[np.uint8], lids_K2: Points, rim_K2: Points) -> Points:
    """Move and scale the rim of an iris to where the picture shows it, if it shows it clearly elsewhere.

    Args:
        image_HW: a grey level cut of the eye, about 110 pixels wide.
        lids_K2: the lids' outline in its pixels.
        rim_K2: points of the rim as the mesh has them.

    Returns:
        The rim's points, moved.
    """
    centre = rim_K2.mean(axis=0)
    radius = float(np.linalg.norm(rim_K2 - centre, axis=1).mean())
    picture = Image.fromarray(image_HW)
    grey = np.asarray(picture.filter(ImageFilter.GaussianBlur(1)), float)
    outline = Image.new("L", picture.size)
    ImageDraw.Draw(outline).polygon([(float(x), float(y)) for x, y in lids_K2], fill=255)
    between = np.asarray(outline.filter(ImageFilter.GaussianBlur(1)), float) / 255
    width = image_HW.shape[1]

    given = np.array([[*centre, radius]])
    own_step = float(steps(grey, between, given)[0])
    cost = TRUST * max(own_step, LEAST_STEP)

    def best(around: Array, reach: float, step: float, scales: tuple[float, ...]) -> tuple[Array, float]:
        offsets = np.arange(-reach, reach + step / 2, step) * width
        x, y, scale = np.meshgrid(offsets + around[0], offsets + around[1], scales, indexing="ij")
        candidates = np.stack([x.ravel(), y.ravel(), scale.ravel() * around[2]], axis=1)
        far = np.square((candidates[:, :2] - centre) * (100 / width)).sum(axis=1)
        scores = steps(grey, between, candidates) - cost * far
        leading = np.argsort(-scores)[:8]
        weights = np.exp(scores[leading] - scores[leading[0]])
        mean: Array = weights @ candidates[leading] / weights.sum()
        return mean, float(scores[leading[0]])

    found, _ = best(given[0], FAR, COARSE, (0.88, 1.0, 1.12))
    found, score = best(found, COARSE, FINE, (0.94, 1.0, 1.06))
    if score < LEAST_GAIN * own_step:
        return rim_K2
    fitted: Points = (rim_K2 - centre) * (found[2] / max(radius, 1e-9)) + found[:2]
    return fitted


def steps(grey_HW: Array, between_HW: Array, candidates_K3: Array) -> Array:
    """For circles (x, y, radius) the mean step in grey levels from inside to outside, weighed by the lids' opening."""
    x, y, radius = (column[:, None] for column in candidates_K3.T)

    def at(image_HW: Array, share: float) -> Array:
        rows = np.rint(y + share * radius * np.sin(ANGLES)).astype(int).clip(0, image_HW.shape[0] - 1)
        columns = np.rint(x + share * radius * np.cos(ANGLES)).astype(int).clip(0, image_HW.shape[1] - 1)
        values: Array = image_HW[rows, columns]
        return values

    weights_KA = np.minimum(at(between_HW, INSIDE), at(between_HW, OUTSIDE))
    steps_KA = np.clip(at(grey_HW, OUTSIDE) - at(grey_HW, INSIDE), -STEEPEST / 3, STEEPEST)
    mean: Array = (weights_KA * steps_KA).sum(axis=1) / (weights_KA.sum(axis=1) + PATIENCE)
    return mean
