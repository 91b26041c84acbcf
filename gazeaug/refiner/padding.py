"""Edges repeated round pictures, with gradients that are summed in a fixed order where one is asked for; local means.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def replicate_pad(images_NCHW: Tensor, reach: int) -> Tensor:
    """Pictures with their edges repeated `reach` pixels to every side.

    CUDA's own gradient of this adds by atomics, in no fixed order, and torch's deterministic one indexes every pixel.
    So under `torch.use_deterministic_algorithms` the gradient is `ReplicatePad`'s: the same sums by slices.
    """
    if torch.are_deterministic_algorithms_enabled():
        padded: Tensor = ReplicatePad.apply(images_NCHW, reach)  # type: ignore[no-untyped-call]
        return padded
    return F.pad(images_NCHW, (reach,) * 4, mode="replicate")


def local_mean(images_NCHW: Tensor, side: int) -> Tensor:
    """Over squares of pixels of an odd side; edges are repeated."""
    return smoothed(images_NCHW, side)


def smoothed(images_NCHW: Tensor, *sides: int) -> Tensor:
    """Means over squares of each of these sides in turn; edges are repeated.

    As two matrix products, in the precision of the pictures: CUDA needs many times as long to pool one channel.

    Args:
        images_NCHW: pictures.
        sides: in pixels; of the even ones there are as many as keep a picture where it is: two, or four.
    """
    device = images_NCHW.device.type
    if torch.is_autocast_enabled(device):
        with torch.autocast(device, enabled=False):
            return smoothed(images_NCHW, *sides)
    height, width = images_NCHW.shape[2:]
    down, across = (smoothing(length, sides, images_NCHW) for length in (height, width))
    return down.T @ (images_NCHW @ across)


@torch.no_grad()
def smoothing(length: int, sides: Sequence[int], like: Tensor) -> Tensor:
    """What each pixel of a line (row) gives to each pixel of the smoothed line (column): (length, length)."""
    reach = sum(side - 1 for side in sides) // 2
    lines = torch.eye(length, dtype=like.dtype, device=like.device)[None]
    lines = torch.ops.aten.replication_pad1d(lines, (reach, reach))
    for side in sides:
        lines = F.avg_pool1d(lines, side, stride=1)
    return lines[0]


class ReplicatePad(torch.autograd.Function):
    """Replicate padding whose gradient is a few sums of slices."""

    @staticmethod
    def forward(context: Any, images_NCHW: Tensor, reach: int) -> Tensor:
        """(N, C, H, W) to (N, C, H + 2 reach, W + 2 reach)."""
        context.reach = reach
        padded: Tensor = torch.ops.aten.replication_pad2d(images_NCHW, (reach,) * 4)  # past F.pad's slow stand-in
        return padded

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """The way back: what lies outside is added to the edge."""
        (gradient,) = gradients
        for axis in (3, 2):
            n = gradient.shape[axis] - 2 * context.reach
            before, inner, after = torch.split(gradient, [context.reach, n, context.reach], dim=axis)
            gradient = inner.clone()
            gradient.select(axis, 0).add_(before.sum(axis))
            gradient.select(axis, -1).add_(after.sum(axis))
        return gradient, None
