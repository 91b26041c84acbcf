"""What all gaze networks share: pictures in, unit gaze vectors out, and the one way in which they are trained.

Shape suffixes: N pictures, C channels, H height, W width, K numbers of a head pose.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.estimators.augmentation import augmented, normalised
from gazeaug.feeding.dataset import to_NCHW
from gazeaug.gaze.angles import unit
from gazeaug.progress import each


class GazeNetwork(nn.Module):
    """A network that ends in three numbers, scaled to length 1, or in pitch and yaw in radians.

    Whatever it ends in, it gives unit vectors with the signs of `look_vec`; see `gazeaug.gaze.angles` for the angles'.

    Args:
        features: pictures to whatever `head` takes once it is flat; head poses are joined to it there.
        head: flat features (and poses) to 3 or 2 numbers.
        normalisation: name of what is done to every picture first, see `gazeaug.estimators.augmentation`.
    """

    def __init__(self, features: nn.Module, head: nn.Module, *, normalisation: str = "standardise") -> None:
        super().__init__()
        self.features, self.head, self.normalisation = features, head, normalisation

    def embed(self, images_NCHW: Tensor) -> Tensor:
        """Flat features of pictures with grey levels 0..255, before any head pose joins them."""
        found: Tensor = self.features(normalised(images_NCHW, self.normalisation)).flatten(1)
        return found

    def answer(self, images_NCHW: Tensor, poses_NK: Tensor | None = None) -> Tensor:
        """What the head says of pictures with grey levels 0..255: (N, 3), of any length, or (N, 2) angles."""
        features = self.embed(images_NCHW)
        found: Tensor = self.head(features if poses_NK is None else torch.cat([features, poses_NK], dim=1))
        return found

    def forward(self, images_NCHW: Tensor, poses_NK: Tensor | None = None) -> Tensor:
        """Pictures with grey levels 0..255 to unit vectors (N, 3)."""
        found = self.answer(images_NCHW, poses_NK)
        return F.normalize(found, dim=1) if found.shape[1] == 3 else vectors_of(found)


def vectors_of(pitchyaw_N2: Tensor) -> Tensor:
    """Pitch and yaw in radians to unit vectors: `gazeaug.gaze.angles.pitchyaw_to_look_vec`, with gradients."""
    pitch, yaw = pitchyaw_N2.unbind(1)
    return torch.stack([-pitch.cos() * yaw.sin(), pitch.sin(), -pitch.cos() * yaw.cos()], dim=1)


def gaze_loss(answer: Tensor, vectors_N3: Tensor) -> Tensor:
    """Half the squared angle in radians, as near as makes no difference; angles are compared as angles.

    The cosine would let a pitch or yaw run away by whole turns and stay there.
    """
    if answer.shape[1] == 3:
        return (1 - F.cosine_similarity(F.normalize(answer, dim=1), vectors_N3)).mean()
    pitchyaw_N2 = torch.stack([vectors_N3[:, 1].asin(), torch.atan2(-vectors_N3[:, 0], -vectors_N3[:, 2])], dim=1)
    return (answer - pitchyaw_N2).square().sum(1).mean() / 2


def n_channels(image_shape: tuple[int, ...]) -> int:
    """1 for (H, W), 3 for (H, W, 3)."""
    return 3 if len(image_shape) == 3 else 1


@torch.no_grad()
def flat_length(features: nn.Module, image_shape: tuple[int, ...]) -> int:
    """How many numbers the features of one picture are."""
    was_training = features.training
    length = int(features.eval()(torch.zeros(1, n_channels(image_shape), *image_shape[:2])).numel())
    features.train(was_training)
    return length


def fit(
    network: GazeNetwork,
    images: NDArray[np.uint8],
    look_vec: NDArray[Any],
    *,
    head_pose: NDArray[Any] | None = None,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    augmentation: str = "none",
    seed: int,
    device: torch.device | None = None,
    title: str = "gaze estimator",
) -> GazeNetwork:
    """Train a network with Adam and a cosine schedule on the squared angle; nothing is held out or selected.

    Args:
        network: with its first weights; it is changed.
        images: uint8 (N, H, W) or (N, H, W, 3).
        look_vec: (N, 3) or (N, 4).
        head_pose: (N, K), for a network that takes it.
        epochs, batch_size, learning_rate: the usual.
        augmentation: by name, see `gazeaug.estimators.augmentation`.
        seed: of order and augmentation.
        device: where to train; the CPU for None.
        title: what the progress is called.
    """
    device = device or torch.device("cpu")
    order, noise = torch.Generator().manual_seed(seed), torch.Generator(device=device).manual_seed(seed)
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    pictures, targets = to_NCHW(images), torch.from_numpy(unit(look_vec).astype(np.float32))
    poses = None if head_pose is None else torch.from_numpy(head_pose.astype(np.float32))
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, epochs * -(-len(images) // batch_size)))
    network.train()
    for _ in each(range(epochs), title, unit="epochs"):
        for rows in torch.split(torch.randperm(len(images), generator=order), batch_size):
            given = augmented(pictures[rows].to(device), augmentation, noise)
            found = network.answer(given, None if poses is None else poses[rows].to(device))
            loss = gaze_loss(found, targets[rows].to(device))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return network.eval()


@torch.no_grad()
def estimate(
    network: GazeNetwork, images: NDArray[np.uint8], head_pose: NDArray[Any] | None = None, *, n_at_once: int = 512
) -> NDArray[np.float32]:
    """Unit gaze vectors, float32 (N, 3), of uint8 pictures."""
    device = next(network.parameters()).device
    parts = []
    for start in range(0, len(images), n_at_once):
        rows = slice(start, start + n_at_once)
        poses = None if head_pose is None else torch.from_numpy(head_pose[rows].astype(np.float32)).to(device)
        parts.append(network(to_NCHW(images[rows]).to(device), poses).cpu())
    found: NDArray[np.float32] = torch.cat(parts).numpy()
    return found
