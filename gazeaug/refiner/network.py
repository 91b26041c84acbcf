"""The refiner: rendered eye in, realistic eye out, gaze unmoved.

Shape suffixes: N pictures, C channels, H height, W width, F features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.errors import InputError
from gazeaug.refiner.camera import GRAIN_MAPS, Camera
from gazeaug.refiner.equalisation import as_ended
from gazeaug.refiner.padding import replicate_pad, smoothed

VARIANT, FIRST_VARIANT = "variant", 7_001
ENDINGS = ("none", "equalised")
CORRECTION_GAIN = 2.0  # the range -1..1 is two wide: any grey level can be reached from any other


@dataclass(frozen=True, kw_only=True)
class RefinerConfig:
    """Shape of a refiner; stored with every checkpoint, so that it can be built again."""

    channels: int = 1
    """1 for grey, 3 for RGB."""
    features: int = 32
    """Feature maps of every layer; 64 in Shrivastava et al. 2017, section 3.1."""
    blocks: int = 4
    """Residual blocks of two 3x3 convolutions; 4 in the paper."""
    residual: bool = True
    """Predict a correction of the input, zero at the start; False predicts the picture itself, as in the paper."""
    noise: bool = True
    """One more input map of white noise drawn from the picture's own pixels: a network without it has nothing to
    make sensor noise from."""

    styles: int = 0
    """With noise: so many random numbers for the whole picture besides, for what varies from picture to picture
    (exposure, blur, strength of the grain)."""
    camera: bool = False
    """The convolutions redraw the eye, and a `Camera` photographs what they have drawn; noise then goes to its grain
    alone. False: the convolutions do all of it, as in the paper."""
    ending: str = "none"
    """What the pictures went through after the camera: "equalised" gives each a flat histogram."""
    fold: int = 1
    """Side of the squares of pixels that the convolutions see as channels of one place: 2 makes them four times as
    fast, and lets them see twice as far."""

    @property
    def n_noise_maps(self) -> int:
        """White noise drawn for every pixel."""
        return (GRAIN_MAPS if self.camera else 1) if self.noise else 0

    @property
    def n_given(self) -> int:
        """Input maps of the first convolution: folded pixels, numbers for the whole picture, and noise."""
        white = 1 if self.noise and not self.camera else 0
        return self.channels * self.fold**2 + white + (self.styles if self.noise else 0)

    def __post_init__(self) -> None:
        """Refuse values out of range, naming the option."""
        if self.styles < 0:
            raise InputError(f"--styles must be at least 0, got {self.styles}.")
        if self.channels not in (1, 3):
            raise InputError(f"channels must be 1 or 3, got {self.channels}.")
        if self.ending not in ENDINGS:
            raise InputError(f"--ending must be one of {', '.join(ENDINGS)}, got '{self.ending}'.")
        if self.camera and not (self.noise and self.styles):
            raise InputError("--camera draws light, blur and grain at random and needs --noise and --styles 1 or more.")
        for name in ("features", "blocks", "fold"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} must be at least 1, got {getattr(self, name)}.")


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a skip connection (paper, section 3.1)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.first = convolution(features, features)
        self.second = convolution(features, features)

    def forward(self, maps_NFHW: Tensor) -> Tensor:
        """(N, F, H, W) to the same shape."""
        correction = self.second(torch.relu(self.first(maps_NFHW)))
        return torch.relu(maps_NFHW + correction)


class Noise(NamedTuple):
    """Random numbers for pictures, uniform with zero mean and unit variance."""

    maps: Tensor
    """White noise, a number for every pixel: float (N, M, H, W)."""
    styles: Tensor
    """Numbers for the whole picture: float (N, S, 1, 1)."""


class Refined(NamedTuple):
    """What a refiner makes of pictures, float (N, C, H, W) in -1..1."""

    drawn: Tensor
    """As the convolutions drew them: what self-regularisation holds to the input."""
    picture: Tensor
    """Photographed by the refiner's camera; the same where it has none."""


