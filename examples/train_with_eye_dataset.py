"""Train a gaze estimator on a large file with a DataLoader: python examples/train_with_eye_dataset.py FILE [EPOCHS]"""

import sys

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import BatchSampler, DataLoader

import gazeaug


def main(path: str, epochs: int = 5) -> None:
    """Near-random batches read at sequential speed by two workers; pitch and yaw as the target."""
    dataset = gazeaug.EyeDataset(path, gaze="pitchyaw", in_memory=False)
    sampler = gazeaug.ChunkShuffledSampler(dataset)
    # A sampler of whole batches and batch_size=None: the workers read batches, not single rows.
    batches = BatchSampler(sampler, 64, drop_last=True)
    loader = DataLoader(dataset, sampler=batches, batch_size=None, num_workers=2, persistent_workers=True)
    model = nn.Sequential(
        *(nn.LazyConv2d(16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.LazyConv2d(32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.LazyLinear(128), nn.ReLU(), nn.Linear(128, 2)),
    )
    model(dataset[[0]][0].float())  # lets the lazy layers see their sizes
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for images, labels in loader:
            loss = F.mse_loss(model(images.float() / 127.5 - 1), labels["gaze"])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        print(f"epoch {epoch + 1}: {torch.rad2deg(loss.detach().sqrt()):.2f} degrees (pitch and yaw, last batch)")


if __name__ == "__main__":
    main(sys.argv[1], *(int(text) for text in sys.argv[2:3]))
