"""Rendered eyes as MPIIGaze's normalisation shows real ones: close, turned with the head, shaded, equalised.

The camera looks at the middle between the eye's corners from 600 mm with a focal length of 960 pixels, so a millimetre
is 1.6 pixels of a picture 60 wide. The eyeball lies behind that middle and above it: turning the head moves the iris
without any change of gaze. Everything that real pictures vary in is drawn at random, much of it wider than real eyes
do, so that an estimator learns to see through it (domain randomisation, Tobin et al. 2017).

Lengths are in pixels of a picture 55 wide, as in `gazeaug.eye_anatomy`. Shape suffixes: N pictures, H height, W width.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gazeaug.gaze.angles import pitchyaw_to_look_vec
from gazeaug.samples.anatomy import REFERENCE_WIDTH, Canvas, EyeShapes
from gazeaug.samples.renderer import SampleEyes
from gazeaug.samples.shading import Array, blend, blur, bump, column, soft

SIZE = (36, 60)
MILLIMETRE = 1.6 * REFERENCE_WIDTH / 60
ABOVE_MM = 3.1  # of the eyeball's centre above the middle between the corners, on the average
ROWS_AT_ONCE = 256

Drawn = Callable[[float, float], Array]  # a number of each picture between two bounds, (N, 1, 1)


class NormalisedShapes(EyeShapes):
    """Shapes of eyes for given gaze and head pose, each pitch and yaw in radians, (N, 2)."""

    def __init__(
        self,
        rng: np.random.Generator,
        gaze_N2: NDArray[np.float64],
        head_N2: NDArray[np.float64],
        above_mm_N: NDArray[np.float64] | None = None,
    ) -> None:
        n = len(gaze_N2)
        vectors = np.round(pitchyaw_to_look_vec(gaze_N2), 4)
        self.look_vec = np.pad(vectors, ((0, 0), (0, 1))).astype(np.float32)
        into_head = np.stack([np.sin(head_N2[:, 1]), np.sin(head_N2[:, 0])], 1)  # on the screen: right, down
        zoom = rng.normal(1, 0.05, n)
        self.centre = rng.normal((0, 1.4), (1.1, 1.1), (n, 2)).astype(np.float32)
        self.roll = np.deg2rad(rng.normal(0, 4, n))
        self.half_width = zoom * rng.normal(15.6, 0.9, n) * MILLIMETRE * np.cos(head_N2[:, 1])
        self.iris_radius = zoom * rng.normal(5.7, 0.25, n) * MILLIMETRE
        self.pupil_share = rng.uniform(0.25, 0.5, n)
        reach = zoom * rng.normal(10.2, 0.5, n) * MILLIMETRE
        depth = zoom * rng.normal(1.8, 0.7, n) * MILLIMETRE
        drawn = rng.normal(ABOVE_MM, 0.45, n)
        above = zoom * (drawn if above_mm_N is None else above_mm_N) * MILLIMETRE
        seat = np.stack([rng.normal(0.5, 0.6, n), -above], 1) + depth[:, None] * into_head
        towards = self.look_vec[:, :2] * np.array([1, -1])
        self.iris_centre = (self.centre + seat + reach[:, None] * towards).astype(np.float32)
        # The upper lid follows the iris and covers its top; the lower one follows a little.
        up = reach * self.look_vec[:, 1]
        self.upper_lid = np.clip(above + 0.8 * up + self.iris_radius * rng.normal(0.8, 0.15, n), 1.5, None)
        self.lower_lid = np.clip(self.iris_radius * rng.normal(0.85, 0.13, n) - above - 0.35 * up, 1.2, None)
        self.lid_skew = rng.normal(-0.1, 0.12, n)
        self.corner_tilt = rng.normal(0.0, 0.05, n)


def render_normalised(
    gaze_N2: NDArray[np.float64],
    head_N2: NDArray[np.float64],
    *,
    seed: int,
    size: tuple[int, int] = SIZE,
    above_mm_N: NDArray[np.float64] | None = None,
) -> SampleEyes:
    """Render an eye for each gaze and head pose; inner corner on the image's left, as MPIIGaze's left eyes have it.

    Args:
        gaze_N2: pitch and yaw in radians, MPIIGaze's signs.
        head_N2: the head's, likewise, as MPIIGaze's head pose is turned into angles.
        seed: of everything random.
        size: (H, W).
        above_mm_N: how far each eyeball's centre lies above the middle between the corners; drawn where not given.
    """
    parts = []
    for start in range(0, len(gaze_N2), ROWS_AT_ONCE):
        rng = np.random.default_rng([seed, start])
        rows = slice(start, start + ROWS_AT_ONCE)
        above = None if above_mm_N is None else above_mm_N[rows]
        eyes = NormalisedShapes(rng, gaze_N2[rows], head_N2[rows], above)
        canvas = Canvas(size, eyes)
        parts.append((equalised(photographed(painted(canvas, eyes, rng), canvas, rng)), eyes))
    scale = np.float32(size[1] / REFERENCE_WIDTH)
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2], np.float32)
    return SampleEyes(
        np.concatenate([images for images, _ in parts]),
        np.concatenate([eyes.look_vec for _, eyes in parts]),
        np.concatenate([eyes.iris_centre for _, eyes in parts]) * scale + middle,
    )


def painted(canvas: Canvas, eyes: NormalisedShapes, rng: np.random.Generator) -> Array:
    """Skin, ball, shadows and lashes over each other; (N, H, W) grey levels."""
    n = len(eyes.look_vec)

    def drawn(low: float, high: float) -> Array:
        return column(rng.uniform(low, high, n))

    image = blend(skin(canvas, drawn), ball(canvas, eyes, drawn), canvas.open)
    along = 0.8 + 0.25 * canvas.t
    thick = drawn(0.7, 1.7)
    line = drawn(0.35, 0.9) * np.exp(-0.5 * ((canvas.above_lid - 0.3) / thick) ** 2) * along
    lower = drawn(0.0, 0.45) * bump(canvas.below_lid - 0.3, 0.9)
    lashed: Array = image * (1 - np.clip(line + lower, 0, 1) * soft(1.12 - np.abs(canvas.t), 0.08))
    return lashed


def skin(canvas: Canvas, drawn: Drawn) -> Array:
    """Lids, fold, hollow beside the nose, brow; light from one side."""
    light = drawn(-0.012, 0.012) * canvas.x + drawn(-0.012, 0.012) * canvas.y
    fold_height = drawn(1.8, 6.0)
    fold = drawn(0.0, 0.5) * np.exp(-0.5 * ((canvas.above_lid - fold_height) / drawn(0.6, 1.4)) ** 2)
    fold = fold * soft(1.2 - np.abs(canvas.t), 0.2)
    above_fold = drawn(-0.2, 0.25) * soft(canvas.above_lid - fold_height, 2.0)
    bag = drawn(0.0, 0.25) * np.exp(-0.5 * ((canvas.below_lid - drawn(2.0, 5.0)) / 1.5) ** 2)
    nose = drawn(0.0, 0.6) * soft(-canvas.x - drawn(17, 28) + drawn(-0.5, 0.5) * canvas.y, 5.0)
    brow = drawn(-0.8, 0.6).clip(0) * soft(-canvas.y - drawn(12, 19) + drawn(-0.2, 0.2) * canvas.x, 3.0)
    socket = drawn(0.0, 0.3) * np.exp(-0.5 * ((canvas.y / 9) ** 2 + ((np.abs(canvas.t) - 0.9) / 0.3) ** 2))
    shade: Array = drawn(120, 200) * (1 + light - fold - above_fold - bag - nose - socket) * (1 - brow)
    return shade


def ball(canvas: Canvas, eyes: NormalisedShapes, drawn: Drawn) -> Array:
    """Sclera with dark corners, dark iris, pupil, the lid's shadow and reflections."""
    white = drawn(95, 235) * (1 - drawn(0.15, 0.6) * canvas.t**2) * (1 + drawn(-0.25, 0.25) * canvas.t)
    ring = 1 - drawn(0.0, 0.4) * bump(canvas.iris_distance - 0.95, 0.12)
    edge = drawn(0.04, 0.16)
    shade = blend(white, drawn(15, 85) * ring, soft(1 - canvas.iris_distance, edge))
    shade = blend(shade, drawn(5, 25), soft(column(eyes.pupil_share) - canvas.iris_distance, edge))
    shade = shade * (1 - drawn(0.2, 0.8) * np.exp(-np.maximum(-canvas.above_lid, 0) / drawn(1.2, 4.0)))
    for chance in (0.75, 0.35):
        x = column(eyes.iris_centre[:, 0]) + drawn(-6, 6)
        y = column(eyes.iris_centre[:, 1]) + drawn(-6, 4)
        distance = np.hypot((canvas.x - x) * drawn(0.6, 1.4), canvas.y - y)
        there = (drawn(0, 1) < chance) * drawn(0.2, 1.0)
        shade = blend(shade, drawn(120, 250), there * soft(drawn(0.4, 1.5) - distance, 0.5))
    return np.asarray(shade, np.float32)


def photographed(images_NHW: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """Blur as small webcam eyes have after warping, and grain."""
    n = len(images_NHW)
    noisy = images_NHW + column(rng.uniform(0, 9, n)) * rng.standard_normal(images_NHW.shape, dtype=np.float32)
    coarse = blur(noisy, column(rng.uniform(0.4, 1.5, n)))
    fine = column(rng.uniform(0, 5, n) * (rng.random(n) < 0.5))
    grained: Array = coarse + fine * rng.standard_normal(images_NHW.shape, dtype=np.float32)
    return grained


def equalised(images_NHW: Array) -> NDArray[np.uint8]:
    """Each picture's histogram made flat, as MPIIGaze's normalised grey pictures have it."""
    n, height, width = images_NHW.shape
    rank = images_NHW.reshape(n, -1).argsort(1).argsort(1)
    levels: NDArray[np.uint8] = np.rint(rank * (255 / (height * width - 1))).astype(np.uint8)
    return levels.reshape(images_NHW.shape)
