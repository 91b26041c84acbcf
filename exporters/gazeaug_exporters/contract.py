"""The refiner wrapped in the contract of the exported file.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gazeaug.feeding.dataset import scaled, to_grey_levels
from gazeaug.refiner.network import Refiner, to_levels


class MatchedRefiner(nn.Module):
    """float (N, C, H, W) in -1..1 to the same; pictures get the histogram that the refiner was trained on first."""

    def __init__(self, refiner: Refiner, table: list[list[int]] | None = None) -> None:
        super().__init__()
        self.refiner = refiner
        self.table: Tensor | None
        self.register_buffer("table", None if table is None else torch.tensor(table, dtype=torch.float32))

    def forward(self, image: Tensor) -> Tensor:
        """float (N, C, H, W) to the same."""
        if self.table is not None:
            return self.of_levels(to_grey_levels(image))
        refined: Tensor = self.refiner(image)
        return refined

    def of_levels(self, levels: Tensor) -> Tensor:
        """uint8 (N, C, H, W) to float in -1..1."""
        if self.table is not None:
            channels = enumerate(levels.to(torch.int64).unbind(1))
            levels = torch.stack([self.table[channel][values] for channel, values in channels], dim=1)
        refined: Tensor = self.refiner(scaled(levels), levels)
        return refined


class GreyLevelRefiner(nn.Module):
    """uint8 in, uint8 out: scaling, rounding and clamping are part of the graph, so no consumer can get them wrong."""

    def __init__(self, refiner: Refiner, table: list[list[int]] | None = None) -> None:
        super().__init__()
        self.matched = MatchedRefiner(refiner, table)
        self.is_grey = refiner.config.channels == 1

    def forward(self, image: Tensor) -> Tensor:
        """uint8 (N, H, W) or (N, H, W, 3) to the same."""
        refined = self.matched.of_levels(image[:, None] if self.is_grey else image.permute(0, 3, 1, 2))
        refined = refined.squeeze(1) if self.is_grey else refined  # not last, where even a view is copied
        refined = to_levels(refined).to(torch.uint8)  # within -1..1: nothing to clamp
        return refined if self.is_grey else refined.permute(0, 2, 3, 1)
