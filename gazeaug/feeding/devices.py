"""Where training runs, and whether that hardware computes in bf16."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from gazeaug.errors import InputError


def choose_device(name: str) -> torch.device:
    """The device by its option.

    Raises:
        InputError: CUDA was asked for and is not to be had.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "--device cuda: PyTorch finds no CUDA device; install the GPU's driver and a CUDA build of torch "
            "(see gazeaug doctor), or use --device cpu."
        )
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def computes_bf16(device: torch.device) -> bool:
    """Whether the hardware itself computes in bf16; where it does not, bf16 is emulated and slower than fp32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able: Mapping[str, bool] = torch.cpu.get_capabilities()
    return any(able.get(name, False) for name in ("avx512_bf16", "amx_bf16", "sve_bf16", "arm_bf16"))


def gpu_name(device: torch.device) -> str | None:
    """What the card calls itself; None where the CPU computes."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else None
