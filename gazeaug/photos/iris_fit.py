"""The iris in a level cut of an eye, found again in its pixels: a dark disc with a brighter ring, between the lids.

The face mesh sees a whole face in 192 pixels and may put the iris a pixel or two beside its place, mostly above it.
What is compared here is the mean step from inside to outside along circles (after Daugman 1993), as far as it lies
between the lids. The sides count most: above and below, the edge of a lid looks like the rim of an iris.

Shape suffixes: K candidates, A angles, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from gazeaug.photos.windows import Points

Array = NDArray[np.float64]

ANGLES = np.deg2rad(np.arange(0, 360, 10))
SIDES = np.abs(np.cos(ANGLES))  # what each angle counts
INSIDE, OUTSIDE = 0.88, 1.12  # circles that are compared, in radii
GLINT = 5  # pixels; bright spots less wide are taken out, since their edges are steeper than any iris'
BLUR = 1.5  # pixels; what is finer is noise of a picture that was smaller
PATIENCE = 6.0  # angles that a candidate must show between the lids before its mean counts in full
LEAST_STEP = 3.0  # grey levels; where no step is larger, nothing was seen
# How much the mesh is believed, as shares of the largest step: 0.13 at the end of the search, 0.08 for a tenth in size.
COST_AWAY = 20.0  # of the squared distance from the mesh's place, in widths of the picture
COST_SIZE = 8.0  # of the squared difference in size
REACH, COARSE, FINE = 0.08, 0.02, 0.005  # of the search, as shares of the width


def fit_iris(image_HW: NDArray[np.uint8], lids_K2: Points, rim_K2: Points) -> Points:
    """Move and scale the rim of an iris to where the picture shows it.

    Args:
        image_HW: a grey level cut of the eye, about 110 pixels wide.
        lids_K2: the lids' outline in its pixels.
        rim_K2: points of the rim as the mesh has them.

    Returns:
        The rim's points, moved; where the picture shows no iris they hardly are.
    """
    centre = rim_K2.mean(axis=0)
    radius = max(float(np.linalg.norm(rim_K2 - centre, axis=1).mean()), 1e-9)
    picture = Image.fromarray(image_HW)
    matt = picture.filter(ImageFilter.MinFilter(GLINT)).filter(ImageFilter.MaxFilter(GLINT))
    outline = Image.new("L", picture.size)
    ImageDraw.Draw(outline).polygon([(float(x), float(y)) for x, y in lids_K2], fill=255)
    search = Search(
        grey=np.asarray(matt.filter(ImageFilter.GaussianBlur(BLUR)), float),
        between=np.asarray(outline.filter(ImageFilter.GaussianBlur(1)), float) / 255,
        mesh=np.array([*centre, radius]),
    )
    found = search.best(search.mesh, REACH, COARSE, (0.9, 1.0, 1.1))
    x, y, new_radius = search.best(found, COARSE, FINE, (0.95, 1.0, 1.05))
    fitted: Points = (rim_K2 - centre) * (new_radius / radius) + (x, y)
    return fitted


@dataclass(frozen=True, kw_only=True)
class Search:
    """For the circle (x, y, radius) that fits the iris of a picture best."""

    grey: Array
    """(H, W), smoothed."""
    between: Array
    """(H, W): 1 between the lids, 0 outside."""
    mesh: Array
    """The circle that the mesh gives."""

    def best(self, around: Array, reach: float, step: float, scales: tuple[float, ...]) -> Array:
        """The best circle of a grid around one, its centre refined to less than a step."""
        width = self.grey.shape[1]
        offsets = np.arange(-reach, reach + step / 2, step) * width
        grid = np.meshgrid(offsets + around[0], offsets + around[1], np.multiply(scales, around[2]), indexing="ij")
        candidates = np.stack(grid, axis=-1)
        scores = self.steps(candidates.reshape(-1, 3)).reshape(candidates.shape[:3])
        away = np.square((candidates[..., :2] - self.mesh[:2]) / width).sum(axis=-1)
        grown = np.square(candidates[..., 2] / self.mesh[2] - 1)
        scores = scores - max(float(scores.max()), LEAST_STEP) * (COST_AWAY * away + COST_SIZE * grown)
        i, j, k = np.unravel_index(int(np.argmax(scores)), scores.shape)
        found: Array = candidates[i, j, k].copy()
        found[0] += peak_beside(scores[:, j, k], int(i)) * step * width
        found[1] += peak_beside(scores[i, :, k], int(j)) * step * width
        return found

    def steps(self, circles_K3: Array) -> Array:
        """(K,): the mean step in grey levels from inside to outside, weighed by side and the lids' opening."""
        x, y, radius = (column[:, None] for column in circles_K3.T)

        def at(image_HW: Array, share: float) -> Array:
            return between_pixels(image_HW, x + share * radius * np.cos(ANGLES), y + share * radius * np.sin(ANGLES))

        weights_KA = SIDES * np.minimum(at(self.between, INSIDE), at(self.between, OUTSIDE))
        steps_KA = at(self.grey, OUTSIDE) - at(self.grey, INSIDE)
        mean: Array = (weights_KA * steps_KA).sum(axis=1) / (weights_KA.sum(axis=1) + PATIENCE)
        return mean


def between_pixels(image_HW: Array, x: Array, y: Array) -> Array:
    """Values at places between pixels, bilinear, the edges repeated."""
    height, width = image_HW.shape
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    column, row = x.astype(np.intp), y.astype(np.intp)
    right, down = x - column, y - row
    flat, at = image_HW.ravel(), row * width + column
    upper = flat[at] * (1 - right) + flat[at + 1] * right
    lower = flat[at + width] * (1 - right) + flat[at + width + 1] * right
    values: Array = upper * (1 - down) + lower * down
    return values


def peak_beside(scores: Array, at: int) -> float:
    """Where between its neighbours the parabola through a best score and them has its top, in steps."""
    if not 0 < at < len(scores) - 1:
        return 0.0
    before, best, after = (float(score) for score in scores[at - 1 : at + 2])
    bend = before + after - 2 * best
    return 0.5 * (before - after) / bend if bend < 0 else 0.0
