"""A telephone's front camera held in a moving hand.

Long exposures indoors blur along the movement: 1/15 s at the few degrees a second of a held telephone are some pixels
of an eye crop. The tone curve lifts shadows and the sharpening leaves halos, as camera apps do to please; messengers
send JPEG of quality 25 to 70.
"""

from __future__ import annotations

import numpy as np

from benchmarks.cameras.optics import compressed, exposed, focused, gamma_bent, lit, moved, noisy, sharpened
from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.shading import Array

LIGHT = (0.05, 0.3)  # share from the middle to an edge
LEVEL, CONTRAST = (75.0, 135.0), (0.7, 1.1)  # grey levels, factor
FOCUS, MOTION = (0.4, 0.8), (1.0, 5.0)  # pixels
NOISE, SHOT = (1.0, 2.5), (2.0, 5.0)  # grey levels
GAMMA = (0.6, 0.95)
SHARPENING, HALO = (0.6, 1.6), 1.2  # factor, pixels
QUALITY = (25, 70)


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """Light, movement, noise, tone curve, sharpening, JPEG."""
    seen = exposed(lit(image, canvas, LIGHT, rng), LEVEL, CONTRAST, rng)
    seen = moved(focused(seen, FOCUS, rng), MOTION, rng)
    seen = gamma_bent(noisy(seen, NOISE, SHOT, rng), GAMMA, rng)
    return compressed(sharpened(seen, SHARPENING, HALO, rng), QUALITY, rng)
