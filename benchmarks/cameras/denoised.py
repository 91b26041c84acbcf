"""A telephone at night: much noise, and software that takes it away with the skin.

Non-local means (Buades, Coll and Morel 2005) as camera firmware runs it, in a small window and stronger than the noise:
flat places become flat, edges stay, weak texture is gone or becomes patches, like water colours. A median takes single
pixels, a sharpening makes up for what was lost.
"""

from __future__ import annotations

import numpy as np

from benchmarks.cameras.optics import drawn, exposed, focused, lit, noisy, sharpened
from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.shading import Array

LIGHT = (0.05, 0.35)  # share from the middle to an edge
LEVEL, CONTRAST = (65.0, 125.0), (0.65, 1.0)  # grey levels, factor
FOCUS = (0.4, 0.8)  # pixels
NOISE, SHOT = (5.0, 12.0), (4.0, 12.0)  # grey levels, before it is taken away
STRENGTH = (12.0, 26.0)  # grey levels that two places may differ by and still be averaged
SEARCH, PATCH = 3, 1  # pixels either side
SHARPENING, HALO = (0.3, 1.0), 0.8  # factor, pixels
LEFT = (0.3, 1.2)  # grey levels of noise after it all


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """Light, focus, strong noise, non-local means, median, sharpening."""
    seen = focused(exposed(lit(image, canvas, LIGHT, rng), LEVEL, CONTRAST, rng), FOCUS, rng)
    seen = np.clip(noisy(seen, NOISE, SHOT, rng), 0, 255)
    seen = median(non_local_means(seen, drawn(STRENGTH, len(image), rng)))
    return noisy(sharpened(seen, SHARPENING, HALO, rng), LEFT, (0, 0), rng)


def non_local_means(images_NHW: Array, strength_N11: Array) -> Array:
    """Each pixel the mean of those around it, weighted by how alike their neighbourhoods are."""
    _, height, width = images_NHW.shape
    pad = ((0, 0), (SEARCH, SEARCH), (SEARCH, SEARCH))
    wide = np.pad(images_NHW, pad, mode="reflect")
    total, weights = np.zeros_like(images_NHW), np.zeros_like(images_NHW)
    for down in range(2 * SEARCH + 1):
        for right in range(2 * SEARCH + 1):
            other = wide[:, down : down + height, right : right + width]
            weight = np.exp(-box_mean((images_NHW - other) ** 2) / strength_N11**2)
            total += weight * other
            weights += weight
    mean: Array = total / weights
    return mean


def box_mean(images_NHW: Array) -> Array:
    """The mean over a square of 2 `PATCH` + 1 pixels; edges are repeated."""
    for axis in (1, 2):
        n = images_NHW.shape[axis]
        pad = [(0, 0)] * 3
        pad[axis] = (PATCH, PATCH)
        wide = np.pad(images_NHW, pad, mode="edge")
        parts = [np.take(wide, range(i, i + n), axis) for i in range(2 * PATCH + 1)]
        images_NHW = np.mean(np.stack(parts), axis=0, dtype=np.float32)
    return images_NHW


def median(images_NHW: Array) -> Array:
    """The middle of each pixel and its four neighbours."""
    _, height, width = images_NHW.shape
    wide = np.pad(images_NHW, ((0, 0), (1, 1), (1, 1)), mode="edge")
    places = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))
    middle: Array = np.median([wide[:, y : y + height, x : x + width] for y, x in places], axis=0)
    return middle
