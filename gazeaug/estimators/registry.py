"""Gaze estimators by name: one set of options, one way to train, one answer, pitch and yaw in radians."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.estimators.lenet import LeNet
from gazeaug.estimators.neighbours import NeighbourEstimator, embedding_of, pixels_of
from gazeaug.estimators.network import GazeNetwork, estimate, fit
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.estimators.paper_cnn import PaperCNN
from gazeaug.estimators.resnet import GazeResNet
from gazeaug.estimators.small_cnn import GazeCNN
from gazeaug.feeding.devices import choose_device
from gazeaug.gaze.angles import look_vec_to_pitchyaw

NETWORKS: dict[str, type[GazeNetwork]] = {"small": GazeCNN, "cnn": PaperCNN, "lenet": LeNet, "resnet": GazeResNet}
LEARNING_RATES = {"small": 2e-3, "cnn": 5e-4, "lenet": 1e-3, "resnet": 3e-3}
SMALLEST_SIDE = 24  # what two valid 5x5 convolutions and two poolings leave something of


class Estimator(Protocol):
    """A trained gaze estimator."""

    def __call__(self, images: NDArray[np.uint8], head_pose: NDArray[Any] | None = None) -> NDArray[np.float64]:
        """Pitch (up positive) and yaw (image-left positive) in radians, (N, 2), of uint8 pictures."""


def train_estimator(
    config: EstimatorConfig,
    images: NDArray[np.uint8],
    look_vec: NDArray[Any],
    head_pose: NDArray[Any] | None = None,
    *,
    seed: int = 0,
) -> Estimator:
    """Train an estimator; the same data, options and seed give the same one on the same machine.

    Args:
        config: which, and how.
        images: uint8 (N, H, W) or (N, H, W, 3), at least 24 x 24.
        look_vec: (N, 3) or (N, 4).
        head_pose: (N, K) numbers that the estimator gets beside each picture; it then needs them for every answer.
        seed: of weights, order and augmentation.

    Raises:
        InputError: pictures too small, or nearest neighbours without scikit-learn.
    """
    if min(images.shape[1:3]) < SMALLEST_SIDE:
        found = " x ".join(map(str, images.shape[1:3]))
        raise InputError(f"gaze estimators need pictures of at least {SMALLEST_SIDE} x {SMALLEST_SIDE}, got {found}.")
    if config.estimator == "knn":
        by_pixels = NeighbourEstimator(
            images, look_vec, head_pose, describe=pixels_of(config.normalise), neighbours=config.neighbours
        )
        return answering(by_pixels.estimate)
    network = trained_network(config, images, look_vec, head_pose, seed=seed)
    if config.estimator == "knn-embedding":
        learned = NeighbourEstimator(
            images, look_vec, head_pose, describe=embedding_of(network), neighbours=config.neighbours
        )
        return answering(learned.estimate)
    return answering(lambda images, head_pose=None: estimate(network, images, head_pose))


def answering(vectors: Any) -> Estimator:
    """An estimator of angles out of one of gaze vectors."""

    def answer(images: NDArray[np.uint8], head_pose: NDArray[Any] | None = None) -> NDArray[np.float64]:
        return look_vec_to_pitchyaw(vectors(images, head_pose))

    return answer


def trained_network(
    config: EstimatorConfig,
    images: NDArray[np.uint8],
    look_vec: NDArray[Any],
    head_pose: NDArray[Any] | None,
    *,
    seed: int,
) -> GazeNetwork:
    """The network of an estimator; that of the embedding is the small one."""
    name = config.estimator if config.estimator in NETWORKS else "small"
    torch.manual_seed(seed)
    n_pose = 0 if head_pose is None else head_pose.shape[1]
    network: Any = NETWORKS[name]
    return fit(
        network(images.shape[1:], n_pose=n_pose, normalisation=config.normalise),
        images,
        look_vec,
        head_pose=head_pose,
        epochs=config.n_epochs(len(images)),
        batch_size=config.batch_size,
        learning_rate=LEARNING_RATES[name],
        augmentation=config.augment,
        seed=seed,
        device=choose_device(config.device),
    )
