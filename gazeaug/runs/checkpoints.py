"""Checkpoints: all tensors in one safetensors file, the rest as JSON inside its header. No pickle, ever."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from gazeaug.errors import InputError
from gazeaug.file_kinds import kind_of
from gazeaug.outputs import replacing, writing_to
from gazeaug.refiner.network import Refiner, RefinerConfig

STATE_KEY = "gazeaug.state"

Part = nn.Module | torch.optim.Optimizer


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
        raise InputError(f"{path}: expected a checkpoint of gazeaug, found {kind_of(path)} ({error}).") from error
    return tensors, state


def load_refiner(path: Path) -> tuple[Refiner, dict[str, Any]]:
    """The trained refiner of a checkpoint, ready to use, and the checkpoint's plain state."""
    tensors, state = load_checkpoint(path, prefix="refiner.")
    refiner = Refiner(RefinerConfig(**state["refiner"]))
    try:
        load_into({"refiner": refiner}, tensors)
    except RuntimeError as error:  # tensors of other names or shapes
        raise InputError(
            f"{path}: a checkpoint of another version of gazeaug, whose refiner was built otherwise; refine with the "
            "ONNX file that was exported of it, or train again."
        ) from error
    return refiner.eval(), state


def tensors_of(parts: Mapping[str, Part]) -> dict[str, Tensor]:
    """The tensors of all parts: `<part>.<name>`, of an optimizer `<part>.<parameter number>.<name>`."""
    found: dict[str, Tensor] = {}
    for part, holder in parts.items():
        tensors = holder.state_dict()
        if isinstance(holder, torch.optim.Optimizer):
            numbered = tensors["state"].items()
            tensors = {f"{number}.{name}": value for number, values in numbered for name, value in values.items()}
        found |= {f"{part}.{name}": torch.as_tensor(value) for name, value in tensors.items() if value is not None}
    return found


def load_into(parts: Mapping[str, Part], tensors: Mapping[str, Tensor]) -> None:
    """The way back, into parts made with the same settings."""
    for part, holder in parts.items():
        own = {name.removeprefix(f"{part}."): value for name, value in tensors.items() if name.startswith(f"{part}.")}
        if isinstance(holder, nn.Module):
            holder.load_state_dict(own)
            continue
        state: dict[int, dict[str, Tensor]] = {}
        for key, tensor in own.items():
            number, name = key.split(".", 1)
            state.setdefault(int(number), {})[name] = tensor
        holder.load_state_dict({"state": state, "param_groups": holder.state_dict()["param_groups"]})
