"""The classifier two-sample test: how often a small network tells two sets of pictures apart (Lopez-Paz, Oquab 2017).

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.evaluation.intervals import Estimate, share_of
from gazeaug.feeding.dataset import to_NCHW
from gazeaug.progress import each

FEATURES = (16, 32, 48)
N_FOLDS = 5
EPOCHS, LEAST_UPDATES, BATCH_SIZE, LEARNING_RATE = 6, 150, 32, 2e-3


def told_apart(first: NDArray[np.uint8], second: NDArray[np.uint8], *, seed: int = 0, title: str = "") -> Estimate:
    """Share of pictures that a network trained on the others of both sets puts into the right one; 0.5 is a toss.

    Every picture is judged once, by the network of a fold that has not seen it (5-fold cross-validation). Both sets
    are cut to the length of the shorter, so that always answering the same gives 0.5.

    Args:
        first, second: uint8 pictures (N, H, W) or (N, H, W, 3) of one size, at least 10 each.
        seed: of folds, weights and order.
        title: of the progress bar.
    """
    n = min(len(first), len(second))
    rng = np.random.default_rng(seed)
    pictures = torch.cat([to_NCHW(images[rng.permutation(len(images))[:n]]) for images in (first, second)])
    is_second = torch.arange(2 * n) >= n
    fold = torch.from_numpy(np.tile(np.arange(n) % N_FOLDS, 2))  # as many of either set in every fold
    right = 0
    for held in each(range(N_FOLDS), title or "two-sample test", unit="folds"):
        train, test = fold != held, fold == held
        classifier = trained(pictures[train], is_second[train], seed=seed + held)
        right += int((answers(classifier, pictures[test]) == is_second[test]).sum())
    return share_of(right, 2 * n)


def trained(pictures_NCHW: Tensor, is_second: Tensor, *, seed: int) -> nn.Sequential:
    """A classifier after a fixed number of epochs; nothing is selected."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for given, made in zip((pictures_NCHW.shape[1], *FEATURES), FEATURES, strict=False):
        layers += [nn.Conv2d(given, made, 3, stride=2, padding=1), nn.BatchNorm2d(made), nn.ReLU()]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten(), nn.Linear(6 * FEATURES[-1], 2))
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    epochs = max(EPOCHS, -(-LEAST_UPDATES * BATCH_SIZE // len(pictures_NCHW)))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for rows in batches(len(pictures_NCHW), generator):
            loss = F.cross_entropy(network(as_float(pictures_NCHW[rows])), is_second[rows].long())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        schedule.step()
    return network.eval()


def batches(n: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Shuffled rows; a last one alone goes with those before it, since a batch of one has no deviation."""
    order = torch.randperm(n, generator=generator)
    edges = list(range(0, n - 1, BATCH_SIZE))
    for start, stop in zip(edges, [*edges[1:], n], strict=True):
        yield order[start:stop]


@torch.no_grad()
def answers(network: nn.Sequential, pictures_NCHW: Tensor) -> Tensor:
    """Which pictures are taken for the second set's."""
    return torch.cat([network(as_float(part)).argmax(1) == 1 for part in torch.split(pictures_NCHW, 512)])


def as_float(pictures_NCHW: Tensor) -> Tensor:
    """Grey levels to -1..1."""
    return pictures_NCHW.float() / 127.5 - 1
