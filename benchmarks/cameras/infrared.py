"""An eye tracker that lights the eye with an infrared LED beside its lens.

At 850 nm skin and iris reflect much and nearly alike whatever their colour, the sclera no more than the skin; the pupil
stays dark, for the LED stands off the lens's axis (dark-pupil tracking; Hansen and Ji 2010, "In the eye of the
beholder"). The LED is a hot spot that falls off from one place, its glint is always there, the lens is small and its
corners are dark.
"""

from __future__ import annotations

import numpy as np

from benchmarks.cameras.optics import drawn, exposed, focused, noisy, vignetted
from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.shading import Array, column

LOOKS = {
    "skin": (140.0, 200.0),
    "sclera": (120.0, 180.0),
    "iris": (95.0, 150.0),
    "pupil": (6.0, 18.0),
    "ring": (0.0, 0.15),
    "lid_shadow": (0.05, 0.25),
    "lashes": (0.3, 0.6),
    "glint": (0.9, 1.0),
    "texture": (1.0, 4.0),
}
SPOT, SPOT_SIZE, OFF_MIDDLE = (0.2, 0.9), (14.0, 26.0), 7.0  # share of the light, pixels, pixels
VIGNETTE = (0.2, 0.7)  # share lost in a corner
LEVEL, CONTRAST = (85.0, 150.0), (0.7, 1.2)  # grey levels, factor
FOCUS = (0.5, 1.3)  # pixels
NOISE, SHOT = (1.5, 4.0), (1.0, 5.0)  # grey levels


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """Hot spot, dark corners, exposure, focus, noise."""
    n = len(image)
    x, y = (column(rng.normal(0, OFF_MIDDLE, n)) for _ in range(2))
    square = ((canvas.x - x) ** 2 + (canvas.y - y) ** 2) / drawn(SPOT_SIZE, n, rng) ** 2
    shone = image * (1 + drawn(SPOT, n, rng) * np.exp(-square / 2))
    seen = exposed(vignetted(shone, canvas, VIGNETTE, rng), LEVEL, CONTRAST, rng)
    return noisy(focused(seen, FOCUS, rng), NOISE, SHOT, rng)
