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

BANDS = 3  # of detail, each of half the resolution of the one before
SHADES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)  # grey levels below which so many of the pixels lie
LAGS = ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0))  # rows and columns between pixels that are compared
FLAT = (1 / 127.5, 3 / 127.5)  # differences of neighbours that count as none
CODED = 8  # side of the blocks of JPEG and of most videos
SMALLEST_DEVIATION = 0.05  # a set whose pictures agree better than that would ask for what no runtime can promise
AT_ONCE = 256  # pictures


def appearance(images_NCHW: Tensor) -> list[Tensor]:
    """What float pictures in -1..1 look like, in groups of numbers (N, K), each with a gradient.

    Shades: exposure, contrast, slopes of light, quantiles. Detail: by band; grain is what the quietest third of the
    finest holds (skin, not lashes). Directions: correlations of neighbours in the finest detail, which blur, motion,
    ringing and sharpening give. Coding: blocks, flat places, lines of the sensor, lattices.
    """
    groups = [*_of_colours(images_NCHW)], [*_of_shades(images_NCHW)], *_of_detail(images_NCHW)
    return [torch.stack(group, dim=1) for group in groups if group]


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
    height, width = grey.shape[1:]
    yield grey[:, height // 4 : -(height // 4), width // 4 : -(width // 4)].mean((1, 2)) - middle
    shades = grey.flatten(1).sort(1).values
    for share in SHADES:
        yield shades[:, int(share * shades.shape[1])] - middle


def _of_detail(images_NCHW: Tensor) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Detail by band, directions, coding."""
    grey = images_NCHW.mean(1, keepdim=True)
    details: list[Tensor] = []
    band = grey
    for _ in range(BANDS):
        smooth = F.avg_pool2d(replicate_pad(band, 1), 3, stride=1)
        details.append(band - smooth)
        band = F.avg_pool2d(smooth, 2)
    finest, second, _ = details
    bands = [number for detail in details for number in _of_band(detail)]
    bands += _of_grain(grey, finest)
    directions = [correlation(finest, *lag) for lag in LAGS] + [correlation(second, *lag) for lag in LAGS[:4]]
    return bands, directions, [*_of_coding(grey, finest)]


def _of_grain(grey_N1HW: Tensor, finest_N1HW: Tensor) -> Iterator[Tensor]:
    """Where it is light and where it is dark: sensors are noisier in the dark, or after a tone curve."""
    light = torch.sigmoid((grey_N1HW - grey_N1HW.mean((1, 2, 3), keepdim=True)) * 10)
    for share in (light, 1 - light):
        energy = (share * finest_N1HW.square()).mean((1, 2, 3)) / share.mean((1, 2, 3))
        yield (energy + 1e-6).log() / 2


def _of_band(detail: Tensor) -> Iterator[Tensor]:
    amounts = detail.flatten(1).sort(1).values
    n = amounts.shape[1]
    sizes = amounts.abs().sort(1).values
    yield (amounts.square().mean(1) + 1e-6).log() / 2
    yield sizes[:, int(0.3 * n) : int(0.4 * n)].mean(1).add(1e-4).log()
    yield amounts[:, int(0.95 * n) :].mean(1).add(1e-4).log()
    yield amounts[:, : n - int(0.95 * n)].mean(1).neg().add(1e-4).log()


def _of_coding(grey_N1HW: Tensor, finest_N1HW: Tensor) -> Iterator[Tensor]:
    for axis in (2, 3):
        steps = grey_N1HW.diff(dim=axis)
        for least in FLAT:
            yield torch.exp(-(steps / least).square()).mean((1, 2, 3))
        energy = steps.square().mean((1, 5 - axis))
        # By slices: a mask would have to be counted first, for which a GPU would be waited for.
        border, inside = energy[:, CODED - 1 :: CODED], torch.split(energy, CODED, dim=1)
        others = torch.cat([part[:, : CODED - 1] for part in inside], dim=1)
        yield ((border.mean(1) + 1e-6) / (others.mean(1) + 1e-6)).log()
        yield (finest_N1HW.mean((1, axis)).square().mean(1) + 1e-7).log() / 2
    height, width = grey_N1HW.shape[2:]
    for pattern in signs(height, width, grey_N1HW.device):
        yield (F.avg_pool2d(finest_N1HW * pattern, 4).square().mean((1, 2, 3)) + 1e-7).log() / 2


def signs(height: int, width: int, device: torch.device) -> Tensor:
    """+1 and -1 by place: by column, by row, and chequered; (3, H, W)."""
    rows = 1.0 - 2.0 * (torch.arange(height, device=device) % 2)[:, None]
    columns = 1.0 - 2.0 * (torch.arange(width, device=device) % 2)[None, :]
    return torch.stack([columns.expand(height, width), rows.expand(height, width), rows * columns])


def correlation(detail_N1HW: Tensor, down: int, across: int) -> Tensor:
    """Of pixels with those so many rows and columns away (N,)."""
    height, width = detail_N1HW.shape[2:]
    first = detail_N1HW[:, :, : height - down, max(0, -across) : width - max(0, across)]
    other = detail_N1HW[:, :, down:, max(0, across) : width + min(0, across)]
    return (first * other).mean((1, 2, 3)) / (detail_N1HW.square().mean((1, 2, 3)) + 1e-6)


class AppearanceDistance:
    """Energy distance between the appearances of given and of real pictures (Szekely and Rizzo 2013, eq. 2.5).

    The distance of all numbers together, and the mean of the distances of each group: in many dimensions a few numbers
    that are spread wrongly are lost.

    Args:
        real_NCHW: float pictures in -1..1, at least 2.
    """

    def __init__(self, real_NCHW: Tensor) -> None:
        groups = [torch.cat(parts) for parts in zip(*map(appearance, torch.split(real_NCHW, AT_ONCE)), strict=True)]
        found = torch.cat(groups, dim=1)
        self._sizes = [group.shape[1] for group in groups]
        self._mean, self._deviation = found.mean(0), found.std(0).clamp_min(SMALLEST_DEVIATION)
        self._real = (found - self._mean) / self._deviation
        self._lowest, self._highest = self._real.amin(0), self._real.amax(0)
        n = len(found)
        self._within_real = [between(part, part).sum() / (n * (n - 1)) for part in self._parts(self._real)]

    def features(self, images_NCHW: Tensor) -> Tensor:
        """Appearances (N, K), standardised by the real pictures'."""
        return (torch.cat(appearance(images_NCHW.float()), dim=1) - self._mean) / self._deviation

    def _parts(self, features_NK: Tensor) -> list[Tensor]:
        """All of them, then each group."""
        return [features_NK, *torch.split(features_NK, self._sizes, dim=1)]

    def __call__(self, part_NK: Tensor, whole_NK: Tensor) -> tuple[Tensor, Tensor]:
        """An unbiased estimate for a batch of which this process holds a part.

        Args:
            part_NK: features of its part, with a gradient.
            whole_NK: features of the whole batch, without.

        Returns:
            The loss, whose gradient is that of the estimate and of how far pictures are beyond the range of the real
            ones; and the estimate itself: about 0 for real pictures.
        """
        n = len(whole_NK)
        losses, estimates = [], []
        sets = (self._parts(features) for features in (part_NK, whole_NK, self._real))
        for part, whole, real, within_real in zip(*sets, self._within_real, strict=True):
            to_real = between(part, real).mean()
            to_others = between(part, whole).sum() / (len(part) * (n - 1))
            # Each pair stands once in a part's sum and moves with both its pictures: hence twice.
            losses.append(2 * to_real - 2 * to_others)
            estimates.append(2 * to_real - to_others - within_real)
        weights = [1.0] + [1 / len(self._sizes)] * len(self._sizes)
        loss, estimate = (
            torch.stack([weight * value for weight, value in zip(weights, values, strict=True)]).sum()
            for values in (losses, estimates)
        )
        # No picture like none of the real ones: a distance of sets forgives a few.
        beyond = torch.relu(part_NK - self._highest) + torch.relu(self._lowest - part_NK)
        return loss + beyond.sum(1).mean(), estimate.detach()


def between(first_NK: Tensor, second_NK: Tensor) -> Tensor:
    """Distances between every two rows, smooth at 0, so that the gradient exists there.

    By the product of both, which takes a fraction of the memory of all differences, in float64, since it cancels.
    """
    first, second = first_NK.double(), second_NK.double()
    squares = first.square().sum(1)[:, None] + second.square().sum(1)[None] - 2 * first @ second.T
    distances: Tensor = squares.clamp_min(0).add(1e-6).sqrt()
    return distances.float()
