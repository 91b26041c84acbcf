"""A refiner that computes as its exported graph first did: the same weights and pixels by more and larger steps.

Files of that graph are with users, without `gazeaug.graph` in their metadata.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gazeaug.feeding.dataset import scaled, to_grey_levels
from gazeaug.refiner.camera import GRAIN_MAPS, MOST_GAIN, MOST_GRAIN, MOST_LIGHT, Camera
from gazeaug.refiner.network import (
    COLUMN_FACTOR,
    CORRECTION_GAIN,
    HASH_FACTOR,
    HASH_MODULUS,
    HASH_ROUNDS,
    LEVEL_FACTOR,
    MAP_FACTOR,
    ROW_FACTOR,
    Refiner,
    folded,
    one_each,
)
from gazeaug_exporters.contract import GreyLevelRefiner


class FirstGraph(GreyLevelRefiner):
    """The contract around a residual refiner with noise."""

    def forward(self, image: Tensor) -> Tensor:
        """uint8 (N, H, W) to the same."""
        refiner = self.matched.refiner
        images = scaled(image[:, None])
        noise = first_noise(images, refiner)
        return to_grey_levels(photographed(refiner, drawn(refiner, images, noise), noise))[:, 0]


def drawn(refiner: Refiner, images: Tensor, noise: Tensor) -> Tensor:
    """Every style as a map of its own size."""
    config, (height, width) = refiner.config, images.shape[2:]
    seen = noise[:, config.n_noise_maps if config.camera else 0 :]
    given = torch.cat([folded(images, config.fold), one_each(seen, config.fold)], dim=1)
    maps = torch.tanh(refiner.last(refiner.blocks(torch.relu(refiner.first(given)))))
    correction = F.pixel_shuffle(maps, config.fold)[:, :, :height, :width]
    return torch.clamp(images + CORRECTION_GAIN * correction, -1.0, 1.0)


def photographed(refiner: Refiner, pictures: Tensor, noise: Tensor) -> Tensor:
    """Styles read off their maps' first pixel."""
    if refiner.camera is None:
        return pictures
    camera = refiner.camera
    noises, styles = torch.split(noise, [GRAIN_MAPS, refiner.config.styles], dim=1)
    amounts = camera.amounts(styles[:, :, 0, 0])[:, :, None, None]
    light, blur, grain, gain, level = torch.split(amounts, camera.n_amounts, dim=1)
    seen = blurred(camera, lit(pictures, MOST_LIGHT * torch.tanh(light)), torch.softmax(blur, dim=1))
    middle = seen.mean((2, 3), keepdim=True)
    exposed = camera.kept_brightness * middle + level + torch.exp(MOST_GAIN * torch.tanh(gain)) * (seen - middle)
    fine = (noises[:, :1] + noises[:, 1:2]) / 2**0.5
    coarse = camera.convolved(noises[:, 2:], camera.kernels[1:2] / camera.kernels[1].square().sum().sqrt())
    noisy = exposed + MOST_GRAIN * (torch.sigmoid(grain) * torch.cat([fine, coarse], dim=1)).sum(1, keepdim=True)
    return torch.clamp(noisy, -1.0, 1.0)


def lit(pictures: Tensor, light: Tensor) -> Tensor:
    """The camera's light, each direction cut out by itself."""
    height, width = pictures.shape[2:]
    across, down = torch.linspace(-1, 1, width), torch.linspace(-1, 1, height)[:, None]
    return (pictures + 1) * (1 + light[:, :1] * across + light[:, 1:] * down) - 1


def blurred(camera: Camera, pictures: Tensor, shares: Tensor) -> Tensor:
    """Channel by channel."""
    channels = pictures.unbind(1)
    mixed = [(camera.convolved(one[:, None], camera.kernels) * shares).sum(1, keepdim=True) for one in channels]
    return torch.cat(mixed, dim=1)


def first_noise(images: Tensor, refiner: Refiner) -> Tensor:
    """Maps and styles as (N, M + S, H, W)."""
    height, width = images.shape[2:]
    levels = torch.round((images[:, :1] + 1.0) * 127.5).to(torch.int32)
    rows = torch.arange(height, dtype=torch.int32).reshape(1, 1, -1, 1)
    columns = torch.arange(width, dtype=torch.int32).reshape(1, 1, 1, -1)
    place = (rows * ROW_FACTOR + columns * COLUMN_FACTOR) % HASH_MODULUS
    key = (levels * place).sum(dim=(2, 3), keepdim=True, dtype=torch.int64) % HASH_MODULUS
    key = (key.to(torch.int32) + refiner.variant) % HASH_MODULUS
    layer = torch.arange(refiner.config.n_noise_maps, dtype=torch.int32).reshape(1, -1, 1, 1) * MAP_FACTOR
    noise = first_scrambled((place + key + levels * LEVEL_FACTOR + layer) % HASH_MODULUS, place)
    number = torch.arange(1, refiner.config.styles + 1, dtype=torch.int32).reshape(1, -1, 1, 1)
    style = first_scrambled((key + number * LEVEL_FACTOR) % HASH_MODULUS, number * ROW_FACTOR % HASH_MODULUS)
    return torch.cat([noise, style.expand(-1, -1, height, width)], dim=1)


def first_scrambled(state: Tensor, place: Tensor) -> Tensor:
    """Three moduli a round."""
    for _ in range(HASH_ROUNDS):
        state = (state * state % HASH_MODULUS + state * HASH_FACTOR % HASH_MODULUS + place + 1) % HASH_MODULUS
    return (state.to(torch.float32) / HASH_MODULUS - 0.5) * 12**0.5
