"""Several processes, one run: everything is drawn alike by all, and each computes its part of every batch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, distributed

from gazeaug.errors import InputError, RunError


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
        """Connect the processes for the length of a block.

        Raises:
            RunError: of all that they do together, where one of them has ended.
        """
        if self.size == 1:
            yield
            return
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if self.device.type == "cuda" else "gloo")
        try:
            yield
            with others_there():  # a process that leaves early takes the connections of those still at work with it
                distributed.barrier()
        finally:
            distributed.destroy_process_group()

    def share_gradients(self, weights: Iterable[Tensor]) -> None:
        """Give every process the mean of all processes' gradients.

        Not by `DistributedDataParallel`: freed after the process group it joins gloo's thread while it holds the
        interpreter's lock, and that thread may wait for the lock (torch 2.13); nor is there much to send.
        """
        if self.size == 1:
            return
        gradients = [one.grad for one in weights if one.grad is not None]
        whole = torch.cat([gradient.flatten() for gradient in gradients])
        with others_there():
            distributed.all_reduce(whole)
        whole /= self.size
        parts = torch.split(whole, [one.numel() for one in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def part(self, batch: Tensor) -> Tensor:
        """This process' share of a batch that all have drawn."""
        return batch.chunk(self.size)[self.rank] if self.size > 1 else batch

    def whole(self, part: Tensor) -> Tensor:
        """The batch whose parts the processes hold; carries no gradient."""
        if self.size == 1:
            return part
        parts = [torch.empty_like(part, memory_format=torch.contiguous_format) for _ in range(self.size)]
        with others_there():
            distributed.all_gather(parts, part.contiguous())
        return torch.cat(parts)

    def mean(self, values: Mapping[str, Tensor]) -> dict[str, float]:
        """Each number's mean over all processes, all of them fetched from the device at once."""
        numbers = torch.stack(list(values.values()))
        if self.size > 1:
            numbers = numbers.double()
            with others_there():
                distributed.all_reduce(numbers)
            numbers /= self.size
        return dict(zip(values, numbers.tolist(), strict=True))

    def any(self, flag: bool) -> bool:
        """Whether any process says yes; all get the same answer."""
        if self.size == 1:
            return flag
        return self.mean({"flag": torch.tensor(float(flag), device=self.device)})["flag"] > 0


@contextmanager
def others_there() -> Iterator[None]:
    """What the processes do together: each waits for all.

    Raises:
        RunError: one of them has ended.
    """
    try:
        yield
    except RuntimeError as error:
        raise RunError(
            "another process of this run has ended or cannot be reached; see its message, then resume with --resume."
        ) from error
