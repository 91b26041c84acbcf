"""What a camera does to a picture: light from one side, blur, exposure and grain, drawn anew for every picture.

Eyes from one camera differ from each other mostly in this, and none of it moves the gaze. A few numbers a picture say
how much of each there is; how they are spread is learned from real pictures (`gazeaug.refiner.appearance`).

Shape suffixes: N pictures, C channels, H height, W width, S styles, B blurs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.refiner.padding import replicate_pad

BLURS = (0.7, 1.2, 2.0)  # standard deviations in pixels; a picture gets a mixture of these and none
REACH = 3  # of the kernels, in pixels
GRAIN_MAPS = 3  # white noise that the grain is made of: two for the fine, one for the coarse
WIDTH = 32  # of the two hidden layers between styles and amounts
MOST_LIGHT, MOST_GAIN, MOST_GRAIN = 0.6, 1.2, 0.5  # share from the middle to an edge, log of the factor, in -1..1
SHARP_AT_START, GRAIN_AT_START = 3.0, -3.5


class Camera(nn.Module):
    """Photographs a picture; at the start hardly anything is changed.

    Args:
        channels: of the pictures, 1 or 3.
        styles: random numbers a picture gets, uniform with unit variance.
    """

    kernels: Tensor

    def __init__(self, channels: int, styles: int) -> None:
        super().__init__()
        self.n_amounts = [2, 1 + len(BLURS), 2, channels, channels]  # light, blur, grain, gain, level
        last = nn.Linear(WIDTH, sum(self.n_amounts))
        hidden = (nn.Linear(styles, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH), nn.Tanh())
        self.amounts = nn.Sequential(*hidden, last)
        nn.init.zeros_(last.weight)
        with torch.no_grad():
            none = torch.zeros(1 + len(BLURS))
            none[0] = SHARP_AT_START
            last.bias.copy_(
                torch.cat([torch.zeros(2), none, torch.full((2,), GRAIN_AT_START), torch.zeros(2 * channels)])
            )
        self.kept_brightness = nn.Parameter(torch.ones(channels, 1, 1))
        self.register_buffer("kernels", blur_kernels(), persistent=False)

    def forward(self, images_NCHW: Tensor, styles_NS: Tensor, grain_NCHW: Tensor) -> Tensor:
        """Photograph pictures.

        Args:
            images_NCHW: float (N, C, H, W) in -1..1.
            styles_NS: (N, S).
            grain_NCHW: white noise (N, `GRAIN_MAPS`, H, W) of unit variance.

        Returns:
            float (N, C, H, W) in -1..1.
        """
        amounts: Tensor = self.amounts(styles_NS)[:, :, None, None]
        light, blur, grain, gain, level = torch.split(amounts, self.n_amounts, dim=1)
        seen = self.blurred(lit(images_NCHW, MOST_LIGHT * torch.tanh(light)), torch.softmax(blur, dim=1))
        middle = seen.mean((2, 3), keepdim=True)
        exposed = self.kept_brightness * middle + level + torch.exp(MOST_GAIN * torch.tanh(gain)) * (seen - middle)
        one, other, third = torch.split(grain_NCHW, 1, dim=1)
        fine = (one + other) / 2**0.5
        coarse = self.convolved(third, self.kernels[1:2] / self.kernels[1].square().sum().sqrt())
        of_fine, of_coarse = torch.split(MOST_GRAIN * torch.sigmoid(grain), 1, dim=1)
        return torch.clamp(exposed + (of_fine * fine + of_coarse * coarse), -1.0, 1.0)

    def blurred(self, images_NCHW: Tensor, shares_NB11: Tensor) -> Tensor:
        """Each picture as its own mixture of blurs."""
        _, channels, height, width = images_NCHW.shape
        blurs = self.convolved(images_NCHW.reshape(-1, 1, height, width), self.kernels)
        blurs = blurs.reshape(-1, channels, len(self.kernels), height * width) * shares_NB11.flatten(2)[:, None]
        return blurs.sum(2).reshape(images_NCHW.shape)

    def convolved(self, image_N1HW: Tensor, kernels: Tensor) -> Tensor:
        """One channel through every kernel; edges are repeated."""
        return F.conv2d(replicate_pad(image_N1HW, REACH), kernels)


def lit(images_NCHW: Tensor, light_N211: Tensor) -> Tensor:
    """Pictures lighter towards one side: by how much from the middle to the edge, across and down."""
    height, width = images_NCHW.shape[2:]
    across = torch.linspace(-1, 1, width, device=images_NCHW.device)
    down = torch.linspace(-1, 1, height, device=images_NCHW.device)[:, None]
    sideways, downwards = torch.split(light_N211, 1, dim=1)
    return (images_NCHW + 1) * (1 + sideways * across + downwards * down) - 1


def blur_kernels() -> Tensor:
    """(1 + len(BLURS), 1, K, K): no blur, then each Gaussian."""
    offsets = torch.arange(-REACH, REACH + 1)
    kernels = [(offsets == 0).float()]
    kernels += [torch.softmax(-0.5 * (offsets / sigma).square(), dim=0) for sigma in BLURS]
    return torch.stack([torch.outer(line, line) for line in kernels])[:, None]
