"""A small procedural renderer of eyes with true gaze, in a clean `synthetic` and a `camera` domain.

An eyeball is projected orthographically: the iris centre moves by the gaze times the eyeball's radius and its disc
is foreshortened along the gaze; lids cover it. Both domains draw the same geometry from the same distributions and
differ in looks alone, so that what a refiner has to learn is looks alone.

Edges are soft by a fraction of a pixel instead of supersampled, which keeps everything in a few array operations.
Lengths are in pixels of a picture 55 wide. Shape suffixes: N pictures, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.gaze import pitchyaw_to_look_vec

Array = NDArray[np.float32]
DOMAINS = ("synthetic", "camera")
BLOCK = 256  # pictures of one random stream: part of what a seed means
REFERENCE_WIDTH = 55.0
EYEBALL_RADIUS, IRIS_RADIUS = 14.8, 7.2  # 12 mm and 5.9 mm where an eye of 30 mm spans 37 pixels
IRIS_PLANE = 0.88  # distance of the iris from the eyeball's centre, in radii


@dataclass(frozen=True, kw_only=True)
class GazeRange:
    """Limits of uniformly drawn gaze, in degrees; pitch is positive up, yaw towards the image's left."""

    yaw: tuple[float, float] = (-35.0, 35.0)
    pitch: tuple[float, float] = (-25.0, 20.0)

    def __post_init__(self) -> None:
        """Refuse ranges that are empty or beyond what an eye can do."""
        for name, (low, high) in [("yaw", self.yaw), ("pitch", self.pitch)]:
            if not -60 <= low < high <= 60:
                raise InputError(
                    f"--synthetic-{name} and --camera-{name} must be two ascending angles within -60 to 60 degrees, "
                    f"got {low:g} {high:g}."
                )


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
    block: int, *, domain: str, seed: int, size: tuple[int, int] = (35, 55), gaze: GazeRange | None = None
) -> SampleEyes:
    """Render block number `block`: always `BLOCK` pictures, always the same for the same arguments."""
    if domain not in DOMAINS:
        raise InputError(f"domain must be one of {', '.join(DOMAINS)}, got '{domain}'.")
    rng = np.random.Generator(np.random.Philox(key=[seed, DOMAINS.index(domain)], counter=[0, 0, 0, block]))
    eyes = Anatomy(rng, gaze or GazeRange())
    canvas = Canvas(size, eyes)
    looks = synthetic_looks(rng) if domain == "synthetic" else camera_looks(rng)
    images = paint(canvas, eyes, looks, rng)
    if domain == "camera":
        images = photograph(images, canvas, rng)
    # Pixel centres lie at whole numbers in labels; the canvas counts from the middle of the picture.
    scale = np.float32(size[1] / REFERENCE_WIDTH)
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2], np.float32)
    return SampleEyes(
        np.clip(np.rint(images), 0, 255).astype(np.uint8), eyes.look_vec, eyes.iris_centre * scale + middle
    )


