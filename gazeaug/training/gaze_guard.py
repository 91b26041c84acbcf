"""The gaze guard: a frozen gaze network that must read the same gaze in an eye before and after refining.

It learns from the rendered eyes and their labels before the refiner is trained. Its reading goes by what the gaze is
read from, the iris between the lids, where the pixels' own difference weighs skin alike; see the feature maps psi of
Shrivastava et al. 2017, section 2.1.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.errors import InputError
from gazeaug.estimators.augmentation import equalised
from gazeaug.estimators.network import fit
from gazeaug.estimators.small_cnn import GazeCNN
from gazeaug.eyefile.reader import EyeFile
from gazeaug.feeding.dataset import from_NCHW, to_NCHW
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.gaze.label import KnownGaze

MOST_EYES, BATCH_SIZE, LEARNING_RATE = 8_000, 32, 3e-3
N_UPDATES, MOST_EPOCHS = 1_000, 40  # about 20 s on one core for eyes of 35 x 55
LEAST_VARIANCE = 1e-3  # of a gaze vector: 1.8 degrees
BLOCK = 256  # pictures that are prepared at once
SHORT_SIDE = 35  # pixels; larger pictures are shrunk to no less than this, so that the guard costs little

# What unlike cameras do to a picture beside blur, contrast and noise; none of it moves the gaze.
GAMMA, LIGHT, EQUALISED = 2.0, 0.6, 0.35  # largest exponent or 1 over it, share at an edge, share of the pictures
BENDS, BEND = 6, 90.0  # points of a curve of grey levels, and how far each is moved at most


@dataclass(frozen=True, kw_only=True)
class LabelledRows:
    """Rows of an eye file whose gaze is known."""

    rows: NDArray[np.int64]
    look_vec: NDArray[np.float32]
    """(N, 3), of length 1."""


class GazeGuard(nn.Module):
    """How far the gaze that a frozen network reads has moved, by how far the rendered eyes' own gaze is spread.

    Args:
        image_shape: of the pictures, (H, W) or (H, W, 3).
    """

    variance: Tensor

    def __init__(self, image_shape: tuple[int, ...]) -> None:
        super().__init__()
        self.factor = max(1, min(image_shape[:2]) // SHORT_SIDE)
        height, width = (side // self.factor for side in image_shape[:2])
        self.network = GazeCNN((height, width, *image_shape[2:]))
        self.register_buffer("variance", torch.ones(()))
        self.requires_grad_(False)
        self.eval()

    def forward(self, before_NCHW: Tensor, after_NCHW: Tensor) -> Tensor:
        """Mean squared distance between the unit vectors read in two sets of pictures, each (N, C, H, W) in -1..1.

        Over the variance of the rendered eyes' gaze: at 1 the answer is no better than their mean. Computed in fp32
        whatever the rest does, with a gradient to `after_NCHW` alone.
        """
        with torch.autocast(after_NCHW.device.type, enabled=False):
            with torch.no_grad():
                wanted_N3 = self.read(before_NCHW)
            return (self.read(after_NCHW) - wanted_N3).square().sum(1).mean() / self.variance

    def read(self, images_NCHW: Tensor) -> Tensor:
        """The gaze in pictures in -1..1, unit vectors (N, 3)."""
        gaze_N3: Tensor = self.network((self.shrunk(images_NCHW.float()) + 1) * 127.5)
        return gaze_N3

    def shrunk(self, images_NCHW: Tensor) -> Tensor:
        """Pictures as small as the network takes them."""
        return F.avg_pool2d(images_NCHW, self.factor) if self.factor > 1 else images_NCHW


def read_gaze(eyes: EyeFile, gaze: KnownGaze) -> LabelledRows:
    """At most `MOST_EYES` rows of an eye file, evenly spread, and their gaze.

    Raises:
        InputError: rows that are no direction; they are named.
    """
    rows = evenly_spread(eyes.n_images, min(eyes.n_images, MOST_EYES))
    try:
        look_vec = gaze.look_vec(eyes.read_label_rows(gaze.label, rows), rows)
    except InputError as error:
        raise InputError(f"{error} (--gaze-guard 0 trains without that label)") from error
    return LabelledRows(rows=rows, look_vec=look_vec.astype(np.float32))


def train_gaze_guard(
    guard: GazeGuard, images: NDArray[np.uint8], look_vec: NDArray[np.float32], *, seed: int, device: torch.device
) -> None:
    """Teach a guard to read the gaze of rendered eyes however a camera may show them; it ends frozen.

    Args:
        guard: with its first weights.
        images: uint8 (N, H, W) or (N, H, W, 3).
        look_vec: (N, 3).
        seed: of order and augmentation.
        device: where to train.
    """
    rng = np.random.default_rng([seed, len(images)])
    blocks = (images[start : start + BLOCK] for start in range(0, len(images), BLOCK))
    shown = np.concatenate([seen_otherwise(small_pictures(guard, block), rng) for block in blocks])
    guard.variance.fill_(max(LEAST_VARIANCE, float(look_vec.var(0).sum())))
    guard.requires_grad_(True)
    fit(
        guard.network,
        shown,
        look_vec,
        epochs=min(MOST_EPOCHS, max(1, N_UPDATES // -(-len(images) // BATCH_SIZE))),
        batch_size=BATCH_SIZE,
        learning_rate=LEARNING_RATE,
        augmentation="ordinary",
        seed=seed,
        device=device,
        title="before training: gaze guard",
    )
    guard.zero_grad()
    guard.requires_grad_(False)


def small_pictures(guard: GazeGuard, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures, (N, H, W) or (N, H, W, 3), as small as the guard reads them."""
    return from_NCHW(guard.shrunk(to_NCHW(images).float()))


