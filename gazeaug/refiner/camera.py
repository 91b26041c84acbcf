"""What a camera does to a picture, from the light on the eye to the coding of the file, drawn anew for every picture.

Eyes from one camera differ from each other mostly in this, and none of it moves the gaze. A few numbers a picture say
how much of each there is; how they are spread is learned from real pictures (`gazeaug.refiner.appearance`). The order
is that of a camera: lens and motion, light, exposure, sensor, denoising, sharpening, tone curve, steps of grey, coding.

Everything is continuous, rounding too: a jump would make two runtimes that differ in a last digit draw two pictures.

Shape suffixes: N pictures, C channels, H height, W width, S styles, B blurs, K numbers.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.refiner.padding import local_mean, replicate_pad

BLURS = (0.7, 1.2, 2.0)  # standard deviations in pixels; a picture gets a mixture of all blurs and none
MOTIONS = (0.0, 0.25, 0.5, 0.75)  # directions of motion blur, in half turns
CUTOFFS = (0.5, 0.7)  # of a picture that was made smaller and enlarged again, as shares of its resolution
REACH = 3  # of the kernels, in pixels
HALO, LOCAL = 3, 11  # sharpening, fine and coarse: side of the squares of pixels over which it takes means
GRAIN_MAPS = 3  # white noise that the grain is made of: two for the fine, one for the coarse
WIDTH = 48  # of the two hidden layers between styles and amounts

# The most of each: shares, logarithms of factors, or grey levels in -1..1.
MOST_LIGHT, MOST_GAIN, MOST_GRAIN, MOST_LINES = 0.6, 1.2, 0.5, 0.3
MOST_HALO, MOST_LOCAL, MOST_TONE, MOST_DENOISING = 2.5, 2.0, 1.0, 0.25
SHARP_AT_START, RARE_AT_START, SPREAD_AT_START = 3.0, -3.0, 0.3
FINEST_STEP, COARSEST_STEP = 1 / 255, 1 / 8  # of grey, in -1..1
ROUNDED = 0.5 / 127.5  # by how much, at most, rounding to grey levels may change a picture's mean
LEAST_CODING, MOST_CODING = 0.02, 4.0  # factors on the quantisation table of JPEG; 4 is a quality of 12

# JPEG's luminance quantisation (ITU-T T.81, table K.1).
QUANTISATION = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
BLOCK = 8


class Amounts(NamedTuple):
    """How much of everything a picture gets, each (N, K, 1, 1), before it is brought into its range."""

    light: Tensor
    """Towards the right, downwards, and outwards."""
    blur: Tensor
    """None, and every kernel's share."""
    gain: Tensor
    level: Tensor
    grain: Tensor
    """Fine and coarse."""
    lines: Tensor
    """Rolling lines: strength and frequency."""
    denoising: Tensor
    halo: Tensor
    """Sharpening, fine and coarse."""
    tone: Tensor
    steps: Tensor
    coding: Tensor


