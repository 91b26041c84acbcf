"""How long each recipe trains until its refined eyes teach a gaze CNN well: `python -m benchmarks.time_to_quality`.

The clock runs while a refiner trains, gaze guard and pre-training included, and stands still while it is judged. A
recipe that is not there after `PATIENCE` times the median of `fast` is given up: its ratio is then a bound, and the
table says so. `--against CHECKOUT` compares `fast` with that of another version in turn, to several qualities.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from gazeaug.estimators.small_cnn import error_of_refiner, read_labelled
from gazeaug.samples.renderer import render_eyes
from gazeaug.samples.sets import make_sample_data
from gazeaug.training.algorithm import algorithm_1, pretrain
from gazeaug.training.plan import plan_training
from gazeaug.training.state import build_state

TARGET_DEGREES = 7.0  # without refining 12, trained on labelled camera eyes 3.6
TARGETS = (7.0, 6.0, 5.0, 4.5)  # of two versions
SEEDS = (0, 1, 2)
FAST_STEPS, FAST_JUDGED = 1_500, (0, 250, 500, 1_000, 1_500)  # the camera is fitted before step 0
PATIENCE = 5.0  # a recipe that takes longer than this many times `fast` leaves the target behind, a fifth
N_EYES, N_TEST = 10_000, 4_000
N_TIMED = 2  # pre-training steps timed where the whole of it cannot be waited for


@dataclass(frozen=True)
class Attempt:
    """One recipe with one seed: training seconds, whether it got there, and the last error."""

    seconds: float
    reached: bool
    error: float | None
    steps: int

    def __str__(self) -> str:
        error = "no picture refined yet" if self.error is None else f"{self.error:.2f} degrees"
        return f"{'' if self.reached else '> '}{self.seconds:.0f} s ({self.steps} steps, {error})"


class Race:
    """One recipe against the clock."""

    def __init__(self, recipe: str, seed: int, folder: Path, **options: Any) -> None:
        self.source = folder / "unityeyes.h5"
        files: dict[str, Any] = {"synthetic": str(self.source), "real": str(folder / "real.h5"), "seed": seed}
        plan = plan_training(recipe=recipe, run_dir=folder / "run", **files, **options)
        began = time.perf_counter()
        self.state = build_state(plan)
        self.seconds = time.perf_counter() - began
        self.steps = algorithm_1(self.state)

    def pretrain(self, limit_s: float) -> bool:
        """Pre-train; false, with the clock at the whole's estimate, where that alone is longer than the limit."""
        updates = pretrain(self.state)
        while self.timed(updates):
            n = self.state.n_pretrained
            estimate = self.seconds / n * self.state.plan.config.refiner_pretrain_steps
            if n == N_TIMED and estimate > limit_s:
                self.seconds = estimate
                return False
        return True

    def train(self, *, to_step: int | None = None, to_s: float | None = None) -> None:
        """Go on to a step, or until the clock shows a time."""
        while (to_step is None or self.state.step < to_step) and (to_s is None or self.seconds < to_s):
            if not self.timed(self.steps):
                break

    def timed(self, updates: Iterator[dict[str, float]]) -> bool:
        """One more while the clock runs; false where there is none left."""
        began = time.perf_counter()
        left = next(updates, None) is not None
        self.seconds += time.perf_counter() - began
        return left

    def judge(self, test: Any) -> Attempt:
        """Train a gaze CNN on the eyes as they are refined by now."""
        error = error_of_refiner(self.state.average, read_labelled(self.source), (test.images, test.look_vec))
        return Attempt(self.seconds, error <= TARGET_DEGREES, error, self.state.step)


def run_fast(seed: int, folder: Path, test: Any) -> Attempt:
    """`fast`, judged at a few steps until it is there."""
    race = Race("fast", seed, folder, steps=FAST_STEPS)
    race.pretrain(float("inf"))
    for step in FAST_JUDGED:
        race.train(to_step=step)
        attempt = race.judge(test)
        if attempt.reached:
            break
    return attempt


def run_published(recipe: str, seed: int, folder: Path, test: Any, limit_s: float) -> Attempt:
    """A published recipe, judged at a half and at the whole of the patience with it."""
    race = Race(recipe, seed, folder)
    if not race.pretrain(limit_s):
        return Attempt(race.seconds, False, None, 0)
    for share in (0.5, 1.0):
        race.train(to_s=share * limit_s)
        attempt = race.judge(test)
        if attempt.reached:
            break
    return attempt


