"""What a picture of an eye is worth: how sharp it is, how much contrast it has, and whether another is its near twin.

Shape suffixes: H height, W width.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.photos.options import HASH_BITS

HASH_SIZE = (17, HASH_BITS // 16)  # width, height of what is compared: one bit for each pair of neighbours in a row


def sharpness_of(image_HW: NDArray[np.uint8]) -> float:
    """Contrast of neighbouring pixels over that of the whole picture: near 0 for a blurred one, in any light.

    Standard deviation of the Laplacian over that of the grey levels. Only pictures of one scale can be compared.
    """
    grey = image_HW.astype(np.float64)
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return float(laplacian.std() / max(grey.std(), 1.0))


def contrast_of(image_HW: NDArray[np.uint8]) -> float:
    """Standard deviation of the grey levels: near 0 where nobody sees an eye, in the dark or in glare."""
    return float(image_HW.std())


def difference_hash(image_HW: NDArray[np.uint8]) -> int:
    """A perceptual hash of `HASH_BITS` bits: whether each pixel of the picture, made small, is darker than the next."""
    small = np.asarray(Image.fromarray(image_HW).resize(HASH_SIZE, Image.Resampling.BOX), np.int16)
    return int.from_bytes(np.packbits(small[:, 1:] > small[:, :-1]).tobytes(), "big")


def bits_apart(one: int, other: int) -> int:
    """In how many bits two hashes differ."""
    return (one ^ other).bit_count()
