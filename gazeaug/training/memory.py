"""A device that ran out of memory in a training, said in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gazeaug.errors import RunError
from gazeaug.training.plan import TrainingPlan

# Of torch's own allocators, of CUDA's calls past them, of cuBLAS and cuDNN.
SIGNS = ("out of memory", "can't allocate memory", "ALLOC_FAILED")


@contextmanager
def memory_explained(plan: TrainingPlan) -> Iterator[None]:
    """Say what a training that does not fit can change.

    Raises:
        RunError: in place of any error of torch that means so.
    """
    try:
        yield
    except RuntimeError as error:
        if any(sign in str(error) for sign in SIGNS):
            raise RunError(advice(plan)) from error
        raise


def advice(plan: TrainingPlan) -> str:
    """What to type in place of what was typed; a run keeps its batch size, so it is a new one."""
    config, multiple = plan.config, 2 * plan.team.size
    smaller = max(multiple, config.batch_size // 2 // multiple * multiple)
    change = f"--batch-size {smaller}" if smaller < config.batch_size else "fewer --features"
    new = f"start a new run with {change} or a smaller --buffer-size, in another --run-dir where one was given"
    other = "free some, as other programs may hold it, and resume again, or " if plan.facts is not None else ""
    used = f"--batch-size {config.batch_size}, --buffer-size {config.buffer_size}"
    return f"{plan.team.device} ran out of memory at {used}; {other}{new}."