class Refiner(nn.Module):
    """Shrivastava et al. 2017, section 3.1: 3x3 convolution, residual blocks, 1x1 convolution, tanh.

    Weights start from Glorot's uniform distribution, as in the Keras code that the project starts from.
    """

    variant: Tensor

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__()
        self.config = config
        if config.noise:
            # Another number is another noise: `gazeaug refine-dataset --variant` sets it in the exported file, where
            # it must stay a constant of its own, so it is neither 0 nor the like of any other.
            self.register_buffer(VARIANT, torch.full((1, 1, 1, 1), FIRST_VARIANT, dtype=torch.int32), persistent=False)
        self.first = convolution(config.n_given, config.features)
        self.blocks = nn.Sequential(*(ResidualBlock(config.features) for _ in range(config.blocks)))
        self.last = nn.Conv2d(config.features, config.channels * config.fold**2, kernel_size=1)
        nn.init.xavier_uniform_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]
        if config.residual:
            nn.init.zeros_(self.last.weight)
        exposes = config.ending != "equalised"
        self.camera = Camera(config.channels, config.styles, exposes=exposes) if config.camera else None

    def forward(self, images_NCHW: Tensor, levels_NCHW: Tensor | None = None) -> Tensor:
        """Refine pictures.

        Args:
            images_NCHW: float (N, C, H, W) in -1..1, C as configured, H and W at least 16.
            levels_NCHW: their grey levels 0..255, where they are at hand.

        Returns:
            float of the same shape in -1..1.
        """
        noise = self.noise_for(images_NCHW, levels_NCHW)
        return self.photographed(self.drawn(images_NCHW, noise), noise)

    def noise_for(self, images_NCHW: Tensor, levels_NCHW: Tensor | None = None) -> Noise | None:
        """`n_noise_maps` and styles; nothing for a refiner without noise."""
        if not self.config.noise:
            return None
        levels = to_levels(images_NCHW.detach()) if levels_NCHW is None else levels_NCHW
        return pixel_noise(levels, self.config.styles, self.variant, maps=self.config.n_noise_maps)

    def drawn(self, images_NCHW: Tensor, noise: Noise | None) -> Tensor:
        """Pictures as the convolutions draw them."""
        height, width = images_NCHW.shape[2:]
        maps = torch.tanh(self.last(self.blocks(torch.relu(self.first(self.given(images_NCHW, noise))))))
        correction = unfolded(maps, self.config.fold)[:, :, :height, :width]
        if not self.config.residual:
            return correction
        if self.config.fold > 1:
            correction = without_lattice(correction)
        return torch.clamp(images_NCHW + CORRECTION_GAIN * correction, -1.0, 1.0)

    def given(self, images_NCHW: Tensor, noise: Noise | None) -> Tensor:
        """What the first convolution sees (N, `n_given`, H / fold, W / fold)."""
        seen = [folded(images_NCHW, self.config.fold)]
        if noise is not None:
            if not self.config.camera:
                seen.append(one_each(noise.maps, self.config.fold))
            if self.config.styles:
                seen.append(noise.styles.expand(-1, -1, *seen[0].shape[2:]))
        return torch.cat(seen, dim=1) if len(seen) > 1 else seen[0]

    def photographed(self, drawn_NCHW: Tensor, noise: Noise | None) -> Tensor:
        """Pictures through the camera, and what came after it, where there is either."""
        photograph = drawn_NCHW
        if self.camera is not None and noise is not None:
            photograph = self.camera(drawn_NCHW, noise.styles.flatten(1), noise.maps)
        return as_ended(photograph, self.config.ending)


class Stages(nn.Module):
    """A refiner in training: both of its stages are wanted, and the camera computes in fp32 whatever the rest does."""

    def __init__(self, refiner: Refiner) -> None:
        super().__init__()
        self.refiner = refiner

    def forward(self, images_NCHW: Tensor) -> Refined:
        """See `Refiner.forward`."""
        noise = self.refiner.noise_for(images_NCHW)
        drawn = self.refiner.drawn(images_NCHW, noise)
        with torch.autocast(drawn.device.type, enabled=False):
            return Refined(drawn, self.refiner.photographed(drawn.float(), noise))


def folded(images_NCHW: Tensor, fold: int) -> Tensor:
    """Squares of `fold` x `fold` pixels as channels of one place; edges are repeated where they do not fill one."""
    if fold == 1:  # or else the exported graph copies
        return images_NCHW
    height, width = images_NCHW.shape[2:]
    padded = F.pad(images_NCHW, (0, -width % fold, 0, -height % fold), mode="replicate")
    return F.pixel_unshuffle(padded, fold)


def unfolded(maps_NCHW: Tensor, fold: int) -> Tensor:
    """Channels of one place as squares of `fold` x `fold` pixels."""
    return F.pixel_shuffle(maps_NCHW, fold) if fold > 1 else maps_NCHW


def without_lattice(maps_NCHW: Tensor) -> Tensor:
    """Without what changes from each pixel to the next: the channels of one place differ, and leave a lattice there.

    Two means over 2 x 2 pixels, whose response at the highest frequency is exactly 0.
    """
    return smoothed(maps_NCHW, 2, 2)


