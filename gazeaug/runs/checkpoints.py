"""Checkpoints: all tensors in one safetensors file, the rest as JSON inside its header. No pickle, ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from gazeaug.errors import InputError
from gazeaug.outputs import replacing, writing_to
from gazeaug.refiner.network import Refiner, RefinerConfig

STATE_KEY = "gazeaug.state"
REFINER_PREFIX = "refiner."


def save_checkpoint(path: Path, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """Write tensors and plain state under one name, whole or not at all.

    Raises:
        RunError: the disk is full or refuses.
    """
    with replacing(path) as partial, writing_to(path):
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        save_file(plain, partial, metadata={STATE_KEY: json.dumps(state)})


def load_checkpoint(path: Path, *, prefix: str = "") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read back what `save_checkpoint` wrote, or only the tensors whose names start with `prefix`.

    Raises:
        InputError: no such file, or not a checkpoint of gazeaug.
    """
    if not path.is_file():
        raise InputError(f"{path}: expected a checkpoint, but there is no such file.")
    try:
        with safe_open(path, framework="pt", device="cpu") as stored:
            state = json.loads((stored.metadata() or {})[STATE_KEY])
            tensors = {name: stored.get_tensor(name) for name in stored.keys() if name.startswith(prefix)}  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError) as error:
        raise InputError(f"{path}: expected a checkpoint of gazeaug, found something else ({error}).") from error
    return tensors, state


def load_refiner(path: Path) -> tuple[Refiner, dict[str, Any]]:
    """The trained refiner of a checkpoint, ready to use, and the checkpoint's plain state."""
    tensors, state = load_checkpoint(path, prefix=REFINER_PREFIX)
    refiner = Refiner(RefinerConfig(**state["refiner"]))
    refiner.load_state_dict(without(tensors, REFINER_PREFIX))
    return refiner.eval(), state


def optimizer_tensors(optimizer: torch.optim.Optimizer, prefix: str) -> dict[str, Tensor]:
    """An optimizer's state as named tensors: `<prefix><parameter number>.<name>`."""
    return {
        f"{prefix}{number}.{name}": torch.as_tensor(value)
        for number, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if value is not None
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], prefix: str) -> None:
    """The way back into an optimizer made with the same settings."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith(prefix):
            number, name = key.removeprefix(prefix).split(".", 1)
            state.setdefault(int(number), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def named(network: nn.Module, prefix: str) -> dict[str, Tensor]:
    """A network's tensors, each name with a prefix."""
    return {prefix + name: tensor for name, tensor in network.state_dict().items()}


def without(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those tensors whose names start with a prefix, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
