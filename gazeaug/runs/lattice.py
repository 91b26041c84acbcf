"""The two-pixel lattice that pixel shuffle leaves in refined pictures: how coherent the finest detail is, by place.

Grain and sharp edges have energy at the Nyquist frequency as well, but no phase that lasts. A lattice or a comb has
the same phase over many pixels.

Shape suffixes: N pictures, C channels, H height, W width, P patterns.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gazeaug.refiner.appearance import signs

WINDOW = 12  # pixels; over 8 x 8 grain is coherent by chance, and a lattice of one grey level is lost in it
SMALLEST_DETAIL = 0.5 / 127.5  # half a grey level: what rounding leaves is no pattern
PERCENTILE, GRAIN_PERCENTILE = 99.0, 95.0
N_AT_ONCE, N_GRAINS = 128, 500  # pictures

ALTERNATING, SMOOTHING = torch.tensor([-0.25, 0.5, -0.25]), torch.tensor([0.25, 0.5, 0.25])
# Frequencies (0, pi), (pi, 0) and (pi, pi), vertical first: columns, rows and a chequered pattern.
PATTERNS = [(SMOOTHING, ALTERNATING), (ALTERNATING, SMOOTHING), (ALTERNATING, ALTERNATING)]


def lattice_of_each(images_NCHW: Tensor) -> Tensor:
    """The share of the finest detail that is one pattern of period two, in the worst window of each picture.

    Detail at three Nyquist frequencies is multiplied by the pattern's own signs, and the squared mean over a window is
    divided by the mean square: 1 for a pure lattice of any strength, about 1 / (pixels of the window) for grain.

    Args:
        images_NCHW: float pictures in -1..1, at least 3 x 3.

    Returns:
        float (N,) in 0..1, of the channel that shows it most.
    """
    starts = range(0, len(images_NCHW), N_AT_ONCE)
    return torch.cat([worst_windows(images_NCHW[start : start + N_AT_ONCE].float()) for start in starts])


def worst_windows(images_NCHW: Tensor) -> Tensor:
    """`lattice_of_each` of a few pictures at once."""
    n, channels, height, width = images_NCHW.shape
    kernels_P133 = torch.stack([torch.outer(*pattern) for pattern in PATTERNS])[:, None].to(images_NCHW.device)
    detail_NPHW = F.conv2d(images_NCHW.reshape(n * channels, 1, height, width), kernels_P133)
    detail_NPHW = detail_NPHW * signs(height - 2, width - 2, images_NCHW.device)
    window = min(WINDOW, height - 2), min(WINDOW, width - 2)
    mean, square = (F.avg_pool2d(maps, window, stride=1) for maps in (detail_NPHW, detail_NPHW.square()))
    coherent = mean.square() / (square + SMALLEST_DETAIL**2)
    return coherent.reshape(n, -1).amax(1)


def share_above(refined_NCHW: Tensor, real_NCHW: Tensor, percentile: float = PERCENTILE) -> float:
    """Share of the refined pictures with more of a lattice than nearly all real ones.

    Args:
        refined_NCHW, real_NCHW: float pictures in -1..1 of one size.
        percentile: of the real pictures.

    Returns:
        0..1; about 0.01 for pictures of the real kind and a percentile of 99.
    """
    return share_beyond(refined_NCHW, lattice_limit(real_NCHW, percentile))


def lattice_limit(real_NCHW: Tensor, percentile: float = PERCENTILE) -> float:
    """A percentile of the real pictures, or the 95th of pure grain of their size where that is higher.

    Smooth real pictures (compressed, blurred) have nothing at these frequencies, and grain alone is no lattice.
    """
    dice = torch.Generator().manual_seed(0)
    grain_N1HW = 0.1 * torch.randn(N_GRAINS, 1, *real_NCHW.shape[2:], generator=dice)
    real, grain = lattice_of_each(real_NCHW), lattice_of_each(grain_N1HW)
    return max(float(real.quantile(percentile / 100)), float(grain.quantile(GRAIN_PERCENTILE / 100)))


def share_beyond(images_NCHW: Tensor, limit: float) -> float:
    """Share of pictures whose lattice is above a limit."""
    return float((lattice_of_each(images_NCHW) > limit).float().mean())
