"""CUDA told to give the same numbers again: torch's deterministic algorithms, for the length of a training."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

CUBLAS = "CUBLAS_WORKSPACE_CONFIG"  # read by cuBLAS and torch with the first matrix product of a process


@contextmanager
def deterministic(device: torch.device) -> Iterator[None]:
    """Deterministic algorithms on CUDA within a block; then the process' settings are as they were.

    An operation that has none warns, see `torch.use_deterministic_algorithms`. The CPU needs nothing of it.
    """
    if device.type != "cuda":
        yield
        return
    memory: Any = torch.utils.deterministic
    mode, fill = torch.get_deterministic_debug_mode(), memory.fill_uninitialized_memory
    benchmark, workspace = torch.backends.cudnn.benchmark, os.environ.get(CUBLAS)
    os.environ.setdefault(CUBLAS, ":4096:8")
    torch.set_deterministic_debug_mode("warn")
    memory.fill_uninitialized_memory = False  # a pass over every new tensor, for nothing
    torch.backends.cudnn.benchmark = False  # which algorithm is fastest is decided by chance
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        memory.fill_uninitialized_memory = fill
        torch.backends.cudnn.benchmark = benchmark
        if workspace is None:
            del os.environ[CUBLAS]
