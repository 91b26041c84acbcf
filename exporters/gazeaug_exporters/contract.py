"""The refiner wrapped in the contract of the exported file.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

from torch import Tensor, nn

from gazeaug.eye_dataset import scaled, to_grey_levels
from gazeaug.refiner import Refiner


class GreyLevelRefiner(nn.Module):
    """uint8 in, uint8 out: scaling, rounding and clamping are part of the graph, so no consumer can get them wrong."""

    def __init__(self, refiner: Refiner) -> None:
        super().__init__()
        self.refiner = refiner
        self.is_grey = refiner.config.channels == 1

    def forward(self, image: Tensor) -> Tensor:
        """uint8 (N, H, W) or (N, H, W, 3) to the same."""
        channels_first = image[:, None] if self.is_grey else image.permute(0, 3, 1, 2)
        refined = to_grey_levels(self.refiner(scaled(channels_first)))
        return refined[:, 0] if self.is_grey else refined.permute(0, 2, 3, 1)
