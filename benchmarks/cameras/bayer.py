"""A bare industrial sensor: one colour a pixel, the others guessed from its neighbours.

The eye is coloured (skin and iris reddish or, the iris, bluish; the ball nearly white), the lamp too. Pixels lie in
RGGB squares (Bayer 1976, US 3,971,065); bilinear demosaicing leaves zippers and fringes along edges, white balance
multiplies red and blue and their noise, and its error leaves a faint grid on flat places. Then all is turned to grey as
in JFIF: 0.299 R + 0.587 G + 0.114 B.
"""

from __future__ import annotations

import numpy as np

from benchmarks.cameras.optics import drawn, exposed, focused, gamma_bent, lit, noisy
from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.shading import Array, soft

LIGHT = (0.05, 0.3)  # share from the middle to an edge
LEVEL, CONTRAST = (80.0, 140.0), (0.75, 1.15)  # grey levels, factor
FOCUS = (0.2, 0.45)  # pixels: no filter before the sensor
SKIN_RED, SKIN_BLUE = (1.1, 1.35), (0.6, 0.85)  # over green
IRIS_RED, IRIS_BLUE = (0.7, 1.4), (0.6, 1.5)
LAMP_RED, LAMP_BLUE = (0.55, 0.95), (0.4, 0.9)  # what the sensor sees of them
BALANCE = (0.9, 1.1)  # of red and blue afterwards, 1 where it is right
NOISE, SHOT = (1.0, 4.0), (2.0, 6.0)  # grey levels
GAMMA = (0.75, 1.0)
GREY = (0.299, 0.587, 0.114)
NEUTRAL = np.ones((1, 1, 1), np.float32)


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """Light, focus, colour, mosaic, noise, demosaicing, white balance, grey."""
    n = len(image)
    seen = focused(exposed(lit(image, canvas, LIGHT, rng), LEVEL, CONTRAST, rng), FOCUS, rng)
    iris = soft(1 - canvas.iris_distance, 0.1) * canvas.open
    ways = ((SKIN_RED, IRIS_RED, LAMP_RED), None, (SKIN_BLUE, IRIS_BLUE, LAMP_BLUE))
    top, left = rng.integers(0, 2, 2)  # where the crop begins in the mosaic
    seen_grey = np.zeros_like(seen)
    for channel, (way, weight) in enumerate(zip(ways, GREY, strict=True)):
        scene, lamp, balance = seen, NEUTRAL, NEUTRAL
        if way is not None:
            of_skin, of_iris, of_lamp = (drawn(bounds, n, rng) for bounds in way)
            tint = 1 + (of_skin - 1) * (1 - canvas.open) + (of_iris - 1) * iris
            scene = np.asarray(seen * tint, np.float32)
            lamp, balance = of_lamp, drawn(BALANCE, n, rng)
        raw = np.clip(noisy(scene * lamp, NOISE, SHOT, rng), 0, 255)
        seen_grey += weight * balance / lamp * demosaiced(raw, channel, int(top), int(left))
    return gamma_bent(seen_grey, GAMMA, rng)


def demosaiced(raw_NHW: Array, channel: int, top: int, left: int) -> Array:
    """One colour at every pixel, from those pixels that have it: bilinear, the mean of the nearest."""
    _, height, width = raw_NHW.shape
    odd_row, odd_column = (np.arange(height)[:, None] + top) % 2, (np.arange(width)[None] + left) % 2
    own = (odd_row + odd_column == channel).astype(np.float32)  # R at (0, 0), G where they differ, B at (1, 1)
    values, counts = (convolved(given) for given in (raw_NHW * own, np.broadcast_to(own, (1, height, width))))
    full: Array = np.where(own > 0, raw_NHW, values / counts)
    return full


def convolved(images_NHW: Array) -> Array:
    """With 1 2 1 across and down; nothing beyond the edges."""
    for axis in (1, 2):
        n = images_NHW.shape[axis]
        pad = [(0, 0)] * 3
        pad[axis] = (1, 1)
        wide = np.pad(images_NHW, pad)
        first, own, last = (np.take(wide, range(i, i + n), axis) for i in range(3))
        images_NHW = first + 2 * own + last
    return images_NHW
