"""Optimizers whose groups of weights learn at different rates, set for every step."""

from __future__ import annotations

import torch
from torch import Tensor

from gazeaug.training.config import TrainConfig

ADAM_BETAS = (0.5, 0.999)  # Radford et al. 2015: the usual choice for adversarial training


def make_optimizer(groups: list[tuple[list[torch.nn.Parameter], float]], config: TrainConfig) -> torch.optim.Optimizer:
    """Adam or plain SGD; each group of weights with a factor on the learning rate."""
    given = [{"params": weights, "lr": config.learning_rate * factor, "factor": factor} for weights, factor in groups]
    return torch.optim.SGD(given) if config.optimizer == "sgd" else torch.optim.Adam(given, betas=ADAM_BETAS)


def set_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Set the learning rate that the groups' factors go by."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate * group["factor"]


def update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step down the gradient."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
