"""A small procedural renderer of eyes with true gaze, in a clean `synthetic` and a `camera` domain.

Both domains draw the same geometry from the same distributions and differ in looks alone, so that what a refiner
has to learn is looks alone.

Shape suffixes: N pictures, H height, W width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.samples.anatomy import BLOCK, IRIS_RADIUS, REFERENCE_WIDTH, Anatomy, Canvas
from gazeaug.samples.options import GazeRange
from gazeaug.samples.shading import Array, blend, blur, bump, column, soft

# Grey levels and strengths, each drawn uniformly between two bounds for every eye.
LOOKS = {
    # Clean as a render: light sclera, every iris colour, smooth skin.
    "synthetic": {
        "skin": (120, 205),
        "sclera": (205, 240),
        "iris": (70, 150),
        "pupil": (12, 28),
        "ring": (0.25, 0.5),
        "lid_shadow": (0.15, 0.3),
        "lashes": (0.25, 0.5),
        "crease": (0.1, 0.25),
        "glint": (0.6, 1.0),
        "texture": (0.0, 1.0),
    },
    # As a webcam sees eyes: greyer sclera, dark irises that swallow the pupil, textured skin, deep lid shadows.
    "camera": {
        "skin": (95, 190),
        "sclera": (120, 190),
        "iris": (28, 75),
        "pupil": (12, 30),
        "ring": (0.0, 0.2),
        "lid_shadow": (0.35, 0.65),
        "lashes": (0.35, 0.75),
        "crease": (0.15, 0.4),
        "glint": (0.0, 1.0),
        "texture": (4.0, 10.0),
    },
}
DOMAINS = tuple(LOOKS)

Photograph = Callable[[Array, Canvas, np.random.Generator], Array]
"""Painted grey levels (N, H, W), where the eyes are in them, and what to draw from; to grey levels, not yet rounded."""
Bounds = tuple[float, float]


@dataclass(frozen=True)
class SampleEyes:
    """Rendered eyes and their truth."""

    images: NDArray[np.uint8]
    """(N, H, W)."""
    look_vec: Array
    """(N, 4), UnityEyes' convention, 4 decimals."""
    iris_centre: Array
    """(N, 2): x, y in pixels of the picture, y down."""


def render_block(
    block: int,
    *,
    domain: str,
    seed: int,
    size: tuple[int, int] = (35, 55),
    gaze: GazeRange | None = None,
    looks: Mapping[str, Bounds] | None = None,
    camera: Photograph | None = None,
) -> SampleEyes:
    """Render block number `block`: always `BLOCK` pictures, always the same for the same arguments.

    `looks` go over the domain's in `LOOKS`; `camera` takes the camera domain's pictures in place of `photograph`.
    """
    if domain not in DOMAINS:
        raise InputError(f"domain must be one of {', '.join(DOMAINS)}, got '{domain}'.")
    rng = np.random.Generator(np.random.Philox(key=[seed, DOMAINS.index(domain)], counter=[0, 0, 0, block]))
    eyes = Anatomy(rng, gaze or GazeRange())
    canvas = Canvas(size, eyes)
    bounds = {**LOOKS[domain], **(looks or {})}
    images = paint(canvas, eyes, {name: column(rng.uniform(*drawn, BLOCK)) for name, drawn in bounds.items()}, rng)
    if domain == "camera":
        images = (camera or photograph)(images, canvas, rng)
    # Pixel centres lie at whole numbers in labels; the canvas counts from the middle of the picture.
    scale = np.float32(size[1] / REFERENCE_WIDTH)
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2], np.float32)
    return SampleEyes(
        np.clip(np.rint(images), 0, 255).astype(np.uint8), eyes.look_vec, eyes.iris_centre * scale + middle
    )


