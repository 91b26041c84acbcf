"""A webcam of 2005 in a dim room.

Its sensor has few, small pixels: gain is high, so noise is strong and spread over neighbours by the driver's enlarging.
A CCD smears: charge runs down the columns of bright places while it is read out (Healey and Kondepudy 1994 on CCD
noise; vertical smear in any CCD data sheet). USB 1.1 leaves few bits: 16 to 40 grey levels, which band, and MJPEG of
quality 12 to 35, whose blocks show.
"""

from __future__ import annotations

import numpy as np

from benchmarks.cameras.optics import compressed, drawn, exposed, focused, lit, noisy
from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.shading import Array

LIGHT = (0.1, 0.45)  # share from the middle to an edge
LEVEL, CONTRAST = (50.0, 105.0), (0.6, 1.0)  # grey levels, factor
FOCUS = (0.5, 0.9)  # pixels
NOISE, SHOT = (4.0, 10.0), (4.0, 10.0)  # grey levels
SPREAD = (0.4, 0.7)  # pixels, of noise and picture by the driver
SMEAR, BRIGHT = (0.05, 0.3), 0.5  # share of a column's light; of it counts what is above this share of the range
N_LEVELS = (16, 40)
QUALITY = (12, 35)


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """Light, focus, smear, gain and its noise, few levels, JPEG."""
    n = len(image)
    seen = focused(exposed(lit(image, canvas, LIGHT, rng), LEVEL, CONTRAST, rng), FOCUS, rng)
    lowest, highest = (np.quantile(seen, share, axis=(1, 2), keepdims=True) for share in (0.02, 0.98))
    excess = np.maximum(seen - lowest - BRIGHT * (highest - lowest), 0)
    seen = seen + drawn(SMEAR, n, rng) * (excess.mean(axis=1, keepdims=True) + 0.3 * np.cumsum(excess, axis=1) / 9)
    seen = focused(noisy(seen, NOISE, SHOT, rng), SPREAD, rng)
    step = 256 / np.round(drawn(N_LEVELS, n, rng))
    banded = (np.floor(np.clip(seen, 0, 255) / step) + 0.5) * step
    return compressed(np.asarray(banded, np.float32), QUALITY, rng)