def one_each(maps_NCHW: Tensor, fold: int) -> Tensor:
    """The first value of every square of pixels."""
    return maps_NCHW[:, :, ::fold, ::fold]


class EdgeConvolution(nn.Conv2d):
    """A 3x3 convolution of pictures whose edges are repeated."""

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """(N, C, H, W) to the same height and width over the stride."""
        return super().forward(replicate_pad(maps_NCHW, 1))


def convolution(channels_in: int, channels_out: int) -> nn.Conv2d:
    """A 3x3 convolution that keeps the size; edges are repeated, since zeros leave a dark frame round every picture."""
    layer = EdgeConvolution(channels_in, channels_out, kernel_size=3)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer


# Quadratic congruences whose intermediates stay below 2**31, so that every runtime computes them alike in int32.
HASH_MODULUS = 32_749  # the largest prime below 2**15
HASH_FACTOR = 16_807
ROW_FACTOR, COLUMN_FACTOR, LEVEL_FACTOR, MAP_FACTOR = 7_919, 12_553, 104_729 % HASH_MODULUS, 19_937
HASH_ROUNDS = 3
# state**2 + HASH_FACTOR * state is (state + HALF_FACTOR)**2 - HALF_FACTOR**2: a multiplication less each round.
HALF_FACTOR = HASH_FACTOR * (HASH_MODULUS + 1) // 2 % HASH_MODULUS


def to_levels(images_NCHW: Tensor) -> Tensor:
    """Pictures in -1..1 as whole grey levels, still float."""
    return torch.round((images_NCHW + 1.0) * 127.5)


def pixel_noise(levels_NCHW: Tensor, styles: int = 0, variant: Tensor | int = FIRST_VARIANT, *, maps: int = 1) -> Noise:
    """White noise that depends on nothing but the picture: the same eye gives the same noise in every runtime.

    Integer arithmetic only: exact on CPU and GPU, in torch and in ONNX Runtime. Sums stay below 2**24 for sides of up
    to 512 pixels, since ONNX Runtime's CUDA provider has, in some versions, summed integers as floats.

    Args:
        levels_NCHW: grey levels 0..255 of any type (N, C, H, W); the first channel decides.
        styles: numbers for the whole picture.
        variant: which of many noises, from 0 to `HASH_MODULUS` - 1.
        maps: of white noise.
    """
    height, width = levels_NCHW.shape[2:]
    levels = levels_NCHW[:, :1].to(torch.int32)
    rows = torch.arange(height, dtype=torch.int32, device=levels.device).reshape(1, 1, -1, 1)
    columns = torch.arange(width, dtype=torch.int32, device=levels.device).reshape(1, 1, 1, -1)
    place = (rows * ROW_FACTOR + columns * COLUMN_FACTOR) % HASH_MODULUS
    row_keys = (levels * place % HASH_MODULUS).sum(3, keepdim=True, dtype=torch.int32) % HASH_MODULUS
    key = (row_keys.sum(2, keepdim=True, dtype=torch.int32) + variant) % HASH_MODULUS
    state = (levels * LEVEL_FACTOR + place + key) % HASH_MODULUS
    layer = torch.arange(maps, dtype=torch.int32, device=levels.device).reshape(1, -1, 1, 1)
    number = torch.arange(1, styles + 1, dtype=torch.int32, device=levels.device).reshape(1, -1, 1, 1)
    return Noise(
        scrambled(state, layer * MAP_FACTOR, place),
        scrambled(key, number * LEVEL_FACTOR, number * ROW_FACTOR % HASH_MODULUS),
    )


def scrambled(state: Tensor, offset: Tensor, place: Tensor) -> Tensor:
    """int32 numbers below the modulus, moved by a constant, to uniform floats of zero mean and unit variance.

    Each round squares the state, which breaks the linear relation between neighbours, and adds `HASH_FACTOR` times the
    state, the place and 1.
    """
    added = (place + 1 - HALF_FACTOR**2 % HASH_MODULUS) % HASH_MODULUS
    # Within a modulus of 0 on either side, so that no remainder is needed before the first square.
    state = state + ((offset + HALF_FACTOR) % HASH_MODULUS - HASH_MODULUS)
    for _ in range(HASH_ROUNDS - 1):
        state = (state * state + (added + HALF_FACTOR) % HASH_MODULUS) % HASH_MODULUS
    state = (state * state + added) % HASH_MODULUS
    return (state.to(torch.float32) / HASH_MODULUS - 0.5) * 12**0.5
