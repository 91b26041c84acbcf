"""The history of refined pictures, so that the discriminator does not forget earlier refiners (paper, section 2.3)."""

from __future__ import annotations

import torch
from torch import Tensor

from gazeaug.refiner.transfer import sent


class History:
    """A buffer of refined pictures: it fills, then replaces at random; samples are drawn from all of it.

    Args:
        capacity: pictures it holds.
        image_shape: (C, H, W).
        device: where it is kept.

    Attributes:
        n_images: how many it holds by now.
    """

    def __init__(self, capacity: int, image_shape: tuple[int, ...], device: torch.device) -> None:
        self.images_NCHW = torch.zeros((capacity, *image_shape), device=device)
        self.n_images = 0

    @property
    def capacity(self) -> int:
        """Pictures it can hold."""
        return len(self.images_NCHW)

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        """`n` different pictures at random as (n, C, H, W), fewer while it holds fewer."""
        rows = torch.randperm(self.n_images, generator=generator)[:n]
        return self.images_NCHW[sent(rows, self.images_NCHW.device)]

    def store(self, images_NCHW: Tensor, generator: torch.Generator) -> None:
        """Keep pictures: in free places first, then in place of random ones."""
        n_free = min(self.capacity - self.n_images, len(images_NCHW))
        self.images_NCHW[self.n_images : self.n_images + n_free] = images_NCHW[:n_free].detach()
        self.n_images += n_free
        late = images_NCHW[n_free:].detach()
        rows = torch.randperm(self.capacity, generator=generator)[: len(late)]
        self.images_NCHW[sent(rows, self.images_NCHW.device)] = late[: len(rows)]
