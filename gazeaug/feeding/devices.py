"""Where training runs, and whether that hardware computes in bf16."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from gazeaug.devices import check_cuda_number, check_device, cuda_number
from gazeaug.errors import InputError


def choose_device(name: str) -> torch.device:
    """The device by its option.

    Raises:
        InputError: no device has that name, or CUDA was asked for and is not to be had.
    """
    check_device(name)
    number = cuda_number(name)
    if number is not None and not torch.cuda.is_available():
        raise InputError(
            f"--device {name}: PyTorch finds no CUDA device; install the GPU's driver and a CUDA build of torch "
            "(see gazeaug doctor), or use --device cpu."
        )
    check_cuda_number(name, torch.cuda.device_count())
    if number:
        return torch.device("cuda", number)
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def computes_bf16(device: torch.device) -> bool:
    """Whether the hardware itself computes in bf16; where it does not, bf16 is emulated and slower than fp32."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able: Mapping[str, bool] = torch.cpu.get_capabilities()
    return any(able.get(name, False) for name in ("avx512_bf16", "amx_bf16", "sve_bf16", "arm_bf16"))


def gpu_name(device: torch.device) -> str | None:
    """What the card calls itself; None where the CPU computes."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else None
