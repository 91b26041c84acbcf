"""Training on a GPU: section `train`."""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from contextlib import nullcontext, redirect_stderr
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.inputs import pair
from benchmarks.gpu.report import Table, beside_goal, say
from benchmarks.gpu.throughput import need_torch_gpu
from gazeaug.training.algorithm import algorithm_1
from gazeaug.training.determinism import deterministic
from gazeaug.training.loop import train as train_whole
from gazeaug.training.plan import plan_training
from gazeaug.training.recording import WARM_UPS, Recorder
from gazeaug.training.state import TrainingState, build_state

N_WARM = WARM_UPS + 2  # until every update has been recorded: the first one's history is still empty
ANY_ALGORITHM, NOT_RECORDED = ", any algorithm", ", not recorded"
STEPS: tuple[tuple[str, str, dict[str, Any], int], ...] = (
    ("fast", "", {}, 60),
    ("fast", ANY_ALGORITHM, {}, 60),
    ("fast", NOT_RECORDED, {}, 20),
    ("fast", "", {"precision": "fp32"}, 60),
    ("paper", "", {}, 12),
)
FAST_GOAL_S, PAPER_GOAL_MIN = 30, 20
N_REPEATED = 20


def train() -> None:
    """Milliseconds a step, `fast` from beginning to end, and whether a seed gives the same weights twice."""
    need_torch_gpu()
    files = {**pair(), "device": "cuda"}
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        table = Table("Training", "what", "precision", "batch", "found")
        for recipe, how, options, n_steps in STEPS:
            cells = partial(step_cells, how, recipe, {**files, **options}, n_steps)
            table.row(f"a step of `{recipe}`{how}", cells=cells)
        table.row("`fast` from beginning to end", "auto", "16", cells=partial(whole_cells, files))
        table.row(f"{N_REPEATED} steps of `fast`, twice", "auto", "16", cells=partial(repeated_cells, files))
    say("")
    for text in sorted({str(warning.message).splitlines()[0] for warning in found}):
        say(f"warned: {text}")


def begun(recipe: str, options: dict[str, Any]) -> TrainingState:
    """A run before its first step; writes nothing."""
    folder = Path(tempfile.gettempdir()) / "gazeaug-gpu-no-run"
    return build_state(plan_training(run_dir=folder, recipe=recipe, **options))


def step_cells(how: str, recipe: str, options: dict[str, Any], n_steps: int) -> list[str]:
    """Precision, batch, milliseconds a step, and what all steps of Algorithm 1 would take."""
    with nullcontext() if how == ANY_ALGORITHM else deterministic(torch.device("cuda")):
        state = begun(recipe, options)
        if how == NOT_RECORDED:
            state.recorder = Recorder(state.plan.team.device, recording=False)
        steps = algorithm_1(state)
        advance(steps, N_WARM)
        began = time.perf_counter()
        advance(steps, n_steps)
        seconds = (time.perf_counter() - began) / n_steps
    config = state.plan.config
    minutes = config.steps * seconds / 60
    text = f"{minutes:.1f} min for its {config.steps:,} steps"
    if recipe == "paper":
        text = beside_goal(text, f"<= {PAPER_GOAL_MIN} min", met=minutes <= PAPER_GOAL_MIN)
    precision = "bf16" if state.plan.in_bf16 else "fp32"
    return [precision, str(config.batch_size), f"{1e3 * seconds:.1f} ms a step, {text}"]


def advance(steps: Any, n: int) -> None:
    """Take some steps, and wait for the device."""
    for _ in islice(steps, n):
        pass
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def whole_cells(options: dict[str, Any]) -> list[str]:
    """Seconds of `gazeaug train`, validations and checkpoints included."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        train_whole(run_dir=Path(name) / "run", tensorboard=False, **options)  # its progress bar goes nowhere
    seconds = time.perf_counter() - began
    return [beside_goal(f"{seconds:.1f} s", f"<= {FAST_GOAL_S} s", met=seconds <= FAST_GOAL_S)]


def repeated_cells(options: dict[str, Any]) -> list[str]:
    """Whether two runs of one seed end in the same weights."""
    ends = []
    for _ in range(2):
        with deterministic(torch.device("cuda")):
            state = begun("fast", options)
            advance(algorithm_1(state), N_REPEATED)
        ends.append(torch.cat([weights.detach().flatten().cpu() for weights in state.refiner.parameters()]))
    apart = float((ends[0] - ends[1]).abs().max())
    return ["the same weights" if torch.equal(*ends) else f"weights apart by up to {apart:.2g}"]
