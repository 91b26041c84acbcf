"""Edges repeated round pictures, with a gradient that is summed in a fixed order where one is asked for.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

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
    padded = replicate_pad(images_NCHW, side // 2)
    return F.avg_pool2d(F.avg_pool2d(padded, (1, side), stride=1), (side, 1), stride=1)


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
