"""Arrows and dots over pictures: smooth edges, and a dark rim, so that they show on dark and on bright eyes alike.

Places are x and y in pixels of the sheet. Shape suffixes: K points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

FINE = 4  # points a pixel while drawing: Pillow's shapes have no smooth edges of their own
ARROW, DOT, RIM = (255, 205, 0), (60, 220, 110), (20, 20, 20)
SHAFT, HEAD_LENGTH, HEAD_WIDTH, RIM_WIDTH = 2.0, 9.0, 9.0, 1.0  # pixels
FOOT_RADIUS, DOT_RADIUS = 2.5, 1.2
MARGIN = HEAD_WIDTH  # of a mark's canvas, round its points
Place = NDArray[np.float64]
Pen = Callable[[ImageDraw.ImageDraw, Place, float], None]
"""Draws a mark in white on a fine canvas, given the canvas' corner, and grown on all sides by so many pixels."""


def draw_arrow(sheet: Image.Image, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow on an RGB sheet, with a dot at its foot. One that is shorter than its head gets a smaller head."""
    foot, tip = np.array(start, float), np.array(end, float)
    length = math.dist(start, end)
    along = (tip - foot) / max(length, 1e-9)
    across = np.array([-along[1], along[0]])
    share = min(1.0, length / HEAD_LENGTH)
    neck = tip - along * HEAD_LENGTH * share

    def pen(draw: ImageDraw.ImageDraw, corner: Place, grown: float) -> None:
        draw_disc(draw, foot - corner, FOOT_RADIUS + grown)
        if length < FOOT_RADIUS:
            return
        half = across * (HEAD_WIDTH / 2 * share + 1.5 * grown)
        head = (tip + along * 2 * grown, neck - along * grown + half, neck - along * grown - half)
        draw.line([fine(foot - corner), fine(neck - corner)], 255, round((SHAFT + 2 * grown) * FINE))
        draw.polygon([fine(point - corner) for point in head], 255)

    stamp(sheet, np.stack([foot, tip]), pen, ARROW)


def draw_dots(sheet: Image.Image, points_K2: NDArray[Any]) -> None:
    """Draw dots on an RGB sheet."""

    def pen(draw: ImageDraw.ImageDraw, corner: Place, grown: float) -> None:
        for point in points_K2:
            draw_disc(draw, point - corner, DOT_RADIUS + grown)

    stamp(sheet, points_K2, pen, DOT)


def stamp(sheet: Image.Image, points_K2: NDArray[Any], pen: Pen, colour: tuple[int, int, int]) -> None:
    """Lay what a pen draws round some points over the sheet: a dark rim first, the mark on it."""
    corner = np.floor(points_K2.min(axis=0) - MARGIN)
    width, height = (int(side) for side in np.ceil(points_K2.max(axis=0) + MARGIN) - corner)
    for grown, ink in ((RIM_WIDTH, RIM), (0.0, colour)):
        canvas = Image.new("L", (width * FINE, height * FINE))
        pen(ImageDraw.Draw(canvas), corner, grown)
        cover = canvas.resize((width, height), Image.Resampling.BOX)
        sheet.paste(ink, (int(corner[0]), int(corner[1])), cover)


def draw_disc(draw: ImageDraw.ImageDraw, middle: Place, radius: float) -> None:
    """A filled circle on a fine canvas; middle and radius in pixels."""
    x, y = fine(middle)
    draw.ellipse((x - radius * FINE, y - radius * FINE, x + radius * FINE, y + radius * FINE), 255)


def fine(point: Place) -> tuple[float, float]:
    """A place in pixels as one on the fine canvas."""
    return float(point[0]) * FINE, float(point[1]) * FINE
