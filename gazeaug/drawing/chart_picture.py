"""Line charts as one PNG, side by side, drawn twice as large and shrunk, so that lines are smooth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from gazeaug.drawing.charts import N_TICKS, Points, round_ticks

WIDTH, HEIGHT = 760, 470  # of one chart, in pixels of the PNG
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 46, 46
LINE_HEIGHT = 22  # of the legend
SMOOTH = 2
LOGARITHMIC = 20  # sizes of which the largest is so many times the smallest stand on a logarithmic axis
PAPER, INK, SOFT, RULE = "#fbfaf7", "#222222", "#6b6b66", "#e2e0d8"
COLOURS = ("#1f5fa8", "#c2571a", "#2f7d4f", "#8a4fa3", "#8a7a10", "#b03060")  # those of page.css on light paper


@dataclass(frozen=True)
class Curves:
    """What one chart shows."""

    title: str
    lines: Mapping[str, Points]
    """Points by name, at most six lines."""
    axis: str
    """What is counted from left to right."""


def chart_picture(charts: Sequence[Curves]) -> Image.Image:
    """Charts from left to right, each with its title, ticks and legend."""
    n_keys = max(len(chart.lines) for chart in charts)
    size = (WIDTH * len(charts), HEIGHT + LINE_HEIGHT * n_keys)
    image = Image.new("RGB", (size[0] * SMOOTH, size[1] * SMOOTH), PAPER)
    for number, chart in enumerate(charts):
        Pen(ImageDraw.Draw(image), number * WIDTH).draw(chart)
    return image.resize(size, Image.Resampling.LANCZOS)


class Pen:
    """Draws one chart; coordinates are pixels of the PNG, from the chart's own left edge."""

    def __init__(self, draw: ImageDraw.ImageDraw, left: int) -> None:
        self._draw, self._left = draw, left

    def draw(self, chart: Curves) -> None:
        """Title, grid, lines and legend."""
        xs, ys = zip(*(point for line in chart.lines.values() for point in line), strict=True)
        heights = round_ticks(min(ys), max(ys))
        is_logarithmic = min(xs) > 0 and max(xs) >= LOGARITHMIC * min(xs)
        widths = sorted(set(xs)) if is_logarithmic else round_ticks(min(xs), max(xs))
        scale = math.log if is_logarithmic else float
        first, last = scale(widths[0]), scale(widths[-1])
        across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

        def place(x: float, y: float) -> tuple[float, float]:
            share = (heights[-1] - y) / (heights[-1] - heights[0])
            return LEFT + (scale(x) - first) / (last - first) * across, TOP + share * up

        self.text(LEFT, TOP - 20, chart.title, INK, 16, "ls")
        for y in heights:
            self.line([place(widths[0], y), place(widths[-1], y)], RULE, 1)
            self.text(LEFT - 8, place(widths[0], y)[1], f"{y:g}", SOFT, 13, "rm")
        for x in widths:
            self.text(place(x, heights[0])[0], HEIGHT - BOTTOM + 8, f"{x:,.0f}", SOFT, 13, "mt")
        self.text(WIDTH - RIGHT, HEIGHT - BOTTOM + 26, chart.axis, SOFT, 13, "rt")
        for number, (name, line) in enumerate(chart.lines.items()):
            colour, y = COLOURS[number % len(COLOURS)], HEIGHT + LINE_HEIGHT * number
            self.line([place(*point) for point in line], colour, 2)
            if len(line) < 2 * N_TICKS:
                self.dots([place(*point) for point in line], colour)
            self.line([(LEFT, y), (LEFT + 26, y)], colour, 3)
            self.text(LEFT + 36, y, name, INK, 14, "lm")

    def text(self, x: float, y: float, text: str, colour: str, size: int, anchor: str) -> None:
        """Text at a place; `anchor` as Pillow has it."""
        self._draw.text(self._at(x, y), text, colour, ImageFont.load_default(size * SMOOTH), anchor=anchor)

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: int) -> None:
        """A line through points."""
        self._draw.line([self._at(*point) for point in points], colour, width * SMOOTH, joint="curve")

    def dots(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """A disc at every point."""
        for x, y in (self._at(*point) for point in points):
            self._draw.ellipse((x - 4 * SMOOTH, y - 4 * SMOOTH, x + 4 * SMOOTH, y + 4 * SMOOTH), fill=colour)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (x + self._left) * SMOOTH, y * SMOOTH
