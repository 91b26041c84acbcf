"""A face far away: the eye has 22 to 38 pixels across, and is enlarged afterwards.

Sensor pixels are means over squares; noise is that of those few pixels, so after enlarging it is coarse. Lanczos and
bicubic enlarging ring along edges, more so as the small picture was sharpened, as cameras do.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from benchmarks.cameras.optics import as_levels, exposed, lit, noisy, sharpened
from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.shading import Array

LIGHT = (0.05, 0.35)  # share from the middle to an edge
LEVEL, CONTRAST = (70.0, 145.0), (0.6, 1.0)  # grey levels, factor
SCALE = (0.4, 0.7)  # of the eye's final size
SHARPENING, HALO = (0.3, 1.2), 0.8  # factor, pixels of the small picture
NOISE, SHOT = (1.0, 3.5), (1.0, 4.0)  # grey levels, of the small picture
ENLARGING = (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC)


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """Light, exposure, few pixels, their noise, sharpening, enlarging."""
    _, height, width = image.shape
    bright = exposed(lit(image, canvas, LIGHT, rng), LEVEL, CONTRAST, rng)
    seen = np.empty_like(bright)
    for i, (scale, way) in enumerate(zip(rng.uniform(*SCALE, len(image)), rng.integers(0, 2, len(image)), strict=True)):
        size = round(scale * width), round(scale * height)
        small = np.asarray(Image.fromarray(bright[i]).resize(size, Image.Resampling.BOX))[None]
        small = sharpened(noisy(small, NOISE, SHOT, rng), SHARPENING, HALO, rng)
        kept = Image.fromarray(as_levels(small[0]).astype(np.float32))
        seen[i] = np.asarray(kept.resize((width, height), ENLARGING[way]))
    return seen
