"""How far two sets of pictures lie apart, by features that no network of a run has learned.

Shape suffixes: N pictures, C channels, H height, W width, K features.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

BANDS = 3
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BLOCKS = (3, 4)  # mean grey levels on a coarse grid: where light and dark lie
SMALLEST_DEVIATION = 2 / 127.5  # two grey levels: the quantiles of equalised pictures are alike up to rounding
NEIGHBOURS = 5


def features(images_NCHW: Tensor) -> Tensor:
    """Hand-made features (N, K) of float pictures in -1..1: quantiles, contrast, energy by band, coarse layout."""
    grey = images_NCHW.float().mean(1, keepdim=True)
    quantiles = torch.quantile(grey.flatten(1), torch.tensor(QUANTILES, device=grey.device), dim=1).T
    deviation = grey.flatten(1).std(1, keepdim=True)
    energies, band = [], grey
    for _ in range(BANDS):
        smooth = F.avg_pool2d(F.pad(band, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        energies.append((band - smooth).square().mean((1, 2, 3)).add(1e-6).log())
        band = F.avg_pool2d(smooth, 2)
    layout = F.adaptive_avg_pool2d(grey, BLOCKS).flatten(1) - grey.mean((1, 2, 3), keepdim=False)[:, None]
    return torch.cat([quantiles, deviation, torch.stack(energies, dim=1), layout], dim=1)


def sharpness(images_NCHW: Tensor) -> float:
    """High-frequency energy: mean square of what a 3x3 mean takes away, over pictures in -1..1."""
    return float(sharpness_of_each(images_NCHW).mean())


def sharpness_of_each(images_NCHW: Tensor) -> Tensor:
    """The sharpness of every picture, (N,)."""
    smooth = F.avg_pool2d(F.pad(images_NCHW.float(), (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return (images_NCHW - smooth).square().mean((1, 2, 3))


class DomainDistance:
    """Squared maximum mean discrepancy to a set of real pictures (Gretton et al. 2012, eq. 3, Gaussian kernel).

    Features are standardised by the real set, and the kernel's width is the median distance within it, so that one
    number means the same for every refiner of a run.

    Args:
        real_NCHW: float pictures in -1..1, at least 4.
    """

    def __init__(self, real_NCHW: Tensor) -> None:
        found = features(real_NCHW)
        self._mean, self._deviation = found.mean(0), found.std(0).clamp_min(SMALLEST_DEVIATION)
        self._real = self._standardised(found)
        distances = torch.cdist(self._real, self._real)
        self._width = distances[distances > 0].median() if (distances > 0).any() else torch.tensor(1.0)

    def to(self, images_NCHW: Tensor) -> float:
        """Unbiased estimate for pictures in -1..1; about 0 for pictures of the same kind, and it may be below."""
        given = self._standardised(features(images_NCHW))
        between = self._kernel(given, self._real).mean()
        return float(self._within(given) + self._within(self._real) - 2 * between)

    def reached_by(self, images_NCHW: Tensor) -> float:
        """Share of the real pictures that have one of others beside them: the coverage of Naeem et al. 2020.

        Beside it means nearer than its fifth neighbour among the real ones. Unlike the distance this does not count it
        against a set that it is spread wider than the real one; unlike recall, a few pictures that lie far from
        everything reach nothing.
        """
        given = self._standardised(features(images_NCHW))
        k = min(NEIGHBOURS + 1, len(self._real))  # the first is the picture itself
        reach_N = torch.cdist(self._real, self._real).topk(k, largest=False).values[:, -1]
        return float((torch.cdist(self._real, given).amin(1) <= reach_N).float().mean())

    def _standardised(self, found: Tensor) -> Tensor:
        return (found - self._mean) / self._deviation

    def _kernel(self, first: Tensor, second: Tensor) -> Tensor:
        return torch.exp(-0.5 * (torch.cdist(first, second) / self._width).square())

    def _within(self, given: Tensor) -> Tensor:
        n = len(given)
        return (self._kernel(given, given).sum() - n) / (n * (n - 1))
