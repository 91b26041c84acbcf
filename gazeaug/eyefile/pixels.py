"""Pixels of any number type brought to uint8, where their range proves what they mean.

Shape suffixes: N rows, H height, W width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.links import DAMAGED

FLAT_BELOW = 4  # grey levels between the darkest pixel and the brightest one: coding alone makes so many


def flat_rows(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which pictures of (N, H, W) or (N, H, W, 3) are of one colour, so that nothing can be seen in them."""
    pixels = images.reshape(len(images), images.shape[1] * images.shape[2], -1)
    return np.asarray((pixels.max(axis=1) - pixels.min(axis=1) < FLAT_BELOW).all(axis=1))


def size_text(height: int | None, width: int | None, channels: int) -> str:
    """35 x 55 grey, for messages; None is an axis of any length."""
    return f"{height or 'any'} x {width or 'any'} {'RGB' if channels == 3 else 'grey'}"


@dataclass(frozen=True)
class PixelScale:
    """What turns stored numbers into grey levels 0..255: 1 for uint8 and 0..255 numbers, 255 for 0..1 floats."""

    factor: float = 1.0

    def to_uint8(self, pixels: NDArray[Any]) -> NDArray[np.uint8]:
        """Rescale and round to uint8; uint8 comes back as it is."""
        if pixels.dtype == np.uint8:
            return pixels
        grey_levels: NDArray[np.uint8] = np.rint(pixels.astype(np.float32) * np.float32(self.factor)).astype(np.uint8)
        return grey_levels


def prove_scale(
    blocks: Iterable[NDArray[Any]],
    dtype: np.dtype[Any],
    where: str,
    first: Callable[[], NDArray[Any]] | None = None,
) -> PixelScale:
    """Find the scale of pixels by looking at every one of them; of uint8 a look at the first pictures does.

    Args:
        blocks: all pixels, block by block, a picture a row.
        dtype: their stored type.
        where: the file and dataset, for the error.
        first: reads the first pictures; None where uint8 is as it should be.

    Raises:
        InputError: not numbers, not finite, outside 0..255, in a range that both scales would explain, or of pictures
            in both scales.
    """
    if dtype == np.uint8 and (first is None or not _is_rounded(first)):
        return PixelScale()
    if dtype.kind not in "iuf":
        raise InputError(f"{where}: expected uint8 pixels (or numbers 0..255 or 0..1), found {dtype}.")
    lowest, highest, n_rows = np.inf, -np.inf, 0
    dark: tuple[int, float] | None = None  # the first picture that can only be of 0..1
    for block in blocks:
        if dtype.kind == "f" and not np.isfinite(block).all():
            raise InputError(f"{where}: expected pixels 0..255 or 0..1, found NaN or infinity.")
        brightest = block.reshape(len(block), -1).max(axis=1)
        if dark is None and dtype.kind == "f":
            dark = next(((n_rows + row, float(brightest[row])) for row in _fractions(block, brightest)), None)
        n_rows += len(block)
        lowest, highest = min(lowest, float(block.min())), max(highest, float(brightest.max()))
    found = f"{dtype} from {lowest:.9g} to {highest:.9g}"
    if dtype.kind != "f" and lowest >= 0 and 0 < highest <= 1:
        raise InputError(
            f"{where}: whole numbers ({dtype}) from {lowest:g} to {highest:g} would come out black; rescale them to "
            "uint8, from what they were before they were rounded."
        )
    if _within(lowest, highest, 1.0) and dtype.kind == "f":
        return PixelScale(factor=255.0)
    if not _within(lowest, highest, 255.0):
        raise InputError(f"{where}: expected pixels 0..255 or 0..1, found {found}.")
    if dtype.kind == "f" and highest < 2:
        raise InputError(
            f"{where}: found pixels of {found}, which fit neither 0..1 nor 0..255: the highest is above 1, and as grey "
            "levels of 0..255 all would be black; rescale them to uint8."
        )
    if dark is not None:
        raise InputError(
            f"{where}: picture {dark[0]} has pixels up to {dark[1]:.3g}, others up to {highest:.4g}: some are of 0..1 "
            "and would come out black among those of 0..255; rescale all to uint8."
        )
    return PixelScale()


def _is_rounded(first: Callable[[], NDArray[Any]]) -> bool:
    """Whether pictures hold 0 and 1 and nothing else, as what is left of 0..1 where it was rounded."""
    try:
        pixels = first()
    except DAMAGED:  # said where those rows are needed
        return False
    if pixels.max() != 1:  # before rows are made: of MATLAB's order of axes they are a copy
        return False
    rows = pixels.reshape(len(pixels), -1)
    return bool((rows.max(axis=1) > rows.min(axis=1)).any())


def _fractions(block: NDArray[Any], brightest: NDArray[Any]) -> Iterator[int]:
    """The pictures of a block that reach no higher than 1, and hold more than whole numbers."""
    for row in np.flatnonzero((brightest > 0) & (brightest <= 1)):
        if (block[row] % 1).any():
            yield int(row)


def _within(lowest: float, highest: float, white: float) -> bool:
    """Whether pixels lie within black and white, or so little outside that rounding to grey levels brings them in."""
    slack = 0.49 * white / 255
    return lowest >= -slack and highest <= white + slack


def in_grey_levels(pixels: NDArray[Any], where: str) -> NDArray[np.uint8]:
    """All pixels of a source that is read at once, as uint8; raises as `prove_scale`."""
    if not pixels.size:
        return pixels.astype(np.uint8)
    return prove_scale([pixels], pixels.dtype, where, lambda: pixels).to_uint8(pixels)
