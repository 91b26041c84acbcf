"""Contact sheets: columns of pictures under titles, with gaze arrows and landmarks where they are known.

Shape suffixes: N pictures, K points.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.outputs import check_output, replacing, writing_to

SCALE = 3  # screen pixels a picture pixel
GUTTER = 6
TITLE_HEIGHT = 22
BACKGROUND, INK = (250, 250, 248), (40, 40, 40)
REAL, SIMULATED = "real", {"camera": "simulated camera", "synthetic": "synthetic"}
ARROW, DOT = (230, 60, 40), (40, 200, 90)


@dataclass(frozen=True)
class Column:
    """Pictures one below the other."""

    title: str
    images: NDArray[np.uint8]
    """uint8 (N, H, W) or (N, H, W, 3)."""
    look_vec: NDArray[Any] | None = None
    """(N, 3) or (N, 4): an arrow from the middle towards (+x, -y) on the screen."""
    landmarks: NDArray[Any] | None = None
    """(N, K, 2): points (x, y) in pixels of the picture, y down."""


def title_of_target(path: Path) -> str:
    """What the pictures of an eye file that is refined towards are: real, unless it says that it is sample data."""
    with open_eyes(path) as eyes:
        return title_of(eyes)


def title_of(eyes: EyeFile) -> str:
    """The same of a file that is open."""
    if eyes.attributes.get("source") != "gazeaug sample-data":
        return REAL
    return SIMULATED.get(str(eyes.attributes.get("domain")), "sample data")


def contact_sheet(columns: Sequence[Column], *, scale: int = SCALE) -> Image.Image:
    """Draw columns side by side.

    Args:
        columns: all of one picture size.
        scale: enlargement, by whole pixels, so that what is seen is what is stored.
    """
    height, width = (axis * scale for axis in columns[0].images.shape[1:3])
    n_rows = max(len(column.images) for column in columns)
    sheet = Image.new(
        "RGB",
        (len(columns) * (width + GUTTER) + GUTTER, TITLE_HEIGHT + n_rows * (height + GUTTER) + GUTTER),
        BACKGROUND,
    )
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for i, column in enumerate(columns):
        left = GUTTER + i * (width + GUTTER)
        draw.text((left + width / 2, TITLE_HEIGHT / 2 + 2), column.title, INK, font, anchor="mm")
        for row, image in enumerate(column.images):
            top = TITLE_HEIGHT + row * (height + GUTTER)
            picture = Image.fromarray(image).convert("RGB").resize((width, height), Image.Resampling.NEAREST)
            sheet.paste(picture, (left, top))
            if column.landmarks is not None:
                draw_points(draw, left, top, column.landmarks[row], scale)
            if column.look_vec is not None:
                draw_gaze(draw, left + width / 2, top + height / 2, column.look_vec[row], 0.4 * width)
    return sheet


def check_sheet(path: Path, *, inputs: Sequence[Path]) -> None:
    """Refuse a place where no sheet can be written. A sheet may be drawn again, so it replaces what is there.

    Raises:
        InputError: not the name of a PNG (it might be the eye file itself), or no folder that can be written.
    """
    if path.suffix.lower() != ".png":
        raise InputError(f"{path}: --grid writes a PNG; give it a name that ends in .png.")
    check_output(path, overwrite=True, inputs=inputs)


def save_sheet(sheet: Image.Image, path: Path) -> None:
    """Write a sheet as PNG, whole or not at all.

    Raises:
        RunError: the disk is full or refuses.
    """
    with replacing(path) as partial, writing_to(path):
        sheet.save(partial, format="PNG")


def sheet_uri(sheet: Image.Image) -> str:
    """A sheet, or any picture, as text that a page can hold."""
    png = io.BytesIO()
    sheet.save(png, format="PNG")
    return png_uri(png.getvalue())


def png_uri(png: bytes) -> str:
    """A PNG as text that a page can hold."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def tile(images: NDArray[np.uint8], n_columns: int, **per_row: NDArray[Any]) -> list[Column]:
    """Deal pictures row by row into untitled columns, their arrows or landmarks with them."""
    return [
        Column("", images[i::n_columns], **{name: rows[i::n_columns] for name, rows in per_row.items()})
        for i in range(min(n_columns, len(images)))
    ]


def draw_points(draw: ImageDraw.ImageDraw, left: int, top: int, points_K2: NDArray[Any], scale: int) -> None:
    """Dots at pixel coordinates of an enlarged picture."""
    for x, y in (np.asarray(points_K2, float) + 0.5) * scale:
        draw.ellipse((left + x - 1, top + y - 1, left + x + 1, top + y + 1), fill=DOT)


def draw_gaze(draw: ImageDraw.ImageDraw, x: float, y: float, look_vec: NDArray[Any], length: float) -> None:
    """An arrow for a gaze direction; its length is the part of the gaze across the line of sight."""
    end = x + length * float(look_vec[0]), y - length * float(look_vec[1])
    draw.line((x, y, *end), fill=ARROW, width=2)
    draw.ellipse((end[0] - 3, end[1] - 3, end[0] + 3, end[1] + 3), fill=ARROW)
