"""A camera that brings out every shadow: contrast limited adaptive equalisation, and highlights cut off.

As video calls with "light correction", dash cams and phones in HDR mode do. CLAHE after Zuiderveld 1994 (Graphics Gems
IV): a histogram for each tile, no bin above a limit, tables of neighbouring tiles mixed. Afterwards the lightest and
the darkest levels are clipped.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.cameras.optics import as_levels, drawn, exposed, focused, lit, noisy
from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.shading import Array

LIGHT = (0.1, 0.5)  # share from the middle to an edge
LEVEL, CONTRAST = (70.0, 150.0), (0.8, 1.3)  # grey levels, factor
FOCUS = (0.5, 1.1)  # pixels
NOISE, SHOT = (1.0, 3.0), (1.5, 5.0)  # grey levels, before contrast is raised
TILES = (2, 3)  # down, across
LIMIT = (1.5, 4.0)  # of a bin, over its share in a flat histogram
STRENGTH = (0.5, 1.0)  # share of the equalised picture in what is kept
CLIPPED = (0.0, 14.0), (215.0, 255.0)  # grey levels that become 0 and 255


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """Light, exposure, focus, noise, local contrast, clipping."""
    n = len(image)
    seen = focused(exposed(lit(image, canvas, LIGHT, rng), LEVEL, CONTRAST, rng), FOCUS, rng)
    levels = as_levels(noisy(seen, NOISE, SHOT, rng))
    share, limits = drawn(STRENGTH, n, rng), rng.uniform(*LIMIT, n)
    local = np.stack([clahe(picture, limit) for picture, limit in zip(levels, limits, strict=True)])
    mixed = (1 - share) * levels + share * local
    black, white = (drawn(bounds, n, rng) for bounds in CLIPPED)
    clipped: Array = 255 * (mixed - black) / (white - black)
    return clipped


def clahe(levels_HW: NDArray[np.uint8], limit: float) -> Array:
    """Contrast limited adaptive equalisation of one picture; `limit` is over the share of a bin in a flat histogram."""
    height, width = levels_HW.shape
    bands = [np.array_split(np.arange(length), n) for length, n in zip((height, width), TILES, strict=True)]
    tables = np.array(
        [[table_of(levels_HW[np.ix_(rows, columns)], limit) for columns in bands[1]] for rows in bands[0]]
    )
    top, of_y = neighbours(bands[0], height)
    left, of_x = neighbours(bands[1], width)
    mixed = np.zeros(levels_HW.shape)
    for down, y_share in ((0, 1 - of_y), (1, of_y)):
        for right, x_share in ((0, 1 - of_x), (1, of_x)):
            table = tables[(top + down)[:, None], (left + right)[None, :], levels_HW]
            mixed += y_share[:, None] * x_share[None, :] * table
    return mixed.astype(np.float32)


def neighbours(bands: list[NDArray[np.int64]], n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each of n pixels the first of the two nearest bands, and the share of the second."""
    middles = np.array([band.mean() for band in bands])
    place = np.interp(np.arange(n), middles, np.arange(len(bands)))
    first = np.minimum(place.astype(int), len(bands) - 2)
    return first, place - first


def table_of(tile: NDArray[np.uint8], limit: float) -> NDArray[np.float64]:
    """(256,): what each level becomes."""
    counts = np.bincount(tile.ravel(), minlength=256).astype(float)
    most = max(1.0, limit * tile.size / 256)
    excess = np.maximum(counts - most, 0).sum()
    table: NDArray[np.float64] = np.cumsum(np.minimum(counts, most) + excess / 256) * (255 / tile.size)
    return table
