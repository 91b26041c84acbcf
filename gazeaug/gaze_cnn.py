"""A small gaze estimator, for measuring what a data set is worth: train on one, test on another.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import trange

from gazeaug.eye_dataset import scaled, to_grey_levels, to_NCHW
from gazeaug.eyes import open_eyes
from gazeaug.gaze import angular_error_degrees, unit
from gazeaug.refiner import Refiner

FEATURES = (16, 32, 48)

Labelled = tuple[NDArray[np.uint8], NDArray[Any]]  # uint8 pictures and their look_vec


class GazeCNN(nn.Module):
    """Three convolutions with pooling and two linear layers, from a grey or RGB eye to a unit gaze vector."""

    def __init__(self, image_shape: tuple[int, ...]) -> None:
        super().__init__()
        widths = (3 if len(image_shape) == 3 else 1, *FEATURES)
        layers: list[nn.Module] = []
        for given, made in zip(widths, FEATURES, strict=False):
            layers += [nn.Conv2d(given, made, 3, padding=1), nn.BatchNorm2d(made), nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)
        n_maps = FEATURES[-1] * (image_shape[0] // 8) * (image_shape[1] // 8)
        self.head = nn.Sequential(nn.Linear(n_maps, 128), nn.ReLU(), nn.Linear(128, 3))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """uint8 pictures to unit vectors (N, 3); each picture is first brought to mean 0 and deviation 1."""
        given = images_NCHW.float()
        mean, deviation = given.mean((1, 2, 3), keepdim=True), given.std((1, 2, 3), keepdim=True)
        features = self.features((given - mean) / (deviation + 1))
        return F.normalize(self.head(features.flatten(1)), dim=1)


def train_gaze_cnn(
    images: NDArray[np.uint8],
    look_vec: NDArray[Any],
    *,
    epochs: int = 6,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    seed: int = 0,
) -> GazeCNN:
    """Train a gaze estimator with Adam and a cosine schedule.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3).
        look_vec: (N, 3) or (N, 4).
        epochs, batch_size, learning_rate: the usual.
        seed: of weights and order.
    """
    torch.manual_seed(seed)
    dice = torch.Generator().manual_seed(seed)
    model = GazeCNN(images.shape[1:])
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    pictures, targets = to_NCHW(images), torch.from_numpy(unit(look_vec).astype(np.float32))
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * -(-len(images) // batch_size))
    for _ in trange(epochs, desc="gaze estimator", unit="epoch", leave=False):
        for rows in torch.split(torch.randperm(len(images), generator=dice), batch_size):
            loss = (1 - F.cosine_similarity(model(pictures[rows]), targets[rows])).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return model.eval()


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
    with torch.no_grad():
        parts = [to_grey_levels(refiner(scaled(part))) for part in torch.split(to_NCHW(images), 250)]
    refined = torch.cat(parts).permute(0, 2, 3, 1).numpy()
    return mean_angular_error(train_gaze_cnn(refined.squeeze(-1) if images.ndim == 3 else refined, look_vec), *test)


def mean_angular_error(model: GazeCNN, images: NDArray[np.uint8], look_vec: NDArray[Any]) -> float:
    """Mean angle between estimated and true gaze, in degrees."""
    with torch.no_grad():
        estimated = torch.cat([model(part) for part in torch.split(to_NCHW(images), 512)]).numpy()
    return float(angular_error_degrees(estimated, look_vec).mean())
