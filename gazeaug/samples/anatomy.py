"""Shapes of eyes and where every pixel lies on them, drawn alike in both sample domains.

An eyeball is projected orthographically: the iris centre moves by the gaze times the eyeball's radius and its disc
is foreshortened along the gaze; lids cover it. Lengths are in pixels of a picture 55 wide. Edges are soft by a
fraction of a pixel instead of supersampled, which keeps everything in a few array operations.

Shape suffixes: N pictures, H height, W width.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gazeaug.gaze.angles import pitchyaw_to_look_vec
from gazeaug.samples.options import GazeRange
from gazeaug.samples.shading import Array, column, soft

BLOCK = 256  # pictures of one random stream: part of what a seed means
REFERENCE_WIDTH = 55.0
EYEBALL_RADIUS, IRIS_RADIUS = 14.8, 7.2  # 12 mm and 5.9 mm where an eye of 30 mm spans 37 pixels
IRIS_PLANE = 0.88  # distance of the iris from the eyeball's centre, in radii


class EyeShapes:
    """What a canvas needs to know of N eyes; lengths in pixels of a picture 55 wide, angles in radians."""

    look_vec: Array
    """(N, 4)."""
    centre: Array
    """Of the opening, from the picture's middle, (N, 2): x right, y down."""
    iris_centre: Array
    """Likewise."""
    iris_radius: NDArray[np.float64]
    pupil_share: NDArray[np.float64]
    """Of the iris."""
    half_width: NDArray[np.float64]
    """From the middle of the opening to a corner."""
    upper_lid: NDArray[np.float64]
    """Height above the line between the corners."""
    lower_lid: NDArray[np.float64]
    """Depth below it."""
    lid_skew: NDArray[np.float64]
    corner_tilt: NDArray[np.float64]
    roll: NDArray[np.float64]


class Anatomy(EyeShapes):
    """Shapes and gaze of a block of eyes; drawn alike in both domains."""

    def __init__(self, rng: np.random.Generator, gaze: GazeRange) -> None:
        pitch, yaw = rng.uniform(*gaze.pitch, BLOCK), rng.uniform(*gaze.yaw, BLOCK)
        vectors = np.round(pitchyaw_to_look_vec(np.deg2rad(np.stack([pitch, yaw], axis=1))), 4)
        self.look_vec = np.pad(vectors, ((0, 0), (0, 1))).astype(np.float32)
        zoom = rng.uniform(0.92, 1.1, BLOCK)
        self.centre = rng.normal(0, (1.3, 1.1), (BLOCK, 2)).astype(np.float32)
        self.roll = np.deg2rad(rng.normal(0, 4, BLOCK))
        self.half_width = zoom * rng.normal(18.5, 0.8, BLOCK)
        self.iris_radius = zoom * IRIS_RADIUS * rng.normal(1, 0.04, BLOCK)
        self.pupil_share = rng.uniform(0.3, 0.52, BLOCK)
        # Lids follow the gaze up and down; the upper one travels further.
        up = self.look_vec[:, 1]
        self.upper_lid = zoom * np.clip(rng.normal(7.0, 1.1, BLOCK) + 7.0 * up, 2.6, None)
        self.lower_lid = zoom * np.clip(rng.normal(4.8, 0.8, BLOCK) - 2.5 * up, 2.2, None)
        self.lid_skew = rng.normal(-0.12, 0.1, BLOCK)
        self.corner_tilt = rng.normal(-0.05, 0.04, BLOCK)
        reach = (zoom * EYEBALL_RADIUS * IRIS_PLANE)[:, None].astype(np.float32)
        self.iris_centre = self.centre + reach * self.look_vec[:, :2] * np.array([1, -1], np.float32)


class Canvas:
    """Coordinates of every pixel as seen from the parts of each eye, and how far each part covers it."""

    def __init__(self, size: tuple[int, int], eyes: EyeShapes) -> None:
        height, width = size
        pixel = REFERENCE_WIDTH / width
        self.x = ((np.arange(width, dtype=np.float32) - (width - 1) / 2) * pixel)[None, None, :]
        self.y = ((np.arange(height, dtype=np.float32) - (height - 1) / 2) * pixel)[None, :, None]
        dx, dy = self.x - column(eyes.centre[:, 0]), self.y - column(eyes.centre[:, 1])
        cos, sin = column(np.cos(eyes.roll)), column(np.sin(eyes.roll))
        self.along, across = cos * dx + sin * dy, cos * dy - sin * dx
        # From -1 at the inner to 1 at the outer corner; lids are parabolas that meet there.
        self.t = self.along / column(eyes.half_width)
        arch = np.maximum(1 - self.t * self.t, 0)
        line = column(eyes.corner_tilt) * self.along
        skew = 1 + column(eyes.lid_skew) * self.t
        self.above_lid = line - column(eyes.upper_lid) * arch**0.75 * skew - across
        self.below_lid = across - line - column(eyes.lower_lid) * arch * (2 - skew)
        inside = soft(1.0 - np.abs(self.t), 0.03)
        self.open = soft(-self.above_lid, 0.5) * soft(-self.below_lid, 0.5) * inside
        self.iris_distance = self._iris_distance(eyes)

    def _iris_distance(self, eyes: EyeShapes) -> Array:
        """Distance from the iris centre in iris radii, measured on the foreshortened disc."""
        dx, dy = self.x - column(eyes.iris_centre[:, 0]), self.y - column(eyes.iris_centre[:, 1])
        across_sight = eyes.look_vec[:, :2] * np.array([1, -1], np.float32)
        length = np.linalg.norm(across_sight, axis=1) + 1e-6
        nx, ny = column(across_sight[:, 0] / length), column(across_sight[:, 1] / length)
        towards = (dx * nx + dy * ny) / column(np.abs(eyes.look_vec[:, 2]))
        sideways = dy * nx - dx * ny
        distance: Array = np.sqrt(towards**2 + sideways**2) / column(eyes.iris_radius)
        return distance
