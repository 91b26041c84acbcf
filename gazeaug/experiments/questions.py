"""Five questions about training, each answered by runs that differ in one setting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gazeaug.errors import InputError

LOOKED_AT = ("score", "distance", "sharpness", "drift_median", "self_regularisation", "adversarial")
ALL_REAL = 0
MATTERS_DEGREES, MATTERS_SCORE = 0.5, 0.25  # smaller differences are those between seeds


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one run came to."""

    run: str
    value: float = 0.0
    """Of the setting that the experiment varies."""
    milliseconds: float
    """Of a step, with its share of start, pre-training and validations, on this machine at that time."""
    looks: Mapping[str, float]
    error: float | None = None
    """Degrees on labelled real eyes, where there are any, of a gaze estimator that learned from the refined eyes."""

    @property
    def worth(self) -> float:
        """Less is better: the error where it is known, else the score."""
        return self.looks["score"] if self.error is None else self.error

    @property
    def matters(self) -> float:
        """The difference in `worth` that is more than chance."""
        return MATTERS_SCORE if self.error is None else MATTERS_DEGREES


@dataclass(frozen=True)
class Experiment:
    """One setting at several values, and the common belief about it."""

    title: str
    belief: str
    axis: str
    settings: Callable[[int], Iterable[tuple[float, dict[str, Any]]]]
    """For a number of steps, the values of the setting and the training options that go with each."""
    verdict: Callable[[Sequence[Result]], tuple[bool, str]]
    """Whether the belief holds here, and why."""


def best_is_last(results: Sequence[Result]) -> tuple[bool, str]:
    """For "more is better": the largest value must beat the smallest by more than chance, and lose to none."""
    best = min(results, key=lambda result: result.worth)
    gain = results[0].worth - results[-1].worth
    holds = gain > results[0].matters and results[-1].worth - best.worth <= best.matters
    return holds, f"best at {best.value:,.0f}; from the first to the last the figure falls by {gain:.2f}"


def costs_only_time(results: Sequence[Result]) -> tuple[bool, str]:
    """For the log interval: the figures must be the same to the last digit."""
    same = len({result.looks["score"] for result in results}) == 1
    slow, quick = results[0].milliseconds, results[-1].milliseconds
    return same, f"{'the same weights' if same else 'different weights'}; {slow:.0f} and {quick:.0f} ms a step"


def none_is_worst(results: Sequence[Result]) -> tuple[bool, str]:
    """For "it is needed": leaving it out must cost more than chance."""
    best = min(results, key=lambda result: result.worth)
    loss = results[0].worth - best.worth
    return loss > best.matters, f"without it the figure is {loss:.2f} above the best, at {best.value:,.0f}"


EXPERIMENTS = {
    1: Experiment(
        "Iterations",
        "More steps go on helping.",
        "steps",
        lambda steps: [(steps // part, {"steps": steps // part}) for part in (8, 4, 2, 1)],
        best_is_last,
    ),
    2: Experiment(
        "Batch size",
        "A larger batch refines better after as many steps.",
        "pictures a batch",
        lambda steps: [(n, {"batch_size": n}) for n in (8, 16, 32)],
        best_is_last,
    ),
    3: Experiment(
        "Log interval",
        "How often a run logs changes nothing but its time.",
        "steps between lines",
        lambda steps: [(n, {"log_interval": n}) for n in (1, 25, 100)],
        costs_only_time,
    ),
    4: Experiment(
        "Real pictures",
        "A refiner needs many real pictures.",
        "real pictures",
        lambda steps: [(n, {"real": n}) for n in (100, 300, 1000, ALL_REAL)],
        best_is_last,
    ),
    5: Experiment(
        "Pre-training",
        "Both networks must be pre-trained.",
        "steps each",
        lambda steps: [(n, {"refiner_pretrain_steps": n, "discriminator_pretrain_steps": n}) for n in (0, 15, 50, 200)],
        none_is_worst,
    ),
}


def check_numbers(which: Sequence[int]) -> None:
    """Refuse experiments that do not exist.

    Raises:
        InputError: naming the first of them.
    """
    if unknown := [number for number in which if number not in EXPERIMENTS]:
        raise InputError(f"--which must be numbers from 1 to {len(EXPERIMENTS)}, got {unknown[0]}.")
