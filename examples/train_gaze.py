"""Train a gaze estimator on a refined file with plain h5py and torch: python examples/train_gaze.py FILE [EPOCHS]"""

import sys

import h5py
import torch
from torch import nn
from torch.nn import functional as F


def main(path: str, epochs: int = 5) -> None:
    """Fit a small network on nine tenths of the rows and print its error on the last tenth."""
    with h5py.File(path) as file:
        images = torch.from_numpy(file["image"][()])[:, None]
        gaze = F.normalize(torch.from_numpy(file["look_vec"][:, :3]).float(), dim=1)
    n_train = len(images) * 9 // 10
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.LazyLinear(128), nn.ReLU(), nn.Linear(128, 3)),
    )

    def estimate(rows: torch.Tensor) -> torch.Tensor:
        return F.normalize(model(images[rows].float() / 127.5 - 1), dim=1)

    estimate(torch.arange(1))  # lets the lazy layer see its size
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for rows in torch.split(torch.randperm(n_train), 64):
            loss = (1 - (estimate(rows) * gaze[rows]).sum(dim=1)).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        with torch.no_grad():
            held_out = torch.arange(n_train, len(images))
            cosine = (estimate(held_out) * gaze[held_out]).sum(dim=1).clamp(-1, 1)
        print(f"epoch {epoch + 1}: {torch.rad2deg(torch.acos(cosine)).mean():.2f} degrees on held-out rows")


if __name__ == "__main__":
    main(sys.argv[1], *(int(text) for text in sys.argv[2:3]))
