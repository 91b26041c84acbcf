"""A training step of `fast` against a plain eager loop, against the arithmetic peak, and what loading costs in it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from unittest.mock import patch

import torch
from torch.utils.flop_counter import FlopCounterMode

from gazeaug.samples.sets import make_sample_data
from gazeaug.training.algorithm import algorithm_1
from gazeaug.training.plan import plan_training
from gazeaug.training.state import build_state

N_EYES, N_STEPS, ROUNDS, N_PEAK = 4_000, 15, 12, 2_048


def main() -> None:
    """Print milliseconds a step and the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_sample_data(folder, rows=N_EYES, seed=0)
        files: dict[str, Any] = {
            "synthetic": str(folder / "unityeyes.h5"),
            "real": str(folder / "real.h5"),
            "device": "cpu",
        }
        plain, fp32 = (build_state(plan_training(run_dir=folder / "run", **files, precision="fp32")) for _ in range(2))
        for network in (plain.refiner, plain.discriminator):
            network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        ours = build_state(plan_training(run_dir=folder / "run", **files))
        with patch("gazeaug.feeding.dataset.IN_MEMORY_BYTES", 0):
            streamed = build_state(plan_training(run_dir=folder / "run", **files))
        states = {"plain eager loop, fp32": plain, "channels last, fp32": fp32, "fast as it is": ours}
        states |= {"fast, sets read from the disk": streamed}
        steps = {title: algorithm_1(state) for title, state in states.items()}
        for step in steps.values():
            next(step)
        times: dict[str, list[float]] = {title: [] for title in steps}
        for turn in range(ROUNDS):
            for title, step in list(steps.items())[:: (-1) ** turn]:
                times[title].append(seconds(step.__next__, N_STEPS))
        with FlopCounterMode(display=False) as counter:
            next(steps["channels last, fp32"])
        drawing = 3 * seconds(ours.real.draw, 200)  # a step draws three batches
        peaks = {kind: peak(kind) for kind in (torch.float32, torch.bfloat16)}
    flop = counter.get_total_flops()
    milliseconds = {title: 1e3 * median(found) for title, found in times.items()}
    base = milliseconds["plain eager loop, fp32"]
    print(f"a training step of fast, 16 eyes of 35 x 55, {torch.get_num_threads()} threads, median of {ROUNDS}")
    print("| | ms | plain loop / this | share of the fp32 peak |\n|---|---|---|---|")
    for title, value in milliseconds.items():
        share = flop / (value / 1e3) / peaks[torch.float32]
        print(f"| {title} | {value:.0f} | {base / value:.2f} | {share:.2f} |")
    print(f"bf16 in use: {ours.plan.in_bf16}; matrix products: fp32 {peaks[torch.float32] / 1e9:.0f} GFLOP/s, ", end="")
    print(f"bf16 {peaks[torch.bfloat16] / 1e9:.0f} GFLOP/s; {flop / 1e9:.1f} GFLOP a step")
    print(f"loading from memory: {drawing / (milliseconds['fast as it is'] / 1e3):.1%} of a step")
    neighbours = zip(times["fast, sets read from the disk"], times["fast as it is"], strict=True)
    quarters = [ratio - 1 for ratio in quantiles([disk / memory for disk, memory in neighbours], n=4)]
    print("loading from the disk: {1:+.1%} of a step (quartiles {0:+.1%}, {2:+.1%})".format(*quarters))


def seconds(work: Callable[[], object], n: int) -> float:
    """Time of one call, over n calls."""
    began = time.perf_counter()
    for _ in range(n):
        work()
    return (time.perf_counter() - began) / n


def peak(kind: torch.dtype) -> float:
    """Floating-point operations a second of a large matrix product."""
    a, b = (torch.randn(N_PEAK, N_PEAK).to(kind) for _ in range(2))
    torch.mm(a, b)
    return 2 * N_PEAK**3 / min(seconds(lambda: torch.mm(a, b), 1) for _ in range(5))


if __name__ == "__main__":
    main()
