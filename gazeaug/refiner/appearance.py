"""Appearance of a picture in a few numbers, and how differently two sets of pictures are spread in them.

A discriminator sees patch by patch and forgets how much pictures differ from each other; this is what it misses.

Shape suffixes: N pictures, C channels, H height, W width, K features.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from gazeaug.refiner.padding import replicate_pad

BANDS = 3
SHADES = (0.05, 0.25, 0.75, 0.95)  # grey levels below which so many of the pixels lie
SMALLEST_DEVIATION = 1e-3


def appearance(images_NCHW: Tensor) -> Tensor:
    """(N, K) of float pictures in -1..1: exposure, contrast, slope of light, shades, detail by band, grain.

    Every number has a gradient. Grain is what the quietest third of the finest detail holds (skin, not lashes), and the
    correlation of neighbours in it.
    """
    return torch.stack([*_of_colours(images_NCHW), *_of_shades(images_NCHW), *_of_detail(images_NCHW)], dim=1)


def _of_colours(images_NCHW: Tensor) -> Iterator[Tensor]:
    if images_NCHW.shape[1] > 1:
        for channel in images_NCHW.unbind(1):
            yield channel.mean((1, 2)) - images_NCHW.mean((1, 2, 3))
            yield channel.var((1, 2)).add(1e-4).log() / 2


def _of_shades(images_NCHW: Tensor) -> Iterator[Tensor]:
    grey = images_NCHW.mean(1)
    middle = grey.mean((1, 2))
    yield middle
    yield grey.var((1, 2)).add(1e-4).log() / 2
    for axis in (1, 2):
        one, other = grey.tensor_split(2, dim=axis)
        yield one.mean((1, 2)) - other.mean((1, 2))
    shades = grey.flatten(1).sort(1).values
    for share in SHADES:
        yield shades[:, int(share * shades.shape[1])] - middle


def _of_detail(images_NCHW: Tensor) -> Iterator[Tensor]:
    band = images_NCHW.mean(1, keepdim=True)
    for number in range(BANDS):
        smooth = F.avg_pool2d(replicate_pad(band, 1), 3, stride=1)
        detail = band - smooth
        energy = detail.square().mean((1, 2, 3)) + 1e-6
        amounts = detail.flatten(1).abs().sort(1).values
        n = amounts.shape[1]
        yield energy.log() / 2
        yield amounts[:, int(0.3 * n) : int(0.4 * n)].mean(1).add(1e-4).log()
        yield amounts[:, int(0.95 * n) :].mean(1).add(1e-4).log()
        if number == 0:
            yield (detail[..., 1:] * detail[..., :-1]).mean((1, 2, 3)) / energy
            yield (detail[..., 1:, :] * detail[..., :-1, :]).mean((1, 2, 3)) / energy
        band = F.avg_pool2d(smooth, 2)


class AppearanceDistance:
    """Energy distance between the appearances of given and of real pictures (Szekely and Rizzo 2013, eq. 2.5).

    Args:
        real_NCHW: float pictures in -1..1, at least 2.
    """

    def __init__(self, real_NCHW: Tensor) -> None:
        found = appearance(real_NCHW)
        self._mean, self._deviation = found.mean(0), found.std(0).clamp_min(SMALLEST_DEVIATION)
        self._real = (found - self._mean) / self._deviation
        n = len(found)
        self._within_real = between(self._real, self._real).sum() / (n * (n - 1))

    def features(self, images_NCHW: Tensor) -> Tensor:
        """Appearances (N, K), standardised by the real pictures'."""
        return (appearance(images_NCHW.float()) - self._mean) / self._deviation

    def __call__(self, part_NK: Tensor, whole_NK: Tensor) -> tuple[Tensor, Tensor]:
        """An unbiased estimate for a batch of which this process holds a part.

        Args:
            part_NK: features of its part, with a gradient.
            whole_NK: features of the whole batch, without.

        Returns:
            The loss, whose gradient is that of the estimate, and the estimate itself: about 0 for real pictures.
        """
        n = len(whole_NK)
        to_real = between(part_NK, self._real).mean()
        to_others = between(part_NK, whole_NK).sum() / (len(part_NK) * (n - 1))
        estimate = 2 * to_real - to_others - self._within_real
        # Each pair stands once in a part's sum and moves with both its pictures: hence twice.
        return 2 * to_real - 2 * to_others, estimate.detach()


def between(first_NK: Tensor, second_NK: Tensor) -> Tensor:
    """Distances between every two rows, smooth at 0, so that the gradient exists there."""
    return (first_NK[:, None] - second_NK[None]).square().sum(-1).add(1e-6).sqrt()
