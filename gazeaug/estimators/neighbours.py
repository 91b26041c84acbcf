"""Gaze by nearest neighbours, over normalised pixels or over what a network has learned to see in them.

Shape suffixes: N pictures, D numbers that describe one, K numbers of a head pose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.estimators.augmentation import normalised
from gazeaug.estimators.network import GazeNetwork
from gazeaug.feeding.dataset import to_NCHW
from gazeaug.gaze.angles import unit

Describe = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
SMALLEST = 1e-6  # a picture met again counts a great deal, not infinitely
AT_ONCE = 1024


class NeighbourEstimator:
    """The mean gaze of the nearest pictures, the nearer the weightier, as Wood et al. 2016 used it with UnityEyes.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3).
        look_vec: (N, 3) or (N, 4).
        head_pose: (N, K), joined to the description of each picture.
        describe: uint8 pictures to (N, D); see `pixels_of` and `embedding_of`.
        neighbours: how many are asked; at most N.

    Raises:
        InputError: scikit-learn is not installed.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        look_vec: NDArray[Any],
        head_pose: NDArray[Any] | None = None,
        *,
        describe: Describe,
        neighbours: int,
    ) -> None:
        try:
            from sklearn.neighbors import NearestNeighbors
        except ImportError:
            raise InputError(
                "nearest neighbours need scikit-learn: type pip install 'gazeaug[evaluate]', or take another estimator."
            ) from None
        self._describe, self._gaze = describe, unit(look_vec)
        self._index = NearestNeighbors(n_neighbors=min(neighbours, len(images)))
        self._index.fit(self._described(images, head_pose))

    def estimate(self, images: NDArray[np.uint8], head_pose: NDArray[Any] | None = None) -> NDArray[np.float64]:
        """Gaze vectors (N, 3), not of length 1, of uint8 pictures."""
        distances, rows = self._index.kneighbors(self._described(images, head_pose))
        weights = 1 / np.maximum(distances, SMALLEST)
        found: NDArray[np.float64] = (self._gaze[rows] * weights[..., None]).sum(1) / weights.sum(1, keepdims=True)
        return found

    def _described(self, images: NDArray[np.uint8], head_pose: NDArray[Any] | None) -> NDArray[np.float32]:
        parts = [self._describe(images[start : start + AT_ONCE]) for start in range(0, len(images), AT_ONCE)]
        described = np.concatenate(parts)
        if head_pose is None:
            return described
        return np.concatenate([described, head_pose.astype(np.float32)], axis=1)


def pixels_of(normalisation: str) -> Describe:
    """Every pixel, normalised by name; a difference of one in every pixel is a distance of one."""

    def describe(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        flat = normalised(to_NCHW(images), normalisation).flatten(1)
        found: NDArray[np.float32] = (flat / flat.shape[1] ** 0.5).numpy()
        return found

    return describe


def embedding_of(network: GazeNetwork) -> Describe:
    """The features of a trained network, before its head."""
    device = next(network.parameters()).device

    @torch.no_grad()
    def describe(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        flat = network.embed(to_NCHW(images).to(device))
        found: NDArray[np.float32] = (flat / flat.shape[1] ** 0.5).cpu().numpy()
        return found

    return describe