def seen_otherwise(images: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Pictures with grey levels 0..255, each under light and through a tone curve of its own.

    Light from one side, grey levels that change their order (as iris, sclera and skin do in infrared light), a power of
    the grey levels, and for some of them a flat histogram, as a sensor's processing may leave it. What
    `gazeaug.estimators.augmentation` draws anew each time comes on top.

    Args:
        images: (N, H, W) or (N, H, W, 3).
        rng: draws.

    Returns:
        uint8 of the same shape.
    """
    n, height, width = images.shape[:3]
    one_each = (n, *[1] * (images.ndim - 1))
    across, down = (rng.uniform(-LIGHT, LIGHT, one_each) for _ in range(2))
    column = np.linspace(-0.5, 0.5, width).reshape(1, 1, -1, *[1] * (images.ndim - 3))
    row = np.linspace(-0.5, 0.5, height).reshape(1, -1, 1, *[1] * (images.ndim - 3))
    lit = np.clip(images * (1 + across * column + down * row), 0, 255)
    curved = 255 * (bent(lit, rng) / 255) ** GAMMA ** rng.uniform(-1, 1, one_each)
    shown = np.rint(curved).astype(np.uint8)
    flat = rng.random(n) < EQUALISED
    levels_NCHW = (equalised(to_NCHW(shown[flat])) + 1) * 127.5
    shown[flat] = from_NCHW(levels_NCHW.round())
    return shown


def bent(images: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.float64]:
    """Each picture through a curve of straight pieces that need not rise, grey levels 0..255."""
    n = len(images)
    points = np.linspace(0, 255, BENDS) + rng.uniform(-BEND, BEND, (n, BENDS)) * rng.random((n, 1))
    place = images.reshape(n, -1) * ((BENDS - 1) / 255)
    below = np.minimum(place.astype(np.int64), BENDS - 2)
    low, high = (np.take_along_axis(points, below + i, axis=1) for i in (0, 1))
    return np.clip(low + (high - low) * (place - below), 0, 255).reshape(images.shape)
