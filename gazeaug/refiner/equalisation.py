"""Histogram equalisation at the end of a refiner, where the real eyes were equalised; and how to tell that they were.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor

KNOTS = 64  # of the curve of grey levels; each picture's curve is linear between them
MOST_PIXELS = 8.0  # between two knots, over those of a flat histogram
STEEPEST = 3.0  # curve: on flat skin it would blow up whatever is learned there
DEVIATION = 0.04  # of the shares of pixels below each of nine levels, from those of a flat histogram
MOST_OTHERS = 0.1  # share of pictures that may be otherwise in a set that counts as equalised


def equalised(images_NCHW: Tensor) -> Tensor:
    """Pictures in -1..1 with a flat histogram, each by a curve of its own through the shares of darker pixels.

    Continuous, unlike the table of 256 levels by which it is usually done: a jump would make two runtimes that differ
    in a last digit draw two pictures. The gradient is the true one, through the curve too (more contrast everywhere
    changes nothing), but drawn in where the curve is steeper than `STEEPEST`.
    """
    n, channels, height, width = images_NCHW.shape
    places = ((images_NCHW + 1) * (KNOTS / 2)).clamp(0, KNOTS).reshape(n * channels, 1, height * width)
    below = places.detach().floor().clamp(0, KNOTS - 1)
    if places.requires_grad:
        fixed = places.detach()
        low, high = ends(curve(fixed), below)
        gentle = (STEEPEST / KNOTS / (high - low).clamp_min(1e-6)).clamp(max=1)
        places = fixed + gentle * (places - fixed)
    low, high = ends(curve(places), below)
    found = low + (high - low) * (places - below)
    return (2 * found - 1).clamp(-1.0, 1.0).reshape(images_NCHW.shape)


def curve(places_N1P: Tensor) -> Tensor:
    """Shares of pixels below each knot (N, `KNOTS` + 1), from 0 to 1, of pixels at places among the knots.

    Where more than `MOST_PIXELS` of a flat histogram's share lie between two knots, the rest is spread over all
    (contrast-limited, Zuiderveld 1994): a steeper curve would show the last digit of what is computed.
    """
    device = places_N1P.device
    knots = torch.arange(KNOTS + 1, dtype=torch.float32, device=device)
    shares = (knots[:, None] + 0.5 - places_N1P).clamp(0, 1).mean(2)
    pieces = (shares[:, 1:] - shares[:, :-1]).clamp(max=MOST_PIXELS / KNOTS)
    pieces = pieces + (1 - pieces.sum(1, keepdim=True)) / KNOTS
    return pieces @ (knots[1:, None] <= knots[None, :]).float()  # a running sum whose gradient has a fixed order


def ends(curve_NK: Tensor, below_N1P: Tensor) -> tuple[Tensor, Tensor]:
    """Of the piece of the curve that each pixel lies on, each (N, 1, P)."""
    at = below_N1P[:, 0].long()
    return curve_NK.gather(1, at)[:, None], curve_NK.gather(1, at + 1)[:, None]


def are_equalised(images_NCHW: Tensor) -> bool:
    """Whether pictures in -1..1 (N, C, H, W) have flat histograms, nearly all of them."""
    levels = torch.linspace(-0.8, 0.8, 9, device=images_NCHW.device)
    shares = torch.stack([(images_NCHW <= level).float().mean((2, 3)) for level in levels], dim=-1)
    apart = (shares - (levels + 1) / 2).abs().amax((1, 2))
    return bool((apart > DEVIATION).float().mean() <= MOST_OTHERS)


def as_ended(images_NCHW: Tensor, ending: str) -> Tensor:
    """Pictures in -1..1 as a refiner's ending leaves them."""
    return equalised(images_NCHW) if ending == "equalised" else images_NCHW
