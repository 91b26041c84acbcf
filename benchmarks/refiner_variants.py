"""Refiners and losses that were tried and not taken into the package; see docs/training.md.

Shape suffixes: N pictures, C channels, H height, W width, P pixels, K terms or features, S styles.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.iris_drift import find_iris, least_squares
from gazeaug.refiner import CORRECTION_GAIN, Refiner, RefinerConfig, pixel_noise

GRAIN_GAIN = 0.25
LARGEST_SHIFT = 3.0  # pixels: a picture without contrast gives no useful one
WINDOW = 0.23  # of the registration, in picture widths


class GrainRefiner(Refiner):
    """White noise also goes straight to the output, its strength drawn by one more output map."""

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__(config)
        self.last = nn.Conv2d(config.features, config.channels + 1, kernel_size=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """As the parent's."""
        noise = pixel_noise(images_NCHW, self.config.styles, self.variant)
        maps = self.last(self.blocks(self.begin(torch.cat([images_NCHW, noise], dim=1), noise))).float()
        channels = self.config.channels
        change = CORRECTION_GAIN * torch.tanh(maps[:, :channels]) + GRAIN_GAIN * maps[:, channels:] * noise[:, :1]
        return torch.clamp(images_NCHW + change, -1.0, 1.0)

    def begin(self, given: Tensor, noise: Tensor) -> Tensor:
        """The first layer's maps."""
        return torch.relu(self.first(given))


class StyledRefiner(GrainRefiner):
    """The styles also scale and shift every map of the first layer."""

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__(config)
        self.style = nn.Conv2d(config.styles, 2 * config.features, kernel_size=1)
        nn.init.zeros_(self.style.weight)
        nn.init.zeros_(self.style.bias)  # type: ignore[arg-type]

    def begin(self, given: Tensor, noise: Tensor) -> Tensor:
        """The first layer's maps, styled."""
        gain, offset = self.style(noise[:, 1:, :1, :1]).chunk(2, dim=1)
        return torch.relu(self.first(given) * (1 + gain) + offset)


def appearance(images_NCHW: Tensor) -> Tensor:
    """What differs from camera picture to camera picture, (N, 5): brightness, contrast, energy in three bands."""
    grey = images_NCHW.float().mean(1, keepdim=True)
    found, band = [grey.mean((1, 2, 3)), grey.var((1, 2, 3)).add(1e-4).log()], grey
    for _ in range(3):
        smooth = F.avg_pool2d(F.pad(band, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        found.append((band - smooth).square().mean((1, 2, 3)).add(1e-5).log())
        band = F.avg_pool2d(smooth, 2)
    return torch.stack(found, dim=1)


class Diversity:
    """Energy distance between the appearances of refined and of real pictures (Szekely and Rizzo 2013, eq. 2.5)."""

    def __init__(self, real_NCHW: Tensor) -> None:
        found = appearance(real_NCHW)
        self.mean, self.deviation = found.mean(0), found.std(0)
        self.real = (found - self.mean) / self.deviation

    def __call__(self, refined_NCHW: Tensor) -> Tensor:
        """About 0 where both vary alike; the constant part, real to real, is left out."""
        given = (appearance(refined_NCHW) - self.mean) / self.deviation
        n = len(given)
        return 2 * distances(given, self.real).mean() - distances(given, given).sum() / (n * (n - 1))


def distances(first_NK: Tensor, second_NK: Tensor) -> Tensor:
    """Between every two rows; smooth at 0, so that its gradient exists."""
    return (first_NK[:, None] - second_NK[None]).square().sum(-1).add(1e-6).sqrt()


def one_step_shift(before_NCHW: Tensor, after_NCHW: Tensor) -> Tensor:
    """`gazeaug.iris_drift.iris_shift` in one linear step, (N, 2), with a gradient; it reads about 0.4 of the truth."""
    before, after = (
        F.avg_pool2d(F.pad(x.float(), (1, 1, 1, 1), mode="replicate"), 3, 1)[:, 0] for x in (before_NCHW, after_NCHW)
    )
    _, height, width = before.shape
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    centre = find_iris(before_NCHW)[:, :, None, None]
    distance = torch.hypot(x - centre[:, 0], y - centre[:, 1]) / (WINDOW * width)
    weight_NP1 = torch.exp(-0.5 * distance.square()).flatten(1)[..., None]
    down, right = torch.gradient(before, dim=(1, 2))
    light = [torch.ones_like(before) * part for part in (1, x / width - 0.5, y / height - 0.5)]
    terms_NPK = torch.stack([right, down, before, before.square(), *light], dim=-1).flatten(1, 2)
    solved = least_squares(terms_NPK, after.flatten(1)[..., None], weight_NP1)[..., 0]
    slope = solved[:, 2:3].detach().abs().clamp_min(0.2)
    return (-solved[:, :2] / slope).clamp(-LARGEST_SHIFT, LARGEST_SHIFT)


def mirrored(weights: Tensor, *, also_down: bool) -> Tensor:
    """The nearest kernels that a mirror leaves as they are: such a network has no direction of its own."""
    even = (weights + weights.flip(-1)) / 2
    return (even + even.flip(-2)) / 2 if also_down else even
