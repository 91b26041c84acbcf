"""Cutting and resizing pictures without ever squashing them: another aspect would bend the angles."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.eyefile.pixel_labels import Resizing

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels, edges not centres."""


def aspect_box(width: int, height: int, size: tuple[int, int], *, pad: bool = False) -> Box:
    """The largest box of the aspect of `size` (H, W) about the centre, or with `pad` the smallest around it all."""
    scale = (max if pad else min)(width / size[1], height / size[0])
    box_width, box_height = size[1] * scale, size[0] * scale
    left, top = (width - box_width) / 2, (height - box_height) / 2
    return left, top, left + box_width, top + box_height


def cut(picture: Image.Image, box: Box, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resample a box of a picture to (H, W) with anti-aliasing.

    Args:
        picture: mode L or RGB.
        box: of the aspect of `size`; what lies outside the picture repeats its edge.
        size: (H, W).

    Returns:
        uint8 (H, W) or (H, W, 3).
    """
    left, top, right, bottom = box
    before = max(0, ceil(-left)), max(0, ceil(-top))
    after = max(0, ceil(right - picture.width)), max(0, ceil(bottom - picture.height))
    if any(before + after):
        pixels = np.asarray(picture)
        edges = ((before[1], after[1]), (before[0], after[0]), *([(0, 0)] * (pixels.ndim - 2)))
        picture = Image.fromarray(np.pad(pixels, edges, mode="edge"))
        box = (left + before[0], top + before[1], right + before[0], bottom + before[1])
    resized = picture.resize((size[1], size[0]), Image.Resampling.BICUBIC, box=box)
    return np.asarray(resized, dtype=np.uint8)


def resizing_of(shape: tuple[int, ...], size: tuple[int, ...]) -> Resizing:
    """What `resize_pictures` does to pictures of (H, W) or (H, W, 3), for labels that go along (`moves_of`)."""
    (height, width), wanted = shape[:2], (size[0], size[1])
    left, top, right, _ = aspect_box(width, height, wanted)
    return Resizing(before=(height, width), after=wanted, left=left, top=top, scale=wanted[1] / (right - left))


def resize_pictures(images: NDArray[np.uint8], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Bring pictures to (H, W), cut to its aspect about the centre.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3).
        size: (H, W) of the result.
    """
    box = aspect_box(images.shape[2], images.shape[1], (size[0], size[1]))
    return np.stack([cut(Image.fromarray(image), box, (size[0], size[1])) for image in images])
