"""Differentiable augmentation of what a discriminator sees, so that it does not overfit to a few real pictures.

Real and refined pictures are changed alike, and the refiner's gradient goes through the change: Zhao et al. 2020,
"Differentiable Augmentation for Data-Efficient GAN Training". Nothing that is refined or exported is changed.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor

N_NUMBERS = 6  # random numbers that change a picture
SHIFT, CUT = 1 / 8, 1 / 2  # of the side: the furthest shift, the side of the rectangle that is blanked
BRIGHTNESS, CONTRAST = 0.5, 0.5  # furthest up or down, in -1..1; as a share


def diff_augment(images_NCHW: Tensor, numbers_NK: Tensor) -> Tensor:
    """Shift (edges repeated), blank a rectangle, change contrast and brightness, each picture in its own way.

    Args:
        images_NCHW: float pictures in -1..1.
        numbers_NK: (N, `N_NUMBERS`) uniform in 0..1, on the pictures' device.

    Returns:
        Float (N, C, H, W), at times beyond -1..1.
    """
    height, width = images_NCHW.shape[2:]
    x = torch.arange(width, device=images_NCHW.device)[None, None, None, :]
    y = torch.arange(height, device=images_NCHW.device)[None, None, :, None]
    left, up, cut_x, cut_y, contrast, brightness = numbers_NK[:, :, None, None, None].unbind(1)
    columns = (x + moved(left, width)).clamp(0, width - 1)
    rows = (y + moved(up, height)).clamp(0, height - 1)
    changed = images_NCHW.gather(3, columns.expand_as(images_NCHW)).gather(2, rows.expand_as(images_NCHW))
    inside = ((x - cut_x * width).abs() < CUT / 2 * width) & ((y - cut_y * height).abs() < CUT / 2 * height)
    changed = torch.where(inside, 0.0, changed)
    middle = changed.mean((1, 2, 3), keepdim=True)
    factor, more = 1 + CONTRAST * (2 * contrast - 1), BRIGHTNESS * (2 * brightness - 1)
    return (changed - middle) * factor + middle + more


def moved(number: Tensor, side: int) -> Tensor:
    """A uniform number as a whole shift of up to `SHIFT` of a side either way."""
    return ((2 * number - 1) * SHIFT * side).round().long()
