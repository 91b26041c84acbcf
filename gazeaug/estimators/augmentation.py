"""Normalisation and augmentation of eyes for gaze estimators, by name, so that every training set gets the same.

Nothing here moves a pixel: shifts, turns and flips would change the gaze that the picture shows.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

NORMALISATIONS = {
    "standardise": "each picture to mean 0 and deviation 1",
    "equalise": "each picture's histogram made flat, as MPIIGaze's grey eyes come",
    "scale": "grey levels 0..255 to 0..1",
}
AUGMENTATIONS = {
    "none": "pictures as they are",
    "ordinary": "blur, brightness, contrast and noise at random",
}
BLUR, BLUR_REACH = 1.5, 3  # largest standard deviation, half the kernel, in pixels
BRIGHTNESS, CONTRAST, NOISE = 40.0, 0.4, 12.0  # grey levels, share, grey levels


def normalised(images_NCHW: Tensor, name: str) -> Tensor:
    """Pictures with grey levels 0..255, of any number type, as float pictures; one of `NORMALISATIONS`."""
    given = images_NCHW.float()
    if name == "scale":
        return given / 255
    if name == "equalise":
        return equalised(given)
    mean, deviation = given.mean((1, 2, 3), keepdim=True), given.std((1, 2, 3), keepdim=True)
    return (given - mean) / (deviation + 1)


def equalised(images_NCHW: Tensor) -> Tensor:
    """Every grey level replaced by the share of the picture's pixels at or below it, -1..1, in each channel."""
    levels = images_NCHW.round().clamp(0, 255).long().flatten(2)
    counts = torch.zeros(*levels.shape[:2], 256, device=levels.device)
    counts.scatter_add_(2, levels, torch.ones_like(levels, dtype=counts.dtype))
    # A running sum, exact in float64: cumsum has no deterministic form on CUDA.
    below = (counts.double() @ torch.ones(256, 256, dtype=torch.float64, device=levels.device).triu()).float()
    shares = (below - 0.5 * counts) / levels.shape[2]
    return (shares.gather(2, levels) * 2 - 1).reshape(images_NCHW.shape)


def augmented(images_NCHW: Tensor, name: str, generator: torch.Generator) -> Tensor:
    """Pictures with grey levels 0..255 changed at random, each in its own way; one of `AUGMENTATIONS`."""
    if name == "none":
        return images_NCHW
    given = images_NCHW.float()

    def uniform(low: float, high: float) -> Tensor:
        drawn = torch.rand(len(given), 1, 1, 1, generator=generator, device=given.device)
        return low + (high - low) * drawn

    given = blurred(given, uniform(0.05, BLUR))
    middle = given.mean((1, 2, 3), keepdim=True)
    given = (given - middle) * uniform(1 - CONTRAST, 1 + CONTRAST) + middle + uniform(-BRIGHTNESS, BRIGHTNESS)
    noise = torch.randn(given.shape, generator=generator, device=given.device)
    return (given + noise * uniform(0, NOISE)).clamp(0, 255)


def blurred(images_NCHW: Tensor, sigma_N111: Tensor) -> Tensor:
    """Each picture blurred by a Gaussian of its own standard deviation in pixels; edges are repeated."""
    n, channels, height, width = images_NCHW.shape
    offsets = torch.arange(-BLUR_REACH, BLUR_REACH + 1, device=images_NCHW.device)
    lines = torch.exp(-0.5 * (offsets / sigma_N111.reshape(n, 1)).square())
    lines = (lines / lines.sum(1, keepdim=True)).repeat_interleave(channels, 0)
    reach = (BLUR_REACH,) * 4
    given = F.pad(images_NCHW, reach, mode="replicate").reshape(
        1, n * channels, height + 2 * BLUR_REACH, width + 2 * BLUR_REACH
    )
    across = F.conv2d(given, lines[:, None, None, :], groups=n * channels)
    return F.conv2d(across, lines[:, None, :, None], groups=n * channels).reshape(images_NCHW.shape)