class Camera(nn.Module):
    """Photographs a picture; at the start little is changed, each picture in its own way.

    Args:
        channels: of the pictures, 1 or 3.
        styles: random numbers a picture gets, uniform with unit variance.
        exposes: exposure and tone curve are drawn too; equalisation afterwards would undo both.
    """

    kernels: Tensor
    cosines: Tensor
    quantisation: Tensor
    darkest: Tensor
    lightest: Tensor

    def __init__(self, channels: int, styles: int, *, exposes: bool = True) -> None:
        super().__init__()
        self.exposes = exposes
        self.register_buffer("kernels", blur_kernels(), persistent=False)
        self.register_buffer("cosines", cosines(), persistent=False)
        table = torch.tensor(QUANTISATION)[:, None] / 127.5  # (8, 1, 8), between rows of blocks
        self.register_buffer("quantisation", table, persistent=False)
        self.register_buffer("darkest", torch.tensor(-1.0))
        self.register_buffer("lightest", torch.tensor(1.0))
        start = Amounts(
            light=torch.zeros(3),
            blur=torch.tensor([SHARP_AT_START] + [0.0] * (len(self.kernels) - 1)),
            gain=torch.zeros(channels),
            level=torch.zeros(channels),
            grain=torch.full((2,), RARE_AT_START - 1),
            lines=torch.tensor([RARE_AT_START, 0.0]),
            denoising=torch.full((1,), RARE_AT_START),
            halo=torch.full((2,), RARE_AT_START),
            tone=torch.zeros(1),
            steps=torch.full((1,), RARE_AT_START),
            coding=torch.full((1,), RARE_AT_START),
        )
        self.n_amounts = [len(values) for values in start]
        last = nn.Linear(WIDTH, sum(self.n_amounts))
        hidden = (nn.Linear(styles, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH), nn.Tanh())
        self.amounts = nn.Sequential(*hidden, last)
        nn.init.normal_(last.weight, std=SPREAD_AT_START / WIDTH**0.5)
        with torch.no_grad():
            last.bias.copy_(torch.cat(list(start)))
        self.kept_brightness = nn.Parameter(torch.ones(channels, 1, 1))

    def keep_within(self, real_NCHW: Tensor) -> None:
        """Let no picture be darker than the darkest of these, nor lighter than the lightest, once training is over."""
        darkest, lightest = real_NCHW.mean((1, 2, 3)).aminmax()
        self.darkest.copy_(darkest + ROUNDED)
        self.lightest.copy_(lightest - ROUNDED)

    def forward(self, images_NCHW: Tensor, styles_NS: Tensor, grain_NCHW: Tensor) -> Tensor:
        """Photograph pictures.

        Args:
            images_NCHW: float (N, C, H, W) in -1..1.
            styles_NS: (N, S).
            grain_NCHW: white noise (N, `GRAIN_MAPS`, H, W) of unit variance.

        Returns:
            float (N, C, H, W) in -1..1.
        """
        found: Tensor = self.amounts(styles_NS)[:, :, None, None]
        given = Amounts(*torch.split(found, self.n_amounts, dim=1))
        phase_N111 = styles_NS[:, :1, None, None] * (math.pi / 3**0.5)
        seen = lit(self.blurred(images_NCHW, torch.softmax(given.blur, dim=1)), given.light)
        if self.exposes:
            middle = seen.mean((2, 3), keepdim=True)
            gain = torch.exp(MOST_GAIN * torch.tanh(given.gain))
            seen = self.kept_brightness * middle + given.level + gain * (seen - middle)
        noisy = seen + self.noise(given.grain, grain_NCHW) + rolling(seen, given.lines, phase_N111)
        clean = denoised(noisy, MOST_DENOISING * torch.sigmoid(given.denoising))
        sharp = sharpened(clean, given.halo)
        toned = tone_curve(sharp, given.tone) if self.exposes else sharp
        photograph = torch.clamp(self.coded(stepped(toned, given.steps), given.coding), -1.0, 1.0)
        if self.training or not self.exposes:  # in training its own loss is to keep it from there
            return photograph
        return within(photograph, self.darkest, self.lightest)

    def blurred(self, images_NCHW: Tensor, shares_NB11: Tensor) -> Tensor:
        """Each picture as its own mixture of blurs."""
        _, channels, height, width = images_NCHW.shape
        blurs = self.convolved(images_NCHW.reshape(-1, 1, height, width), self.kernels)
        blurs = blurs.reshape(-1, channels, len(self.kernels), height * width) * shares_NB11.flatten(2)[:, None]
        return blurs.sum(2).reshape(images_NCHW.shape)

    def convolved(self, image_N1HW: Tensor, kernels: Tensor) -> Tensor:
        """One channel through every kernel; edges are repeated."""
        return F.conv2d(replicate_pad(image_N1HW, REACH), kernels)

    def noise(self, amounts_N211: Tensor, white_NMHW: Tensor) -> Tensor:
        """Grain, fine and coarse (N, 1, H, W)."""
        one, other, third = torch.split(white_NMHW, 1, dim=1)
        fine = (one + other) / 2**0.5
        coarse = self.convolved(third, self.kernels[1:2] / self.kernels[1].square().sum().sqrt())
        of_fine, of_coarse = torch.split(MOST_GRAIN * torch.sigmoid(amounts_N211), 1, dim=1)
        return of_fine * fine + of_coarse * coarse

    def coded(self, images_NCHW: Tensor, amount_N111: Tensor) -> Tensor:
        """What JPEG leaves: cosines of squares of 8 x 8 pixels, in steps."""
        _, channels, height, width = images_NCHW.shape
        padded = filled_up(filled_up(images_NCHW, 2), 3)
        strip, wide = channels * padded.shape[2] // BLOCK, padded.shape[3] // BLOCK
        # Rows of blocks: (N, strips, 8, W), then (N, strips, 8, blocks, 8).
        down = self.cosines @ padded.reshape(-1, strip, BLOCK, wide * BLOCK)
        found = down.reshape(-1, strip, BLOCK, wide, BLOCK) @ self.cosines.T
        share = torch.sigmoid(amount_N111)[..., None]
        steps = LEAST_CODING * (MOST_CODING / LEAST_CODING) ** share * self.quantisation
        kept = steps * softly_rounded(found / steps)
        up = self.cosines.T @ (kept @ self.cosines).reshape(-1, strip, BLOCK, wide * BLOCK)
        return up.reshape(padded.shape)[:, :, :height, :width]


