"""Devices as they are typed: auto, cpu, cuda, or cuda:1 for the second GPU. Imports nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from annotated_doc import Doc

from gazeaug.errors import InputError
from gazeaug.options import HARDWARE, Shown

NAMES = ("auto", "cpu", "cuda", "cuda:N")
CUDA_NAME = re.compile(r"cuda(?::(\d{1,3}))?")

DEVICE = "auto (CUDA if it works, else the CPU), cpu, cuda, or cuda:N for GPU number N, counted from 0."
DEVICE_NAMES = f"[{'|'.join(NAMES)}]"
Device = Annotated[str, HARDWARE, Doc(DEVICE), Shown(metavar=DEVICE_NAMES)]


def check_device(name: str, *, others: Sequence[str] = ()) -> None:
    """Refuse what names no device; `others` are further names.

    Raises:
        InputError: naming what is taken.
    """
    if name not in ("auto", "cpu", *others) and cuda_number(name) is None:
        raise InputError(f"--device must be one of {', '.join((*NAMES, *others))}, got '{name}'.")


def cuda_number(name: str) -> int | None:
    """The number of the GPU that is asked for, 0 for "cuda"; None where CUDA is not asked for by name."""
    found = CUDA_NAME.fullmatch(name)
    return None if found is None else int(found[1] or 0)


def check_cuda_number(name: str, n_devices: int) -> None:
    """Refuse a GPU that is not there.

    Raises:
        InputError: naming the device and how many there are.
    """
    if (number := cuda_number(name)) is not None and number >= n_devices:
        there = f"{n_devices} CUDA devices" if n_devices != 1 else "1 CUDA device, which is cuda:0"
        raise InputError(f"--device {name}: this machine has {there}.")
