"""A small gaze estimator, for measuring what a data set is worth: train on one, test on another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gazeaug.estimators.network import GazeNetwork, estimate, fit, n_channels
from gazeaug.eyefile.reader import open_eyes
from gazeaug.feeding.dataset import from_NCHW, scaled, to_grey_levels, to_NCHW
from gazeaug.gaze.angles import angular_error_degrees
from gazeaug.refiner.network import Refiner

FEATURES = (16, 32, 48)

Labelled = tuple[NDArray[np.uint8], NDArray[Any]]  # uint8 pictures and their look_vec


class GazeCNN(GazeNetwork):
    """Three convolutions with pooling and two linear layers, from a grey or RGB eye to a unit gaze vector.

    Args:
        image_shape: (H, W) or (H, W, 3).
        n_pose: numbers of a head pose.
        normalisation: see `gazeaug.estimators.augmentation`.
    """

    def __init__(self, image_shape: tuple[int, ...], *, n_pose: int = 0, normalisation: str = "standardise") -> None:
        layers: list[nn.Module] = []
        for given, made in zip((n_channels(image_shape), *FEATURES), FEATURES, strict=False):
            layers += [nn.Conv2d(given, made, 3, padding=1), nn.BatchNorm2d(made), nn.ReLU(), nn.MaxPool2d(2)]
        n_maps = FEATURES[-1] * (image_shape[0] // 8) * (image_shape[1] // 8)
        head = nn.Sequential(nn.Linear(n_maps + n_pose, 128), nn.ReLU(), nn.Linear(128, 3))
        super().__init__(nn.Sequential(*layers), head, normalisation=normalisation)


def train_gaze_cnn(
    images: NDArray[np.uint8],
    look_vec: NDArray[Any],
    *,
    epochs: int = 6,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    seed: int = 0,
) -> GazeNetwork:
    """Train a small gaze estimator; see `gazeaug.estimators.network.fit`.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3).
        look_vec: (N, 3) or (N, 4).
        epochs, batch_size, learning_rate: the usual.
        seed: of weights and order.
    """
    torch.manual_seed(seed)
    model = GazeCNN(images.shape[1:])
    return fit(model, images, look_vec, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed)


def read_labelled(path: Path | str, *, most: int | None = None) -> Labelled:
    """The pictures and look_vec of a file; at most `most`, every k-th, where that is given.

    Raises:
        InputError: no such file, or no look_vec in it.
    """
    with open_eyes(path) as eyes:
        eyes.choose_labels(["look_vec"])
        n = eyes.n_images
        step = 1 if most is None else max(1, -(-n // most))
        images = eyes.read_images(0, n) if step == 1 else eyes.read_rows(np.arange(0, n, step))
        return images, eyes.read_label("look_vec", 0, n)[::step]


def error_of_refiner(refiner: Refiner, eyes: Labelled, test: Labelled) -> float:
    """What refined eyes are worth: degrees, on the test eyes, of an estimator that learned from them alone.

    Args:
        refiner: float pictures in -1..1 to the same.
        eyes, test: what the estimator learns from once refined, and what it is tested on.
    """
    images, look_vec = eyes
    return mean_angular_error(train_gaze_cnn(refined_by(refiner, images), look_vec), *test)


@torch.no_grad()
def refined_by(refiner: Refiner, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures, uint8 (N, H, W) or (N, H, W, 3), refined in torch."""
    parts = [to_grey_levels(refiner(scaled(part))) for part in torch.split(to_NCHW(images), 250)]
    return from_NCHW(torch.cat(parts))


def mean_angular_error(model: GazeNetwork, images: NDArray[np.uint8], look_vec: NDArray[Any]) -> float:
    """Mean angle between estimated and true gaze, in degrees."""
    return float(angular_error_degrees(estimate(model, images), look_vec).mean())
