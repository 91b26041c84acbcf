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
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from gazeaug.drawing.legends import INK, LINE_HEIGHT, TEXT_SIZE, TITLE_SIZE, Legend, draw_legend, legend_lines
from gazeaug.drawing.marks import draw_arrow, draw_dots
from gazeaug.errors import InputError
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.outputs import check_output, replacing, writing_to

SCALE = 3  # pixels of the sheet a picture pixel
CELL_WIDTH = SCALE * 55  # pixels of the sheet that pictures of any size are enlarged to, about
GUTTER = 6
CAPTION_HEIGHT, TITLE_HEIGHT = 15, 22
LEGEND_WIDTH = 480  # of a sheet with a legend at least
BACKGROUND, FAINT = (250, 250, 248), (90, 90, 90)
REAL, SIMULATED = "real", {"camera": "simulated camera", "synthetic": "synthetic"}
ARROW_LENGTH = 0.4  # of a picture's width, for a gaze at a right angle to the line of sight


@dataclass(frozen=True)
class Column:
    """Pictures one below the other."""

    title: str
    images: NDArray[np.uint8]
    """uint8 (N, H, W) or (N, H, W, 3)."""
    look_vec: NDArray[Any] | None = None
    """(N, 3) or (N, 4): an arrow towards (+x, -y) on the screen, as long as the part of the gaze across the view."""
    landmarks: NDArray[Any] | None = None
    """(N, K, 2): points (x, y) in pixels of the picture, y down."""
    arrows_from: NDArray[Any] | None = None
    """(N, 2): where arrows begin, in pixels of the picture; its middle for None."""
    captions: NDArray[Any] | None = None
    """(N,): short texts, one below each picture."""


@dataclass(frozen=True)
class Cell:
    """A picture's place on a sheet."""

    column: Column
    row: int
    corner: tuple[int, int]
    """Left and top, in pixels of the sheet."""
    scale: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the enlarged picture."""
        height, width = self.column.images.shape[1:3]
        return width * self.scale, height * self.scale

    def on_sheet(self, points: ArrayLike) -> NDArray[np.float64]:
        """Places in pixels of the picture, (..., 2), centres at integers, as places on the sheet."""
        return (np.asarray(points, float) + 0.5) * self.scale + self.corner


def title_of_target(path: Path) -> str:
    """What the pictures of an eye file that is refined towards are: real, unless it says that it is sample data."""
    with open_eyes(path) as eyes:
        return title_of(eyes)


def title_of(eyes: EyeFile) -> str:
    """The same of a file that is open."""
    if eyes.attributes.get("source") != "gazeaug sample-data":
        return REAL
    return SIMULATED.get(str(eyes.attributes.get("domain")), "sample data")


def contact_sheet(columns: Sequence[Column], *, scale: int = SCALE, legend: Legend | None = None) -> Image.Image:
    """Draw columns side by side, pictures enlarged by whole pixels, so that what is seen is what is stored.

    Args:
        columns: all of one picture size.
        scale: enlargement; `enlargement` gives one that suits a picture's width.
        legend: what stands above them.
    """
    height, width = columns[0].images.shape[1:3]
    step_x, step_y = width * scale + GUTTER, height * scale + GUTTER
    if any(column.captions is not None for column in columns):
        step_y += CAPTION_HEIGHT
    sheet_width = len(columns) * step_x + GUTTER
    lines, top = [], TITLE_HEIGHT if any(column.title for column in columns) else GUTTER
    if legend is not None:
        sheet_width = max(sheet_width, LEGEND_WIDTH)
        lines = legend_lines(legend, sheet_width - 2 * GUTTER)
        top += len(lines) * LINE_HEIGHT + GUTTER
    n_rows = max(len(column.images) for column in columns)
    sheet = Image.new("RGB", (sheet_width, top + n_rows * step_y), BACKGROUND)
    draw_legend(sheet, lines, GUTTER, GUTTER)
    cells = [
        Cell(column, row, (GUTTER + i * step_x, top + row * step_y), scale)
        for i, column in enumerate(columns)
        for row in range(len(column.images))
    ]
    for draw in (paste_picture, draw_marks, write_texts):  # in this order, since an arrow may reach into the next cell
        for cell in cells:
            draw(sheet, cell)
    return sheet


def enlargement(width: int) -> int:
    """How many times a picture is enlarged, a whole number: as near to `CELL_WIDTH` as it comes."""
    return max(1, round(CELL_WIDTH / width))


def paste_picture(sheet: Image.Image, cell: Cell) -> None:
    """Lay the enlarged picture on the sheet."""
    picture = Image.fromarray(cell.column.images[cell.row]).convert("RGB")
    sheet.paste(picture.resize(cell.size, Image.Resampling.NEAREST), cell.corner)


def draw_marks(sheet: Image.Image, cell: Cell) -> None:
    """Draw the picture's landmarks and its arrow."""
    column, row = cell.column, cell.row
    if column.landmarks is not None:
        draw_dots(sheet, cell.on_sheet(column.landmarks[row]))
    if column.look_vec is not None:
        n_rows, n_columns = column.images.shape[1:3]
        foot = ((n_columns - 1) / 2, (n_rows - 1) / 2) if column.arrows_from is None else column.arrows_from[row]
        x, y = cell.on_sheet(foot)
        right, up = (ARROW_LENGTH * cell.size[0] * float(part) for part in column.look_vec[row][:2])
        draw_arrow(sheet, (x, y), (x + right, y - up))


def write_texts(sheet: Image.Image, cell: Cell) -> None:
    """Write the picture's caption below it, and above the first one the column's title."""
    draw, (left, top), (width, height) = ImageDraw.Draw(sheet), cell.corner, cell.size
    if cell.column.captions is not None:
        place, font = (left + width / 2, top + height + CAPTION_HEIGHT / 2 + 1), ImageFont.load_default(TEXT_SIZE)
        text = str(cell.column.captions[cell.row])
        draw.text(place, text, FAINT, font, anchor="mm", stroke_width=2, stroke_fill=BACKGROUND)
    if cell.row == 0 and cell.column.title:
        place, font = (left + width / 2, top - TITLE_HEIGHT / 2 + 2), ImageFont.load_default(TITLE_SIZE)
        draw.text(place, cell.column.title, INK, font, anchor="mm")


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
