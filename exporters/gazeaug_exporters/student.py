"""A student: a much smaller refiner that learned to do what the trained one does (distillation), for slow machines."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from gazeaug.errors import InputError, RunError
from gazeaug.feeding.dataset import Batches, EyeDataset, scaled, to_NCHW
from gazeaug.progress import each
from gazeaug.refiner.network import Refiner, ResidualBlock

FEATURES, BLOCKS = 16, 4
STEPS, BATCH = 2_000, 32
LEARNING_RATE = 2e-3
N_JUDGED = 512
TARGET = 2.0  # grey levels, mean


@dataclass(frozen=True)
class Student:
    """A small refiner, and how far it is from its teacher on rows that it did not learn from."""

    refiner: Refiner
    difference: float
    """Mean of |student - teacher| in grey levels."""

    def __str__(self) -> str:
        config = self.refiner.config
        return f"{config.features} features, {config.blocks} blocks, {self.difference:.2f} grey levels from its teacher"


def distil(
    teacher: Refiner,
    synthetic: Path,
    *,
    table: list[list[int]] | None = None,
    features: int = FEATURES,
    blocks: int = BLOCKS,
    steps: int = STEPS,
    target: float = TARGET,
) -> Student:
    """Train a small refiner to do what a big one does with rendered eyes: L1 between their pictures, noise and all.

    Args:
        teacher: the trained refiner.
        synthetic: the eye file that it was trained with.
        table: grey levels that it was trained on (`--match histogram`).
        features, blocks: size of the student.
        steps: updates of `BATCH` pictures.
        target: mean difference in grey levels that is good enough.

    Raises:
        InputError: pictures that the teacher does not take.
        RunError: the student stays further away than `target`.
    """
    dataset = EyeDataset(synthetic)
    if dataset.channels != teacher.config.channels:
        raise InputError(f"{synthetic}: {dataset.channels} channels, the refiner takes {teacher.config.channels}.")
    if table is not None:
        dataset._look_up_in(np.asarray(table, np.uint8))
    rows = np.random.default_rng(0).permutation(len(dataset))
    judged, learned = rows[:N_JUDGED], rows[N_JUDGED:] if len(rows) > 2 * N_JUDGED else rows
    teacher = copy.deepcopy(teacher).eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    torch.manual_seed(0)
    student = pruned(teacher, features, blocks).train()
    student = student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(student.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    batches = Batches(dataset, BATCH, 0, torch.device("cpu"), rows=learned)
    for _ in each(range(steps), "distilling", unit="steps", leave=True):
        images = batches.draw()
        loss = nn.functional.l1_loss(student(images), teacher(images))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    found = Student(student.eval(), distance(student, teacher, dataset.read(np.sort(judged))))
    if not found.difference <= target:
        raise RunError(
            f"the student stays {found.difference:.2f} grey levels from its teacher, {target:g} are allowed."
        )
    return found


@torch.no_grad()
def pruned(teacher: Refiner, features: int, blocks: int) -> Refiner:
    """A small refiner that starts from the strongest maps of the big one, where it has no more of them.

    Maps that blocks hand on are one choice for the whole network, by the weights that read them; those inside a block
    are chosen in each.
    """
    student = Refiner(replace(teacher.config, features=features, blocks=blocks))
    if student.camera is not None and teacher.camera is not None:  # costs next to nothing: the teacher's own
        student.camera.load_state_dict(teacher.camera.state_dict())
        student.camera.requires_grad_(False)
    if features > teacher.config.features or blocks > teacher.config.blocks:
        return student
    big_blocks, small_blocks = (
        [block for block in network.blocks if isinstance(block, ResidualBlock)] for network in (teacher, student)
    )
    pairs = list(zip(small_blocks, big_blocks[:: len(big_blocks) // blocks], strict=False))
    readers = [layer.weight.abs().mean((0, 2, 3)) for layer in (teacher.last, *(big.first for _, big in pairs))]
    stream = strongest(torch.stack([one / one.mean() for one in readers]).sum(0), features)
    every = slice(None)
    narrow(student.first, teacher.first, stream, every)
    for small, big in pairs:
        inside = strongest(big.first.weight.abs().sum((1, 2, 3)) * big.second.weight.abs().sum((0, 2, 3)), features)
        narrow(small.first, big.first, inside, stream)
        narrow(small.second, big.second, stream, inside)
    narrow(student.last, teacher.last, every, stream)
    return student


def strongest(scores: Tensor, n: int) -> Tensor:
    """Places of the n highest scores, in order."""
    return scores.topk(n).indices.sort().values


def narrow(small: nn.Conv2d, big: nn.Conv2d, outputs: Tensor | slice, inputs: Tensor | slice) -> None:
    """Give a convolution the weights of a bigger one for some of its maps."""
    small.weight.copy_(big.weight[outputs][:, inputs])
    if small.bias is not None and big.bias is not None:
        small.bias.copy_(big.bias[outputs])


@torch.no_grad()
def distance(student: Refiner, teacher: Refiner, images: np.ndarray) -> float:
    """Mean of |student - teacher| in grey levels."""
    batches: tuple[Tensor, ...] = torch.split(scaled(to_NCHW(images)), BATCH)
    apart = [float((student(batch) - teacher(batch)).abs().mean()) * len(batch) for batch in batches]
    return sum(apart) / len(images) * 127.5
