"""Several processes, one run: everything is drawn alike by all, and each computes its part of every batch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from gazeaug.errors import InputError

# The refiner's one buffer is a constant, not to be sent round; newer versions of torch warn of the older option.
RENAMED = "forward_sync_buffers" in signature(DistributedDataParallel).parameters
OPTIONS: Mapping[str, Any] = {"forward_sync_buffers" if RENAMED else "broadcast_buffers": False}


@dataclass(frozen=True, kw_only=True)
class Team:
    """The processes that `torchrun` started for one run, or this process alone.

    Every process draws the same batches and the same history from the same seed, so a run of any size goes as a run of
    one process with the same --batch-size, up to the order of summation.
    """

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    """Of this process."""
    rank: int = field(default_factory=lambda: int(os.environ.get("RANK", 0)))
    """Number of this process."""
    size: int = field(default_factory=lambda: int(os.environ.get("WORLD_SIZE", 1)))
    """How many there are."""

    @classmethod
    def on(cls, device: torch.device, batch_size: int) -> Team:
        """The team as this process sees it; on a machine with several GPUs each process takes its own.

        Raises:
            InputError: the batch cannot be shared out evenly.
        """
        team = cls(device=device)
        # Half a batch comes from the history, and that half is shared out too.
        if team.size > 1 and batch_size % (2 * team.size):
            raise InputError(
                f"--batch-size is that of all processes together and must be a multiple of {2 * team.size} for "
                f"{team.size} of them, got {batch_size}."
            )
        own = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        return cls(device=own) if team.size > 1 and device.type == "cuda" else team

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Connect the processes for the length of a block."""
        if self.size == 1:
            yield
            return
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if self.device.type == "cuda" else "gloo")
        try:
            yield
            distributed.barrier()  # a process that leaves early takes the connections of those still at work with it
        finally:
            distributed.destroy_process_group()

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network for updates: its gradients are the mean over all processes."""
        return DistributedDataParallel(network, **OPTIONS) if self.size > 1 else network

    def part(self, batch: Tensor) -> Tensor:
        """This process' share of a batch that all have drawn."""
        return batch.chunk(self.size)[self.rank] if self.size > 1 else batch

    def whole(self, part: Tensor) -> Tensor:
        """The batch whose parts the processes hold; carries no gradient."""
        if self.size == 1:
            return part
        parts = [torch.empty_like(part, memory_format=torch.contiguous_format) for _ in range(self.size)]
        distributed.all_gather(parts, part.contiguous())
        return torch.cat(parts)

    def mean(self, values: Mapping[str, float]) -> dict[str, float]:
        """Each value's mean over all processes."""
        if self.size == 1:
            return dict(values)
        sums = torch.tensor(list(values.values()), dtype=torch.float64, device=self.device)
        distributed.all_reduce(sums)
        return dict(zip(values, (sums / self.size).tolist(), strict=True))

    def any(self, flag: bool) -> bool:
        """Whether any process says yes; all get the same answer."""
        return self.mean({"flag": float(flag)})["flag"] > 0
