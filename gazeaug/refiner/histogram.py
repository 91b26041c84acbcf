"""One table of grey levels that gives a whole set the histogram of another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def matching_table(images: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The monotonous table that brings the grey levels of one set to the histogram of another.

    One table for the whole set: pictures keep their differences in exposure, and a label can depend on nothing new.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3).
        wanted: uint8 pictures with the same number of channels.

    Returns:
        uint8 (C, 256): for each channel the new level of each old one.
    """
    channels = images.shape[3] if images.ndim == 4 else 1
    tables = []
    for channel in range(channels):
        given, goal = (part.reshape(-1, channels)[:, channel] for part in (images, wanted))
        counts = np.bincount(given, minlength=256)
        share = (np.cumsum(counts) - counts / 2) / counts.sum()  # of the pixels below the middle of each level
        reached = np.cumsum(np.bincount(goal, minlength=256)) / goal.size
        tables.append(np.searchsorted(reached, share).clip(0, 255).astype(np.uint8))
    return np.stack(tables)


def apply_table(images: NDArray[np.uint8], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Look every pixel up, channel by channel."""
    channels = [images] if images.ndim == 3 else list(np.moveaxis(images, -1, 0))
    looked_up = [levels[channel] for levels, channel in zip(table, channels, strict=True)]
    return looked_up[0] if images.ndim == 3 else np.stack(looked_up, axis=-1)
