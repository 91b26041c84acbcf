"""A small pre-activation ResNet (He et al. 2016) for gaze: eight layers, three widths, mean over all places."""

from __future__ import annotations

from torch import Tensor, nn

from gazeaug.estimators.network import GazeNetwork, n_channels

WIDTHS = (16, 32, 64)


class Block(nn.Module):
    """Normalise, activate, convolve, twice; the input, brought to the width where it changes, is added."""

    def __init__(self, given: int, made: int, stride: int) -> None:
        super().__init__()
        self.first, self.second = nn.BatchNorm2d(given), nn.BatchNorm2d(made)
        self.enter = nn.Conv2d(given, made, 3, stride, padding=1, bias=False)
        self.leave = nn.Conv2d(made, made, 3, padding=1, bias=False)
        self.shortcut = nn.Identity() if given == made else nn.Conv2d(given, made, 1, stride, bias=False)

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """The maps of the next block."""
        active = self.first(maps_NCHW).relu()
        added: Tensor = self.leave(self.second(self.enter(active)).relu())
        around: Tensor = self.shortcut(maps_NCHW if isinstance(self.shortcut, nn.Identity) else active)
        return added + around


class GazeResNet(GazeNetwork):
    """As it is trained on MPIIGaze in public code; ends in pitch and yaw in radians.

    Args:
        image_shape: (H, W) or (H, W, 3).
        n_pose: numbers of a head pose.
        normalisation: see `gazeaug.augmentation`.
    """

    def __init__(self, image_shape: tuple[int, ...], *, n_pose: int = 0, normalisation: str = "standardise") -> None:
        given = WIDTHS[0]
        layers: list[nn.Module] = [nn.Conv2d(n_channels(image_shape), given, 3, padding=1, bias=False)]
        for made in WIDTHS:
            layers.append(Block(given, made, 1 if given == made else 2))
            given = made
        layers += [nn.BatchNorm2d(given), nn.ReLU(), nn.AdaptiveAvgPool2d(1)]
        super().__init__(nn.Sequential(*layers), nn.Linear(given + n_pose, 2), normalisation=normalisation)
