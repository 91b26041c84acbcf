"""Soft edges, bumps and blurs: what pictures of eyes are painted with, one array operation for a whole block.

Shape suffixes: N pictures, H height, W width.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def column(values: NDArray[Any]) -> Array:
    """(N,) to (N, 1, 1), to meet (N, H, W)."""
    return np.asarray(values, np.float32)[:, None, None]


def soft(distance: Any, width: Any) -> Array:
    """0 outside, 1 inside, a smooth edge of about `width` either side of distance 0."""
    ramp = np.clip(distance / (2 * np.float32(width)) + np.float32(0.5), 0, 1)
    edge: Array = ramp * ramp * (3 - 2 * ramp)
    return edge


def bump(distance: Any, width: float) -> Array:
    """A Gaussian of height 1."""
    scaled = distance / np.float32(width)
    height: Array = np.exp(-0.5 * scaled * scaled)
    return height


def blend(below: Any, above: Any, share: Array) -> Array:
    """`above` laid over `below` with an opacity."""
    mixed: Array = below + share * (above - below)
    return mixed


def blur(images_NHW: Array, sigma: Array, reach: int = 3) -> Array:
    """Gaussian blur with a width of its own for each picture; edges are repeated."""
    weights = [np.exp(-0.5 * (i / sigma) ** 2) for i in range(reach + 1)]
    total = weights[0] + 2 * sum(weights[1:])
    for axis in (1, 2):
        pad = [(0, 0), (0, 0), (0, 0)]
        pad[axis] = (reach, reach)
        padded = np.pad(images_NHW, pad, mode="edge")
        n = images_NHW.shape[axis]
        window = [slice(None)] * 3
        blurred = np.zeros_like(images_NHW)
        for i in range(-reach, reach + 1):
            window[axis] = slice(reach + i, reach + i + n)
            blurred += weights[abs(i)] * padded[tuple(window)]
        images_NHW = (blurred / total).astype(np.float32)
    return images_NHW