def render_eyes(
    n: int, *, domain: str, seed: int, size: tuple[int, int] = (35, 55), gaze: GazeRange | None = None
) -> SampleEyes:
    """The first `n` eyes of a domain and seed.

    Args:
        n: pictures.
        domain: "synthetic" or "camera".
        seed: of everything random.
        size: (H, W).
        gaze: limits of the gaze.
    """
    blocks = [render_block(i, domain=domain, seed=seed, size=size, gaze=gaze) for i in range(-(-n // BLOCK))]
    return SampleEyes(
        np.concatenate([block.images for block in blocks])[:n],
        np.concatenate([block.look_vec for block in blocks])[:n],
        np.concatenate([block.iris_centre for block in blocks])[:n],
    )


def column(values: NDArray[Any]) -> Array:
    """(N,) to (N, 1, 1), to meet (N, H, W)."""
    return np.asarray(values, np.float32)[:, None, None]


class Anatomy:
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

    def __init__(self, size: tuple[int, int], eyes: Anatomy) -> None:
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

    def _iris_distance(self, eyes: Anatomy) -> Array:
        """Distance from the iris centre in iris radii, measured on the foreshortened disc."""
        dx, dy = self.x - column(eyes.iris_centre[:, 0]), self.y - column(eyes.iris_centre[:, 1])
        across_sight = eyes.look_vec[:, :2] * np.array([1, -1], np.float32)
        length = np.linalg.norm(across_sight, axis=1) + 1e-6
        nx, ny = column(across_sight[:, 0] / length), column(across_sight[:, 1] / length)
        towards = (dx * nx + dy * ny) / column(np.abs(eyes.look_vec[:, 2]))
        sideways = dy * nx - dx * ny
        distance: Array = np.sqrt(towards**2 + sideways**2) / column(eyes.iris_radius)
        return distance


@dataclass(frozen=True)
class Looks:
    """Grey levels and strengths, (N, 1, 1) each."""

    skin: Array
    sclera: Array
    iris: Array
    pupil: Array
    ring: Array
    lid_shadow: Array
    lashes: Array
    crease: Array
    glint: Array
    texture: Array


def synthetic_looks(rng: np.random.Generator) -> Looks:
    """Clean as a render: light sclera, every iris colour, smooth skin."""

    def draw(low: float, high: float) -> Array:
        return column(rng.uniform(low, high, BLOCK))

    return Looks(
        skin=draw(120, 205),
        sclera=draw(205, 240),
        iris=draw(70, 150),
        pupil=draw(12, 28),
        ring=draw(0.25, 0.5),
        lid_shadow=draw(0.15, 0.3),
        lashes=draw(0.25, 0.5),
        crease=draw(0.1, 0.25),
        glint=draw(0.6, 1.0),
        texture=draw(0.0, 1.0),
    )


def camera_looks(rng: np.random.Generator) -> Looks:
    """As a webcam sees eyes: greyer sclera, dark irises that swallow the pupil, textured skin, deep lid shadows."""

    def draw(low: float, high: float) -> Array:
        return column(rng.uniform(low, high, BLOCK))

    return Looks(
        skin=draw(95, 190),
        sclera=draw(120, 190),
        iris=draw(28, 75),
        pupil=draw(12, 30),
        ring=draw(0.0, 0.2),
        lid_shadow=draw(0.35, 0.65),
        lashes=draw(0.35, 0.75),
        crease=draw(0.15, 0.4),
        glint=draw(0.0, 1.0),
        texture=draw(4.0, 10.0),
    )


def paint(canvas: Canvas, eyes: Anatomy, looks: Looks, rng: np.random.Generator) -> Array:
    """Lay skin, sclera, iris, shadows, lashes and glint over each other; (N, H, W) grey levels."""
    # Skin: lighter below, darker towards the nose, a crease above the upper lid, a soft bag below the lower one.
    slope = column(rng.normal(0, 0.004, BLOCK)) * canvas.x + column(rng.uniform(0.001, 0.006, BLOCK)) * canvas.y
    crease_height = column(rng.uniform(2.5, 4.5, BLOCK))
    crease = looks.crease * bump(canvas.above_lid - crease_height, 1.2) * soft(1.15 - np.abs(canvas.t), 0.15)
    bag = 0.08 * bump(canvas.below_lid - 3.0, 1.5) * soft(1.0 - np.abs(canvas.t), 0.2)
    texture = blur(rng.standard_normal(canvas.open.shape, dtype=np.float32), column(np.full(BLOCK, 0.9)))
    skin = looks.skin * (1 + slope - crease - bag) + looks.texture * 2.5 * texture

    # The ball: sclera darker towards its rim and the caruncle, iris with ring and streaks, pupil.
    sclera = looks.sclera * (1 - 0.22 * canvas.t**2) - 25 * bump(canvas.t + 0.93, 0.09)
    streaks = 0.12 * np.sin(canvas.iris_distance * 9 + column(rng.uniform(0, 6, BLOCK)))
    iris = looks.iris * (1 + streaks - looks.ring * bump(canvas.iris_distance - 0.95, 0.12))
    pixel = np.float32(0.55 / IRIS_RADIUS)
    ball = blend(sclera, iris, soft(1 - canvas.iris_distance, pixel))
    ball = blend(ball, looks.pupil, soft(column(eyes.pupil_share) - canvas.iris_distance, pixel))

    # Light: the upper lid's shadow on the ball, a reflection of the lamp near the pupil.
    ball = ball * (1 - looks.lid_shadow * np.exp(-np.maximum(-canvas.above_lid, 0) / 2.2))
    glint_x = column(eyes.iris_centre[:, 0] * 0.8 + rng.normal(0, 1.5, BLOCK))
    glint_y = column(eyes.iris_centre[:, 1] * 0.8 - rng.uniform(1, 3, BLOCK))
    distance = np.sqrt((canvas.x - glint_x) ** 2 + (canvas.y - glint_y) ** 2)
    ball = blend(ball, np.float32(245), looks.glint * soft(column(rng.uniform(0.6, 1.2, BLOCK)) - distance, 0.4))

    # Lashes darken the upper lid's edge, more towards the outer corner.
    image = blend(skin, ball, canvas.open)
    lash = looks.lashes * bump(canvas.above_lid - 0.3, 1.0) * (0.75 + 0.25 * canvas.t)
    lower = 0.35 * looks.lashes * bump(canvas.below_lid - 0.2, 0.7)
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


def soft(distance: Any, width: Any) -> Array:
    """0 outside, 1 inside, a smooth edge of about `width` either side of distance 0."""
    ramp = np.clip(distance / (2 * np.float32(width)) + np.float32(0.5), 0, 1)
    edge: Array = ramp * ramp * (3 - 2 * ramp)
    return edge


def bump(distance: Any, width: float) -> Array:
    """A Gaussian of height 1."""
    scaled = distance / np.float32(width)
    height: Array = np.exp(-0.5 * scaled * scaled)
    return height


def blend(below: Any, above: Any, share: Array) -> Array:
    """`above` laid over `below` with an opacity."""
    mixed: Array = below + share * (above - below)
    return mixed


def blur(images_NHW: Array, sigma: Array, reach: int = 3) -> Array:
    """Gaussian blur with a width of its own for each picture; edges are repeated."""
    weights = [np.exp(-0.5 * (i / sigma) ** 2) for i in range(reach + 1)]
    total = weights[0] + 2 * sum(weights[1:])
    for axis in (1, 2):
        pad = [(0, 0), (0, 0), (0, 0)]
        pad[axis] = (reach, reach)
        padded = np.pad(images_NHW, pad, mode="edge")
        n = images_NHW.shape[axis]
        window = [slice(None)] * 3
        blurred = np.zeros_like(images_NHW)
        for i in range(-reach, reach + 1):
            window[axis] = slice(reach + i, reach + i + n)
            blurred += weights[abs(i)] * padded[tuple(window)]
        images_NHW = (blurred / total).astype(np.float32)
    return images_NHW
