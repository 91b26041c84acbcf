"""A person with glasses under a flickering lamp.

Each lens mirrors windows and screens as bright patches with fairly sharp edges, and its back face a second, weaker
picture beside the first. Lamps on 50 Hz mains flicker at 100 Hz, and a rolling shutter reads rows one after the other:
lighter and darker bands of rows.
"""

from __future__ import annotations

import numpy as np

from benchmarks.cameras.optics import drawn, exposed, focused, lit, noisy, shifted
from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.shading import Array, column, soft

LIGHT = (0.05, 0.3)  # share from the middle to an edge
PATCHES, PATCH_SHARE = 2, 0.55  # at most so many, each there with this probability
PATCH_LIGHT, PATCH_HALF_WIDTH, PATCH_HALF_HEIGHT = (20.0, 90.0), (2.0, 8.0), (1.5, 5.0)  # grey levels, pixels
PATCH_EDGE = 0.7  # pixels
GHOST, GHOST_SHIFT = (0.08, 0.3), (1.2, 3.5)  # share, pixels
BANDS, BAND_PERIOD = (0.03, 0.16), (6.0, 22.0)  # share, rows
LEVEL, CONTRAST = (70.0, 140.0), (0.6, 1.0)  # grey levels, factor
FOCUS = (0.4, 1.0)  # pixels
NOISE, SHOT = (1.5, 4.0), (1.5, 5.0)  # grey levels


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """Light, second picture, patches, exposure, focus, bands of rows, noise."""
    n = len(image)
    seen = lit(image, canvas, LIGHT, rng)
    angle, far = rng.uniform(0, 2 * np.pi, n), rng.uniform(*GHOST_SHIFT, n)
    ghost = drawn(GHOST, n, rng)
    seen = (1 - ghost) * seen + ghost * shifted(seen, far * np.cos(angle), far * np.sin(angle))
    seen = exposed(seen, LEVEL, CONTRAST, rng)
    for _ in range(PATCHES):
        seen = seen + patches(canvas, n, rng)
    seen = focused(seen, FOCUS, rng)
    phase, period = drawn((0, 2 * np.pi), n, rng), drawn(BAND_PERIOD, n, rng)
    seen = seen * (1 + drawn(BANDS, n, rng) * np.sin(2 * np.pi * canvas.y / period + phase))
    return noisy(np.clip(seen, 0, 255), NOISE, SHOT, rng)


def patches(canvas: Canvas, n: int, rng: np.random.Generator) -> Array:
    """A mirrored window each: a slanted rectangle of light, or nothing."""
    x, y = canvas.x - drawn((-27, 27), n, rng), canvas.y - drawn((-17, 17), n, rng)
    slant = drawn((-0.6, 0.6), n, rng)
    across = soft(drawn(PATCH_HALF_WIDTH, n, rng) - np.abs(x + slant * y), PATCH_EDGE)
    down = soft(drawn(PATCH_HALF_HEIGHT, n, rng) - np.abs(y - 0.3 * slant * x), PATCH_EDGE)
    there = column(rng.random(n) < PATCH_SHARE)
    shone: Array = there * drawn(PATCH_LIGHT, n, rng) * across * down
    return shone
