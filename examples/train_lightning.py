"""Train a gaze estimator with Lightning (pip install lightning): python examples/train_lightning.py FILE [EPOCHS]"""

import sys
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import BatchSampler, DataLoader

import gazeaug


class GazeEstimator(lightning.LightningModule):
    """Pitch and yaw from an eye."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.LazyConv2d(16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.LazyConv2d(32, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.LazyLinear(128), nn.ReLU(), nn.Linear(128, 2)),
        )

    def training_step(self, batch: tuple[Tensor, dict[str, Tensor]]) -> Tensor:
        """Mean square of the angles' errors."""
        images, labels = batch
        loss = F.mse_loss(self.layers(images.float() / 127.5 - 1), labels["gaze"])
        self.log("loss", loss)
        return loss

    def configure_optimizers(self) -> Any:
        """Adam."""
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def main(path: str, epochs: int = 5) -> None:
    """Batches come whole out of a chunk-shuffled order."""
    dataset = gazeaug.EyeDataset(path, gaze="pitchyaw", in_memory=False)
    batches = BatchSampler(gazeaug.ChunkShuffledSampler(dataset), 64, drop_last=True)
    loader = DataLoader(dataset, sampler=batches, batch_size=None)
    model = GazeEstimator()
    model.layers(dataset[[0]][0].float())  # lets the lazy layers see their sizes
    # Several devices: give each its own file or rows; Lightning's own sampler would undo the chunk-shuffled order.
    trainer = lightning.Trainer(
        max_epochs=epochs, use_distributed_sampler=False, logger=False, enable_checkpointing=False
    )
    trainer.fit(model, loader)
    print(f"loss {trainer.callback_metrics['loss']:.4f} after {trainer.current_epoch} epochs")


if __name__ == "__main__":
    main(sys.argv[1], *(int(text) for text in sys.argv[2:3]))
