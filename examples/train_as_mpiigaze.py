"""Convert to MPIIGaze.h5 and train on it, as public trainers do: python examples/train_as_mpiigaze.py FILE [EPOCHS]"""

import sys
from pathlib import Path

import h5py
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset

import gazeaug


def one_person(file: h5py.File, person: str) -> TensorDataset:
    """Pictures (n, 1, 36, 60), poses and gazes (n, 2), read whole, as those trainers do."""
    images, poses, gazes = (torch.from_numpy(file[f"{person}/{name}"][()]) for name in ("image", "pose", "gaze"))
    return TensorDataset(images[:, None].float() / 255, poses, gazes)


def main(path: str, epochs: int = 5) -> None:
    """Convert, then train on everybody with the picture and the head's pose as inputs."""
    output = Path(path).with_suffix(".mpiigaze.h5")
    gazeaug.convert(path, output, to="mpiigaze-h5", size=(36, 60), overwrite=True)
    with h5py.File(output) as file:
        people: ConcatDataset[tuple[torch.Tensor, ...]] = ConcatDataset(
            [one_person(file, person) for person in sorted(file)]
        )
    features = nn.Sequential(nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2), nn.Flatten())
    middle, last = nn.Linear(50 * 6 * 12, 500), nn.Linear(502, 2)
    weights = [*features.parameters(), *middle.parameters(), *last.parameters()]
    optimizer = torch.optim.Adam(weights, lr=1e-3)
    for epoch in range(epochs):
        for images, poses, gazes in DataLoader(people, batch_size=64, shuffle=True):
            estimated = last(torch.cat([F.relu(middle(features(images))), poses], dim=1))
            loss = F.l1_loss(estimated, gazes)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        print(f"epoch {epoch + 1}: {torch.rad2deg(loss.detach()):.2f} degrees (pitch and yaw, last batch)")


if __name__ == "__main__":
    main(sys.argv[1], *(int(text) for text in sys.argv[2:3]))
