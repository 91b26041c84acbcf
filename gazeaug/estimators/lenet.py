"""LeNet as the MPIIGaze work has it: two convolutions with pooling, the head pose beside the last hidden layer."""

from __future__ import annotations

from torch import nn

from gazeaug.estimators.network import GazeNetwork, flat_length, n_channels

HIDDEN = 500


class LeNet(GazeNetwork):
    """Zhang et al. 2015; ends in pitch and yaw in radians.

    Args:
        image_shape: (H, W) or (H, W, 3).
        n_pose: numbers of a head pose.
        normalisation: see `gazeaug.augmentation`.
    """

    def __init__(self, image_shape: tuple[int, ...], *, n_pose: int = 0, normalisation: str = "standardise") -> None:
        maps = nn.Sequential(
            *(nn.Conv2d(n_channels(image_shape), 20, 5), nn.MaxPool2d(2)),
            *(nn.Conv2d(20, 50, 5), nn.MaxPool2d(2)),
        )
        n_maps = flat_length(maps, image_shape)
        features = nn.Sequential(maps, nn.Flatten(), nn.Linear(n_maps, HIDDEN), nn.ReLU())
        super().__init__(features, nn.Linear(HIDDEN + n_pose, 2), normalisation=normalisation)