def sharpened(images_NCHW: Tensor, amounts_N211: Tensor) -> Tensor:
    """Unsharp masks: halos at edges, and more contrast within each part of the picture."""
    fine, coarse = torch.split(torch.sigmoid(amounts_N211), 1, dim=1)
    for amount, side in ((MOST_HALO * fine, HALO), (MOST_LOCAL * coarse, LOCAL)):
        images_NCHW = images_NCHW + amount * (images_NCHW - local_mean(images_NCHW, side))
    return images_NCHW


def lit(images_NCHW: Tensor, light_N311: Tensor) -> Tensor:
    """Pictures lighter towards one side, and towards the edges or the middle."""
    height, width = images_NCHW.shape[2:]
    x = torch.linspace(-1, 1, width, device=images_NCHW.device)
    y = torch.linspace(-1, 1, height, device=images_NCHW.device)[:, None]
    across, down, outwards = torch.split(MOST_LIGHT * torch.tanh(light_N311), 1, dim=1)
    light = 1 + across * x + down * y + outwards * ((x * x + y * y) / 2 - 1 / 3)
    return (images_NCHW + 1) * light - 1


def rolling(images_NCHW: Tensor, lines_N211: Tensor, phase_N111: Tensor) -> Tensor:
    """Lines that a lamp's flicker leaves in a picture read row by row: (N, 1, H, 1)."""
    strength, frequency = torch.split(lines_N211, 1, dim=1)
    y = torch.arange(images_NCHW.shape[2], device=images_NCHW.device, dtype=torch.float32)[:, None]
    return MOST_LINES * torch.sigmoid(strength) * torch.sin(torch.exp(torch.tanh(frequency) - 0.5) * y + phase_N111)


def denoised(images_NCHW: Tensor, deviation_N111: Tensor) -> Tensor:
    """The local mean where the picture varies less than noise would, the picture elsewhere (Lee 1980)."""
    mean = local_mean(images_NCHW, 5)
    variance = (local_mean(images_NCHW.square(), 5) - mean.square()).clamp_min(0) + 1e-6
    return mean + (images_NCHW - mean) * (variance / (variance + deviation_N111.square()))


