"""A refiner that computes as its exported graph first did: the same weights and pixels by more and larger steps.

Files of that graph are with users, without `gazeaug.graph` in their metadata.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gazeaug.feeding.dataset import scaled, to_grey_levels
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
)
from gazeaug_exporters.contract import GreyLevelRefiner


class FirstGraph(GreyLevelRefiner):
    """The contract around a residual refiner with noise that sees single pixels and has no camera."""

    def forward(self, image: Tensor) -> Tensor:
        """uint8 (N, H, W) to the same."""
        refiner = self.matched.refiner
        images = scaled(image[:, None])
        noise = first_noise(images, refiner)
        return to_grey_levels(drawn(refiner, images, noise))[:, 0]


def drawn(refiner: Refiner, images: Tensor, noise: Tensor) -> Tensor:
    """Every style as a map of its own size."""
    maps = torch.relu(refiner.first(torch.cat([images, noise], dim=1)))
    return torch.clamp(images + CORRECTION_GAIN * torch.tanh(refiner.last(refiner.blocks(maps))), -1.0, 1.0)


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
