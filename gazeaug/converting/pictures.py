"""Pictures as targets want them: grey or RGB, as PNG."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def to_rgb(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey repeated in three channels; RGB as it is."""
    return images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)


def to_grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB as luminance; grey as it is."""
    return (
        images if images.ndim == 3 else np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in images])
    )


def png_bytes(image: NDArray[np.uint8]) -> bytes:
    """A picture as PNG, which loses nothing."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()
