"""Windows: level cuts out of a picture, turned and scaled, and the way of points into them and back.

Shape suffixes: K points, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Points = NDArray[np.float64]
"""(K, 2): x, y in pixels of a picture, edges not centres: the first pixel reaches from 0 to 1."""

SAMPLES = 3  # along each side of a result pixel, at least, where the picture has them: what is more is reduced before


@dataclass(frozen=True, kw_only=True)
class Window:
    """A rectangle of a picture, turned about its centre, that becomes (H, W) pixels; nothing is squashed."""

    centre: tuple[float, float]
    """x, y in pixels of the picture, edges not centres."""
    width: float
    """In pixels of the picture."""
    angle: float
    """Radians; the direction (cos, sin) in the picture, y down, becomes the window's x axis."""
    size: tuple[int, int]
    """(H, W) of the result."""
    mirrored: bool = False
    """Flipped left to right, after it is cut."""

    @property
    def step(self) -> float:
        """Pixels of the picture for each of the result."""
        return self.width / self.size[1]

    @property
    def axes(self) -> NDArray[np.float64]:
        """(2, 2): a step right and a step down in the result, each as x, y in the picture."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        flip = -1.0 if self.mirrored else 1.0
        axes: NDArray[np.float64] = np.array([[flip * c, flip * s], [-s, c]]) * self.step
        return axes

    def into(self, points: Points) -> Points:
        """Points of the picture in pixels of the result, where pixel centres lie at whole numbers."""
        relative = (np.asarray(points) - self.centre) @ np.linalg.inv(self.axes)
        inside: Points = relative + (np.array(self.size[::-1]) - 1) / 2
        return inside

    def out_of(self, points: Points) -> Points:
        """The way back: pixels of the result, centres at whole numbers, in the picture."""
        outside: Points = (np.asarray(points) - (np.array(self.size[::-1]) - 1) / 2) @ self.axes + self.centre
        return outside

    def corners(self) -> Points:
        """(4, 2): the outer corners in the picture, clockwise from the top left of the result."""
        height, width = self.size
        ends = [(-0.5, -0.5), (width - 0.5, -0.5), (width - 0.5, height - 0.5), (-0.5, height - 0.5)]
        return self.out_of(np.array(ends))

    def cut(self, picture: Image.Image) -> NDArray[np.uint8]:
        """The window as uint8 (H, W) or (H, W, 3).

        Where it reduces, every result pixel is the mean over its area; outside, the picture's edges are repeated.

        Args:
            picture: mode L or RGB.
        """
        shrink = max(1, int(self.step // SAMPLES))
        near, origin = self.surroundings(picture, spare=3 * shrink)  # bicubic sampling looks two pixels further
        near = near.reduce(shrink) if shrink > 1 else near
        n = max(1, int(np.ceil(self.step / shrink)))
        # Pillow samples at pixel centres, edges counted: (x + 0.5) of the result's n-fold grid.
        right, down = self.axes / (n * shrink)
        start = (self.corners()[0] - origin) / shrink
        matrix = (right[0], down[0], start[0], right[1], down[1], start[1])
        fine = (self.size[1] * n, self.size[0] * n)
        between = Image.Resampling.BICUBIC if n == 1 else Image.Resampling.BILINEAR  # samples that are averaged
        cut = near.transform(fine, Image.Transform.AFFINE, matrix, between)
        return np.asarray(cut.reduce(n) if n > 1 else cut, dtype=np.uint8)

    def surroundings(self, picture: Image.Image, *, spare: int) -> tuple[Image.Image, NDArray[np.float64]]:
        """The part of a picture around the window, its edges repeated beyond the border, and where it starts."""
        ends = self.corners()
        left, top = (int(v) - spare for v in np.floor(ends.min(axis=0)))
        right, bottom = (int(v) + spare for v in np.ceil(ends.max(axis=0)))
        first_x, first_y = min(max(left, 0), picture.width - 1), min(max(top, 0), picture.height - 1)
        last_x, last_y = max(min(right, picture.width), first_x + 1), max(min(bottom, picture.height), first_y + 1)
        part = picture.crop((first_x, first_y, last_x, last_y))
        edges = [(max(first_y - top, 0), max(bottom - last_y, 0)), (max(first_x - left, 0), max(right - last_x, 0))]
        if any(map(any, edges)):
            pixels = np.asarray(part)
            part = Image.fromarray(np.pad(pixels, [*edges, *([(0, 0)] * (pixels.ndim - 2))], mode="edge"))
        return part, np.array([min(left, first_x), min(top, first_y)], float)
