"""The discriminator: real or refined, decided for every local patch.

Shape suffixes: N pictures, C channels, H height, W width, P patches.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.refiner.network import convolution

REAL, REFINED = 0, 1  # the two output maps
FLAT = 0.04  # added to twice the deviation: a flat picture's noise is not blown up
PAPER_FEATURES = (96, 64, 32, 32)  # Shrivastava et al. 2017, section 3.1


class Discriminator(nn.Module):
    """Convolutions 3x3/2, 3x3/2, max pooling 3x3/1, 3x3/1, 1x1, 1x1 to two maps (paper, section 3.1).

    Args:
        channels: 1 or 3.
        width: factor on the paper's feature maps (96, 64, 32, 32).
        standardise: bring every picture to mean 0 and deviation 1/2 first, so that exposure hides nothing from it.
        shrink: it sees means over squares of so many pixels' side, which hide what the sensor does and show the eye;
            with 2 or more the first convolution keeps the size, so that a patch stays as large in the picture.
    """

    def __init__(self, channels: int = 1, width: float = 1.0, *, standardise: bool = False, shrink: int = 1) -> None:
        super().__init__()
        self.standardise, self.shrink = standardise, shrink
        a, b, c, d = (max(8, int(features * width)) for features in PAPER_FEATURES)
        first, second = convolution(channels, a), convolution(a, b)
        second.stride = (2, 2)
        first.stride = (2, 2) if shrink == 1 else (1, 1)
        self.layers = nn.Sequential(
            first,
            nn.LeakyReLU(0.1),
            second,
            nn.LeakyReLU(0.1),
            nn.MaxPool2d(3, stride=1, padding=1),
            convolution(b, c),
            nn.LeakyReLU(0.1),
            nn.Conv2d(c, d, kernel_size=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(d, 2, kernel_size=1),
        )

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Logits (N, 2, P) for `REAL` and `REFINED`, one pair a patch; images are float (N, C, H, W) in -1..1."""
        if self.shrink > 1:
            images_NCHW = F.avg_pool2d(images_NCHW, self.shrink)
        if self.standardise:
            centred = images_NCHW - images_NCHW.mean((1, 2, 3), keepdim=True)
            images_NCHW = centred / (2 * images_NCHW.std((1, 2, 3), keepdim=True) + FLAT)
        logits: Tensor = self.layers(images_NCHW)
        return torch.flatten(logits, start_dim=2)
