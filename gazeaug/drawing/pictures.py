"""Pictures on a page: columns of them under titles, enlarged by whole pixels: what is seen is what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.drawing.sheets import BACKGROUND, GUTTER, SCALE, TITLE_HEIGHT, Column, sheet_uri

WIDE, NARROW = 1120, 376  # screen pixels that all columns of a page share, on wide and on narrow screens
GAPS = 26, 8  # between columns
ACROSS = 2  # pictures side by side in a column, on wide screens
MOST = 6  # screen pixels a picture pixel


@dataclass(frozen=True)
class Pictures:
    """What the macro `pictures` shows."""

    columns: Sequence[Column]
    """All of one picture size; arrows and landmarks are not drawn."""
    across: int = ACROSS
    """Pictures side by side in each column, on wide screens."""
    abreast: int = 0
    """Columns side by side on narrow screens; 0 for all of them."""

    @property
    def height(self) -> int:
        """Of one picture, in its own pixels."""
        return int(self.columns[0].images.shape[1])

    @property
    def width(self) -> int:
        """Of one picture, in its own pixels."""
        return int(self.columns[0].images.shape[2])

    @property
    def wide(self) -> int:
        """Screen pixels a picture pixel on wide screens."""
        n = len(self.columns)
        return enlargement((WIDE - GAPS[0] * (n - 1)) // n // self.across, self.width)

    @property
    def narrow(self) -> int:
        """The same on narrow screens, where the pictures of a column stand one below the other."""
        n = self.abreast or len(self.columns)
        return enlargement((NARROW - GAPS[1] * (n - 1)) // n, self.width)

    def shown(self) -> list[tuple[str, list[str]]]:
        """Titles, and pictures as text that a page can hold."""
        return [
            (column.title, [sheet_uri(Image.fromarray(image)) for image in column.images]) for column in self.columns
        ]


def enlargement(place: int, width: int) -> int:
    """The largest whole factor by which a picture fits into a place, at least 1 and at most `MOST`."""
    return max(1, min(MOST, place // width))


def as_uri(image: NDArray[np.uint8]) -> str:
    """One picture, in its own pixels, as text that a page can hold."""
    return sheet_uri(Image.fromarray(image))


def pictures_of(sheet: Image.Image, n_columns: int, *, scale: int = SCALE) -> list[NDArray[np.uint8]]:
    """The pictures of a contact sheet in their own pixels, (N, H, W) or (N, H, W, 3) for each column.

    Args:
        sheet: as `contact_sheet` draws it, without arrows and landmarks.
        n_columns: that it has.
        scale: by which its pictures are enlarged.
    """
    pixels = np.asarray(sheet.convert("RGB"))
    width = (pixels.shape[1] - GUTTER) // n_columns - GUTTER
    is_empty = (pixels[:, GUTTER : GUTTER + width] == BACKGROUND).all((1, 2))
    is_empty[:TITLE_HEIGHT] = True
    edges = np.flatnonzero(np.diff(is_empty)) + 1  # where pictures begin and end, downwards
    found = []
    for left in range(GUTTER, n_columns * (width + GUTTER), width + GUTTER):
        here = pixels[:, left : left + width : scale]
        rows = [here[top:bottom:scale] for top, bottom in zip(edges[::2], edges[1::2], strict=True)]
        images = np.stack(rows)
        found.append(images[..., 0] if (images == images[..., :1]).all() else images)
    return found
