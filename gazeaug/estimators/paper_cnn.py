"""The gaze estimator of Shrivastava et al. 2017: five convolutions, two poolings, two linear layers."""

from __future__ import annotations

from torch import nn

from gazeaug.estimators.network import GazeNetwork, flat_length, n_channels

HIDDEN = 1000


class PaperCNN(GazeNetwork):
    """Without padding, so that 35 x 55 pictures become the paper's 9,600 numbers before the linear layers.

    Args:
        image_shape: (H, W) or (H, W, 3).
        n_pose: numbers of a head pose.
        normalisation: see `gazeaug.estimators.augmentation`.
    """

    def __init__(self, image_shape: tuple[int, ...], *, n_pose: int = 0, normalisation: str = "standardise") -> None:
        features = nn.Sequential(
            *(nn.Conv2d(n_channels(image_shape), 32, 3), nn.ReLU()),
            *(nn.Conv2d(32, 32, 3), nn.ReLU()),
            *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(64, 80, 3), nn.ReLU()),
            *(nn.Conv2d(80, 192, 3), nn.ReLU(), nn.MaxPool2d(2, 2)),
        )
        n_maps = flat_length(features, image_shape)
        head = nn.Sequential(nn.Linear(n_maps + n_pose, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 3))
        super().__init__(features, head, normalisation=normalisation)
