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
    enabled, warn_only = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    memory: Any = torch.utils.deterministic
    fill, benchmark = memory.fill_uninitialized_memory, torch.backends.cudnn.benchmark
    workspace = os.environ.get(CUBLAS)
    os.environ.setdefault(CUBLAS, ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    memory.fill_uninitialized_memory = False  # a pass over every new tensor, for nothing
    torch.backends.cudnn.benchmark = False  # which algorithm is fastest is decided by chance
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(enabled, warn_only=warn_only)
        memory.fill_uninitialized_memory = fill
        torch.backends.cudnn.benchmark = benchmark
        if workspace is None:
            del os.environ[CUBLAS]