def tone_curve(images_NCHW: Tensor, amount_N111: Tensor) -> Tensor:
    """A power of the light."""
    light = ((images_NCHW + 1) / 2).clamp(1e-3, 1.0)
    return 2 * light ** torch.exp(MOST_TONE * torch.tanh(amount_N111)) - 1


def stepped(images_NCHW: Tensor, amount_N111: Tensor) -> Tensor:
    """Fewer grey levels."""
    step = FINEST_STEP * (COARSEST_STEP / FINEST_STEP) ** torch.sigmoid(amount_N111)
    return step * softly_rounded(images_NCHW / step)


def within(images_NCHW: Tensor, darkest: Tensor, lightest: Tensor) -> Tensor:
    """Pictures whose mean is beyond the bounds drawn towards white, or black, until it is not."""
    middle = images_NCHW.mean((1, 2, 3), keepdim=True)
    # Two bounds each: with one, the graph has a Max or Min, which the conversion to fp16 leaves in fp32.
    to_white = ((1 - darkest) / (1 - middle).clamp(1e-3, 2.0)).clamp(0.0, 1.0)
    to_black = ((1 + lightest) / (1 + middle).clamp(1e-3, 2.0)).clamp(0.0, 1.0)
    return images_NCHW * (to_white * to_black) + ((2 - to_white) * to_black - 1)


def filled_up(images_NCHW: Tensor, axis: int) -> Tensor:
    """Whole blocks along an axis: the last line is repeated."""
    n = images_NCHW.shape[axis]
    last = images_NCHW.narrow(axis, n - 1, 1)
    return torch.cat([images_NCHW, *[last] * (-n % BLOCK)], dim=axis)


def softly_rounded(values: Tensor) -> Tensor:
    """Rounded, but for a slope between whole numbers; its gradient is 1, as if nothing were rounded."""
    return values - (torch.sin(2 * math.pi * values) / (2 * math.pi)).detach()


def gaussian(sigma: float) -> Tensor:
    """(K, K), its sum 1."""
    offsets = torch.arange(-REACH, REACH + 1)
    line = torch.softmax(-0.5 * (offsets / sigma).square(), dim=0)
    return torch.outer(line, line)


def motion(half_turns: float) -> Tensor:
    """(K, K): a line through the middle."""
    offsets = torch.arange(-REACH, REACH + 1).float()
    along = math.cos(math.pi * half_turns), math.sin(math.pi * half_turns)
    distance = (offsets[None, :] * along[1] - offsets[:, None] * along[0]).abs()
    within = (offsets[None, :] * along[0] + offsets[:, None] * along[1]).abs() <= REACH + 0.01
    kernel = (1 - distance).clamp_min(0) * within
    return kernel / kernel.sum()


def low_pass(cutoff: float) -> Tensor:
    """(K, K): Lanczos' kernel of a smaller picture, with its negative lobes."""
    offsets = torch.arange(-REACH, REACH + 1).float()
    line = torch.sinc(offsets * cutoff) * torch.sinc(offsets / (REACH + 1))
    kernel = torch.outer(line, line)
    return kernel / kernel.sum()


def blur_kernels() -> Tensor:
    """(B, 1, K, K): no blur, the Gaussians, the motions, the smaller pictures."""
    offsets = torch.arange(-REACH, REACH + 1)
    nothing = torch.outer(offsets == 0, offsets == 0).float()
    kernels = [nothing, *map(gaussian, BLURS), *map(motion, MOTIONS), *map(low_pass, CUTOFFS)]
    return torch.stack(kernels)[:, None]


def cosines() -> Tensor:
    """(8, 8): the orthonormal cosines of JPEG (ITU-T T.81, A.3.3), one a row."""
    place = torch.arange(BLOCK)
    lines = torch.cos((2 * place[None, :] + 1) * place[:, None] * math.pi / (2 * BLOCK)) / 2
    lines[0] /= 2**0.5
    return lines