def render_eyes(
    n: int,
    *,
    domain: str,
    seed: int,
    size: tuple[int, int] = (35, 55),
    gaze: GazeRange | None = None,
    looks: Mapping[str, Bounds] | None = None,
    camera: Photograph | None = None,
) -> SampleEyes:
    """The first `n` eyes of a domain and seed.

    Args:
        n: pictures.
        domain: "synthetic" or "camera".
        seed: of everything random.
        size: (H, W).
        gaze: limits of the gaze.
        looks: bounds of grey levels and strengths, by name, in place of those in `LOOKS`.
        camera: photographs the camera domain in place of `photograph`.
    """
    render = partial(render_block, domain=domain, seed=seed, size=size, gaze=gaze, looks=looks, camera=camera)
    blocks = [render(i) for i in range(-(-n // BLOCK))]
    return SampleEyes(
        np.concatenate([block.images for block in blocks])[:n],
        np.concatenate([block.look_vec for block in blocks])[:n],
        np.concatenate([block.iris_centre for block in blocks])[:n],
    )


def paint(canvas: Canvas, eyes: Anatomy, looks: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """Lay skin, sclera, iris, shadows, lashes and glint over each other; (N, H, W) grey levels."""
    # Skin: lighter below, darker towards the nose, a crease above the upper lid, a soft bag below the lower one.
    slope = column(rng.normal(0, 0.004, BLOCK)) * canvas.x + column(rng.uniform(0.001, 0.006, BLOCK)) * canvas.y
    crease_height = column(rng.uniform(2.5, 4.5, BLOCK))
    crease = looks["crease"] * bump(canvas.above_lid - crease_height, 1.2) * soft(1.15 - np.abs(canvas.t), 0.15)
    bag = 0.08 * bump(canvas.below_lid - 3.0, 1.5) * soft(1.0 - np.abs(canvas.t), 0.2)
    texture = blur(rng.standard_normal(canvas.open.shape, dtype=np.float32), column(np.full(BLOCK, 0.9)))
    skin = looks["skin"] * (1 + slope - crease - bag) + looks["texture"] * 2.5 * texture

    # The ball: sclera darker towards its rim and the caruncle, iris with ring and streaks, pupil.
    sclera = looks["sclera"] * (1 - 0.22 * canvas.t**2) - 25 * bump(canvas.t + 0.93, 0.09)
    streaks = 0.12 * np.sin(canvas.iris_distance * 9 + column(rng.uniform(0, 6, BLOCK)))
    iris = looks["iris"] * (1 + streaks - looks["ring"] * bump(canvas.iris_distance - 0.95, 0.12))
    pixel = np.float32(0.55 / IRIS_RADIUS)
    ball = blend(sclera, iris, soft(1 - canvas.iris_distance, pixel))
    ball = blend(ball, looks["pupil"], soft(column(eyes.pupil_share) - canvas.iris_distance, pixel))

    # Light: the upper lid's shadow on the ball, a reflection of the lamp near the pupil.
    ball = ball * (1 - looks["lid_shadow"] * np.exp(-np.maximum(-canvas.above_lid, 0) / 2.2))
    glint_x = column(eyes.iris_centre[:, 0] * 0.8 + rng.normal(0, 1.5, BLOCK))
    glint_y = column(eyes.iris_centre[:, 1] * 0.8 - rng.uniform(1, 3, BLOCK))
    distance = np.sqrt((canvas.x - glint_x) ** 2 + (canvas.y - glint_y) ** 2)
    ball = blend(ball, np.float32(245), looks["glint"] * soft(column(rng.uniform(0.6, 1.2, BLOCK)) - distance, 0.4))

    # Lashes darken the upper lid's edge, more towards the outer corner.
    image = blend(skin, ball, canvas.open)
    lash = looks["lashes"] * bump(canvas.above_lid - 0.3, 1.0) * (0.75 + 0.25 * canvas.t)
    lower = 0.35 * looks["lashes"] * bump(canvas.below_lid - 0.2, 0.7)
    painted: Array = image * (1 - np.clip(lash + lower, 0, 1) * soft(1.05 - np.abs(canvas.t), 0.05))
    return painted


def photograph(image: Array, canvas: Canvas, rng: np.random.Generator) -> Array:
    """What a cheap camera makes of it: uneven light, a reflection, blur, low contrast, exposure, sensor noise."""
    angle = rng.uniform(0, 2 * np.pi, BLOCK)
    towards_light = column(np.cos(angle)) * canvas.x / np.float32(27) + column(np.sin(angle)) * canvas.y / np.float32(
        17
    )
    lit = image * (1 + column(rng.uniform(0.05, 0.4, BLOCK)) * towards_light)
    window = column(rng.uniform(0, 45, BLOCK) * (rng.random(BLOCK) < 0.35))
    lit = lit + window * canvas.open * bump(towards_light - column(rng.normal(0, 0.4, BLOCK)), 0.25)
    blurred = blur(np.asarray(lit, np.float32), column(rng.uniform(0.6, 1.5, BLOCK)))
    mean = blurred.mean(axis=(1, 2), keepdims=True)
    level = column(rng.uniform(70, 150, BLOCK))
    exposed = level + column(rng.uniform(0.45, 0.9, BLOCK)) * (blurred - mean)
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noisy: Array = exposed + column(rng.uniform(2.0, 8.0, BLOCK)) * noise
    return noisy
