"""Steps that many cameras share: light, exposure, focus, motion, noise, sharpening, compression.

Every amount is drawn for each picture on its own. Shape suffixes: N pictures, H height, W width.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.samples.anatomy import Canvas
from gazeaug.samples.shading import Array, blur, column

Bounds = tuple[float, float]

JPEG_BLOCK = 8  # pixels
MOTION_STEPS = 7  # places that a moving picture is averaged over
GAMMA = 2.2


def drawn(bounds: Bounds, n: int, rng: np.random.Generator) -> Array:
    """An amount for each picture, (N, 1, 1), evenly between two bounds."""
    return column(rng.uniform(*bounds, n))


def lit(images_NHW: Array, canvas: Canvas, strength: Bounds, rng: np.random.Generator) -> Array:
    """Light from one side: so much lighter at one edge and darker at the other, as a share."""
    angle = rng.uniform(0, 2 * np.pi, len(images_NHW))
    across, down = canvas.x / np.abs(canvas.x).max(), canvas.y / np.abs(canvas.y).max()
    towards = column(np.cos(angle)) * across + column(np.sin(angle)) * down
    shone: Array = images_NHW * (1 + drawn(strength, len(images_NHW), rng) * towards)
    return shone


def vignetted(images_NHW: Array, canvas: Canvas, strength: Bounds, rng: np.random.Generator) -> Array:
    """Corners darker by a share, with the square of the distance from the middle."""
    square = (canvas.x / np.abs(canvas.x).max()) ** 2 + (canvas.y / np.abs(canvas.y).max()) ** 2
    shaded: Array = images_NHW * (1 - drawn(strength, len(images_NHW), rng) * square / 2)
    return shaded


def exposed(images_NHW: Array, level: Bounds, contrast: Bounds, rng: np.random.Generator) -> Array:
    """Each picture's mean brought to a level, its contrast multiplied."""
    n = len(images_NHW)
    mean = images_NHW.mean(axis=(1, 2), keepdims=True)
    seen: Array = drawn(level, n, rng) + drawn(contrast, n, rng) * (images_NHW - mean)
    return seen


def focused(images_NHW: Array, sigma: Bounds, rng: np.random.Generator) -> Array:
    """Blurred alike in all directions, by a Gaussian of so many pixels."""
    return blur(np.asarray(images_NHW, np.float32), drawn(sigma, len(images_NHW), rng))


def moved(images_NHW: Array, length: Bounds, rng: np.random.Generator) -> Array:
    """Blurred along a line of so many pixels in a random direction, as a hand that moves does."""
    n = len(images_NHW)
    angle = rng.uniform(0, np.pi, n)
    reach = rng.uniform(*length, n)
    places = np.linspace(-0.5, 0.5, MOTION_STEPS)
    parts = [shifted(images_NHW, part * reach * np.cos(angle), part * reach * np.sin(angle)) for part in places]
    mean: Array = np.mean(np.stack(parts), axis=0, dtype=np.float32)
    return mean


def shifted(images_NHW: Array, right: NDArray[np.float64], down: NDArray[np.float64]) -> Array:
    """Each picture moved by its own fractions of pixels, (N,), by bilinear interpolation; edges are repeated."""
    _, height, width = images_NHW.shape
    rows = np.arange(len(images_NHW))[:, None, None]
    y = np.clip(np.arange(height)[None, :, None] - down[:, None, None], 0, height - 1)
    x = np.clip(np.arange(width)[None, None, :] - right[:, None, None], 0, width - 1)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    bottom, end = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    of_y, of_x = (y - top).astype(np.float32), (x - left).astype(np.float32)
    upper = (1 - of_x) * images_NHW[rows, top, left] + of_x * images_NHW[rows, top, end]
    lower = (1 - of_x) * images_NHW[rows, bottom, left] + of_x * images_NHW[rows, bottom, end]
    between: Array = (1 - of_y) * upper + of_y * lower
    return between


def noisy(images_NHW: Array, dark: Bounds, shot: Bounds, rng: np.random.Generator) -> Array:
    """Noise of a sensor in grey levels: `dark` everywhere, and `shot` at level 255, which grows with the root of the
    light.
    """
    n = len(images_NHW)
    variance = drawn(dark, n, rng) ** 2 + drawn(shot, n, rng) ** 2 * np.clip(images_NHW, 0, 255) / 255
    noise = np.sqrt(variance) * rng.standard_normal(images_NHW.shape, dtype=np.float32)
    return np.asarray(images_NHW + noise, np.float32)


def gamma_bent(images_NHW: Array, gamma: Bounds, rng: np.random.Generator) -> Array:
    """A tone curve: grey levels as shares of 255, to a power."""
    shares = np.clip(images_NHW, 0, 255) / np.float32(255)
    bent: Array = 255 * shares ** drawn(gamma, len(images_NHW), rng)
    return bent


def sharpened(images_NHW: Array, amount: Bounds, sigma: float, rng: np.random.Generator) -> Array:
    """Unsharp mask: what a blur takes away is added so many times more, which leaves halos along edges."""
    n = len(images_NHW)
    soft = blur(np.asarray(images_NHW, np.float32), column(np.full(n, sigma)))
    crisp: Array = images_NHW + drawn(amount, n, rng) * (images_NHW - soft)
    return crisp


def as_levels(images_NHW: Array) -> NDArray[np.uint8]:
    """Rounded to the grey levels that a file holds."""
    levels: NDArray[np.uint8] = np.clip(np.rint(images_NHW), 0, 255).astype(np.uint8)
    return levels


def compressed(images_NHW: Array, quality: tuple[int, int], rng: np.random.Generator) -> Array:
    """Through a JPEG file. The eye is cut out of a larger picture, so its corner lies anywhere in a block."""
    n, height, width = images_NHW.shape
    qualities = rng.integers(quality[0], quality[1] + 1, (n,))
    tops, lefts = rng.integers(0, JPEG_BLOCK, (n,)), rng.integers(0, JPEG_BLOCK, (n,))
    pad = ((0, 0), (JPEG_BLOCK, JPEG_BLOCK), (JPEG_BLOCK, JPEG_BLOCK))
    wide = np.pad(as_levels(images_NHW), pad, mode="edge")
    seen = np.empty_like(images_NHW, dtype=np.float32)
    for i, (top, left) in enumerate(zip(tops, lefts, strict=True)):
        file = io.BytesIO()
        frame = wide[i, JPEG_BLOCK - top :, JPEG_BLOCK - left :]
        Image.fromarray(np.ascontiguousarray(frame)).save(file, "JPEG", quality=int(qualities[i]))
        seen[i] = np.asarray(Image.open(file))[top : top + height, left : left + width]
    return seen