def curve(seed: int) -> list[tuple[float, float]]:
    """Training seconds and degrees of `fast` at each of its judged steps."""
    test = render_eyes(N_TEST, domain="camera", seed=1)
    with tempfile.TemporaryDirectory() as name:
        folder, found = Path(name), []
        make_sample_data(folder, rows=N_EYES, seed=0)
        race = Race("fast", seed, folder, steps=FAST_STEPS)
        race.pretrain(float("inf"))
        for step in FAST_JUDGED:
            race.train(to_step=step)
            attempt = race.judge(test)
            found.append((attempt.seconds, attempt.error or 0.0))
        return found


def compare(checkout: Path, seeds: int) -> None:
    """Curves of this version and another in turn, and how long each trains to each of `TARGETS`."""
    roots = {"this version": Path(__file__).parents[1], str(checkout): checkout.resolve()}
    curves: dict[str, list[list[tuple[float, float]]]] = {name: [] for name in roots}
    print(f"seconds: degrees after {', '.join(map(str, FAST_JUDGED))} steps")
    for seed in range(seeds):
        for name, root in list(roots.items())[:: (-1) ** seed]:
            path = os.pathsep.join(str(root / part) for part in ("", "cli", "exporters"))
            command = [sys.executable, __file__, "--curve", str(seed)]
            said = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=True)
            curves[name].append(json.loads(said.stdout))
            points = ", ".join(f"{seconds:.0f} s: {error:.2f}" for seconds, error in curves[name][-1])
            print(f"- {name}, seed {seed}: {points}", flush=True)
    print(f"\n| degrees | {' | '.join(curves)} |\n|---{'|---' * len(curves)}|")
    for target in TARGETS:
        times = [", ".join(first_below(one, target) for one in found) for found in curves.values()]
        print(f"| {target} | {' | '.join(times)} |")


def first_below(points: list[tuple[float, float]], target: float) -> str:
    """When a curve first is at a target."""
    return next((f"{seconds:.0f} s" for seconds, error in points if error <= target), f"not in {FAST_STEPS:,} steps")


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare recipes, or versions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="folder of another version of this repository")
    parser.add_argument("--seeds", type=int, default=2, help="of two versions")
    parser.add_argument("--curve", type=int, metavar="SEED", help="print one curve as JSON: what --against runs")
    given = parser.parse_args(arguments)
    if given.curve is not None:
        print(json.dumps(curve(given.curve)))
    elif given.against is not None:
        compare(given.against, given.seeds)
    else:
        race_recipes()


def race_recipes() -> None:
    """Print a line for each recipe and the ratio of the medians."""
    test = render_eyes(N_TEST, domain="camera", seed=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_sample_data(folder, rows=N_EYES, seed=0)
        print(f"training time until refined eyes teach a gaze CNN to {TARGET_DEGREES} degrees on camera eyes")
        print(f"| recipe | {' | '.join(f'seed {seed}' for seed in SEEDS)} | median |\n|{'---|' * (len(SEEDS) + 2)}")
        attempts = {"fast": [run_fast(seed, folder, test) for seed in SEEDS]}
        show("fast", attempts["fast"])
        limit_s = PATIENCE * median(attempt.seconds for attempt in attempts["fast"])
        for recipe in ("seed", "paper"):
            attempts[recipe] = [run_published(recipe, seed, folder, test, limit_s) for seed in SEEDS]
            show(recipe, attempts[recipe])
    medians = {recipe: median(attempt.seconds for attempt in found) for recipe, found in attempts.items()}
    better = min(("seed", "paper"), key=lambda recipe: medians[recipe])
    sign = "=" if all(attempt.reached for attempt in attempts[better]) else "<"
    if not all(attempt.reached for attempt in attempts["fast"]):
        sign = "not reached by fast:"
    print(f"fast / {better}, the better of the two: {sign} {medians['fast'] / medians[better]:.2f}")


def show(recipe: str, attempts: list[Attempt]) -> None:
    """A line of the table."""
    middle = median(attempt.seconds for attempt in attempts)
    print(f"| {recipe} | {' | '.join(map(str, attempts))} | {middle:.0f} s |", flush=True)


if __name__ == "__main__":
    main()
