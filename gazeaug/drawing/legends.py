"""What stands above a contact sheet: a title, and what its arrows and dots mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gazeaug.drawing.marks import draw_arrow, draw_dots

TITLE_SIZE, TEXT_SIZE, LINE_HEIGHT = 13, 12, 18
SAMPLE_WIDTH = 32  # pixels of the sheet, of the sample of a mark before its text
INK = (40, 40, 40)


@dataclass(frozen=True)
class Legend:
    """Texts above a sheet; those that are empty are left out."""

    title: str
    arrows: str = ""
    dots: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a legend: its text, how far it stands in, and the mark before it, "arrow", "dots" or none."""

    text: str
    size: int = TEXT_SIZE
    indent: int = 0
    mark: str = ""


def legend_lines(legend: Legend, width: int) -> list[Line]:
    """Break a legend into lines of a width at most, in pixels."""
    lines = [Line(text, TITLE_SIZE) for text in wrapped(legend.title, TITLE_SIZE, width)]
    for mark, text in (("arrow", legend.arrows), ("dots", legend.dots)):
        for i, part in enumerate(wrapped(text, TEXT_SIZE, width - SAMPLE_WIDTH)):
            lines.append(Line(part, indent=SAMPLE_WIDTH, mark="" if i else mark))
    return lines


def wrapped(text: str, size: int, width: int) -> list[str]:
    """A text broken between words into lines of a width at most; a longer word gets a line of its own."""
    font = ImageFont.load_default(size)
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def draw_legend(sheet: Image.Image, lines: list[Line], left: int, top: int) -> None:
    """Draw lines below each other, each `LINE_HEIGHT` high."""
    draw = ImageDraw.Draw(sheet)
    for i, line in enumerate(lines):
        y = top + (i + 0.5) * LINE_HEIGHT
        draw.text((left + line.indent, y), line.text, INK, ImageFont.load_default(line.size), anchor="lm")
        if line.mark == "arrow":
            draw_arrow(sheet, (left + 4, y), (left + SAMPLE_WIDTH - 8, y))
        elif line.mark == "dots":
            draw_dots(sheet, np.array([[left + 6, y], [left + 12, y], [left + 18, y]]))
