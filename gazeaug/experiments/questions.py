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
    """Of a step, with its share of pre-training and validations, on this machine at that time."""
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

    @property
    def measure(self) -> str:
        """What `worth` is called."""
        return "score" if self.error is None else "gaze error"

    @property
    def unit(self) -> str:
        """Of `worth`, with a space before it."""
        return "" if self.error is None else " degrees"

    @property
    def said(self) -> str:
        """`worth` in words."""
        return f"{self.worth:.2f}{self.unit}"


@dataclass(frozen=True)
class Experiment:
    """One setting at several values, and the question that they answer."""

    title: str
    question: str
    axis: str
    settings: Callable[[int], Iterable[tuple[float, dict[str, Any]]]]
    """For a number of steps, the values of the setting and the training options that go with each."""
    answer: Callable[[Sequence[Result]], tuple[bool, str]]
    """Whether it is yes, and the sentence that says so."""


def best_is_last(results: Sequence[Result]) -> tuple[bool, str]:
    """For "does more help": the largest value must beat the smallest by more than chance, and lose to none."""
    first, last, best = results[0], results[-1], min(results, key=lambda result: result.worth)
    if effect(results) <= first.matters:
        return False, no_effect(results)
    at_last = f"{last.said} at {last.value:,.0f}"
    if first.worth - last.worth > first.matters and last.worth - best.worth <= best.matters:
        return True, f"Yes: the {last.measure} falls from {first.said} at {first.value:,.0f} to {at_last}"
    return False, f"No: the best {best.measure} is {best.said} at {best.value:,.0f}; it is {at_last}"


def costs_only_time(results: Sequence[Result]) -> tuple[bool, str]:
    """For the log interval: the figures must be the same to the last digit."""
    same = len({result.looks["score"] for result in results}) == 1
    slow, quick = results[0].milliseconds, results[-1].milliseconds
    said = "Yes: the trained weights are the same" if same else "No: the trained weights differ"
    return (
        same,
        f"{said}; a step takes {slow:.0f} ms at {results[0].value:,.0f} and {quick:.0f} ms at {results[-1].value:,.0f}",
    )


def none_is_worst(results: Sequence[Result]) -> tuple[bool, str]:
    """For "is it needed": leaving it out must cost more than chance."""
    none, best = results[0], min(results, key=lambda result: result.worth)
    if effect(results) <= none.matters:
        return False, no_effect(results)
    if none.worth - best.worth > best.matters:
        return True, f"Yes: without it the {none.measure} is {none.said}, with {best.value:,.0f} steps {best.said}"
    return False, f"No: without it the {none.measure} is {none.said}, and at best {best.said}, at {best.value:,.0f}"


def effect(results: Sequence[Result]) -> float:
    """Between the best and the worst of several settings."""
    worth = [result.worth for result in results]
    return max(worth) - min(worth)


def no_effect(results: Sequence[Result]) -> str:
    """What is said of settings that differ by less than two seeds may."""
    one, found = results[0], f"{effect(results):.2f}{results[0].unit}"
    chance = f"two seeds may differ by {one.matters:g}{one.unit}"
    return f"No measurable effect: the {one.measure} differs by {found} between settings; {chance}"


EXPERIMENTS = {
    1: Experiment(
        "Steps",
        "Do more training steps help?",
        "steps",
        lambda steps: [(steps // part, {"steps": steps // part}) for part in (8, 4, 2, 1)],
        best_is_last,
    ),
    2: Experiment(
        "Batch size",
        "Does a larger batch help, after the same number of steps?",
        "pictures a batch",
        lambda steps: [(n, {"batch_size": n}) for n in (8, 16, 32)],
        best_is_last,
    ),
    3: Experiment(
        "Log interval",
        "Does frequent logging change nothing but the time?",
        "steps between lines",
        lambda steps: [(n, {"log_interval": n}) for n in (1, 25, 100)],
        costs_only_time,
    ),
    4: Experiment(
        "Real pictures",
        "Do more real pictures help?",
        "real pictures",
        lambda steps: [(n, {"real": n}) for n in (100, 300, 1000, ALL_REAL)],
        best_is_last,
    ),
    5: Experiment(
        "Pre-training",
        "Must both networks be pre-trained?",
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
