"""How far the iris moves when an eye is refined, measured without labels.

The iris is the one large dark disc of an eye. It is found as the place where a disc is darkest against the ring round
it, by correlation with disc-and-ring templates of a few radii; in the refined picture it is looked for near where it
was, with the radius that fitted before, so that brightness, contrast, blur and noise do not count as movement.

Shape suffixes: N pictures, C channels, H height, W width, R radii.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

RADII = (0.10, 0.13, 0.16)  # of the picture's width: rendered crops of 1.5 to 1.25 eye widths, and MPIIGaze's
RING = 1.5  # outer radius of the surround, in disc radii
REACH = 0.1  # how far the iris is followed, in picture widths
SMOOTHING = 0.02  # standard deviation of the blur before matching, in picture widths


def iris_drift(before_NCHW: Tensor, after_NCHW: Tensor) -> Tensor:
    """Distance in pixels between the iris of each picture and that of its refined twin.

    Args:
        before_NCHW, after_NCHW: float (N, C, H, W) of one scale of grey levels, at least 16 x 16.

    Returns:
        float (N,), at most about 1.4 x `REACH` x W.
    """
    responses_NRHW = darkness(before_NCHW)
    n, _, height, width = responses_NRHW.shape
    radius = responses_NRHW.flatten(2).amax(2).argmax(1)
    rows = torch.arange(n, device=radius.device)
    first, second = responses_NRHW[rows, radius], darkness(after_NCHW)[rows, radius]
    start = first.flatten(1).argmax(1)
    y, x = start // width, start % width
    down = torch.arange(height, device=y.device)[None, :, None] - y[:, None, None]
    right = torch.arange(width, device=x.device)[None, None, :] - x[:, None, None]
    far = torch.maximum(down.abs(), right.abs()) > max(2.0, REACH * width)
    moved: Tensor = torch.linalg.vector_norm(peak(second.masked_fill(far, -torch.inf)) - peak(first), dim=1)
    return moved


def find_iris(images_NCHW: Tensor) -> Tensor:
    """Centre of the iris as (N, 2): x, y in pixels, pixel centres at integers."""
    responses_NRHW = darkness(images_NCHW)
    radius = responses_NRHW.flatten(2).amax(2).argmax(1)
    return peak(responses_NRHW[torch.arange(len(radius), device=radius.device), radius])


def darkness(images_NCHW: Tensor) -> Tensor:
    """How much darker a disc round each pixel is than its ring, (N, R, H, W) for R radii."""
    grey = images_NCHW.float().mean(1, keepdim=True)
    width = grey.shape[3]
    reach = max(1, round(3 * SMOOTHING * width))
    grey = F.conv2d(padded(grey, reach), gaussian(SMOOTHING * width, reach).to(grey))
    side = round(RING * max(RADII) * width)
    templates = torch.stack([disc_and_ring(share * width, side) for share in RADII])[:, None].to(grey)
    return F.conv2d(padded(grey, side), templates)


def disc_and_ring(radius: float, reach: int) -> Tensor:
    """(2 reach + 1) square: ring mean minus disc mean."""
    offsets = torch.arange(-reach, reach + 1, dtype=torch.float32)
    distance = torch.hypot(offsets[:, None], offsets[None, :])
    disc = torch.sigmoid(4 * (radius - distance))
    ring = torch.sigmoid(4 * (RING * radius - distance)) * (1 - disc)
    return ring / ring.sum() - disc / disc.sum()


def gaussian(sigma: float, reach: int) -> Tensor:
    """A blur kernel (1, 1, 2 reach + 1, 2 reach + 1)."""
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    square = line[:, None] * line[None, :]
    return (square / square.sum())[None, None]


def padded(images_NCHW: Tensor, reach: int) -> Tensor:
    """Edges repeated by `reach` pixels."""
    return F.pad(images_NCHW, (reach, reach, reach, reach), mode="replicate")


def peak(maps_NHW: Tensor) -> Tensor:
    """The highest place of each map as (N, 2) x, y, refined by a parabola through its neighbours."""
    n, height, width = maps_NHW.shape
    place = maps_NHW.flatten(1).argmax(1)
    y, x = place // width, place % width
    rows = torch.arange(n, device=place.device)

    def at(dy: int, dx: int) -> Tensor:
        return maps_NHW[rows, (y + dy).clamp(0, height - 1), (x + dx).clamp(0, width - 1)]

    middle = at(0, 0)
    return torch.stack([x + vertex(at(0, -1), middle, at(0, 1)), y + vertex(at(-1, 0), middle, at(1, 0))], dim=1)


def vertex(before: Tensor, middle: Tensor, after: Tensor) -> Tensor:
    """Where between -0.5 and 0.5 a parabola through three neighbours is highest; 0 where it is no peak."""
    bend = before + after - 2 * middle
    shift = 0.5 * (before - after) / torch.where(bend < 0, bend, torch.ones_like(bend))
    return torch.where((bend < 0) & bend.isfinite(), shift.clamp(-0.5, 0.5), torch.zeros_like(shift))
