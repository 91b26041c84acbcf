"""Intervals of 95 %: of shares and means, and of angular errors by test rows or subjects drawn again, seeds on top.

Shape suffixes: M training sets, S seeds, N test rows, D draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

LEVELS = (2.5, 97.5)  # percentiles
N_DRAWS = 1000
FEWEST_GROUPS = 5  # fewer subjects cannot stand for subjects in general; rows are drawn then
HIGHEST = {"mean": 180.0, "median": 180.0, "within": 1.0}
NEAR = 7.0  # degrees; the share of estimates within it is what the paper's table states

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval of 95 %."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, draws: Array) -> Estimate:
        """From the draws of a bootstrap."""
        low, high = np.percentile(draws, LEVELS)
        return cls(float(value), float(low), float(high))

    def text(self, form: str = ".2f") -> str:
        """7.81 (7.60 to 8.02)."""
        return f"{self.value:{form}} ({self.low:{form}} to {self.high:{form}})"


def share_of(n_right: int, n: int) -> Estimate:
    """A share of `n` trials, with Wilson's interval (1927)."""
    share, z = n_right / n, NormalDist().inv_cdf(LEVELS[1] / 100)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Estimate(share, max(middle - reach, 0.0), min(middle + reach, 1.0))


def mean_of(values: Array) -> Estimate:
    """The mean of independent numbers, with the normal interval of its standard error."""
    reach = NormalDist().inv_cdf(LEVELS[1] / 100) * values.std(ddof=1) / math.sqrt(len(values))
    mean = float(values.mean())
    return Estimate(mean, mean - reach, mean + reach)


@dataclass(frozen=True)
class ErrorDraws:
    """Statistics of errors: (M,) as measured, (M, D) as they might have come out."""

    values: dict[str, Array]
    draws: dict[str, Array]

    def estimate(self, statistic: str, row: int) -> Estimate:
        """One statistic of one training set."""
        return Estimate.of(self.values[statistic][row], self.draws[statistic][row])

    def gain(self, row: int, *, over: int) -> Estimate:
        """By how much the mean error of one training set lies below that of another, degrees."""
        value, draws = self.values["mean"], self.draws["mean"]
        return Estimate.of(value[over] - value[row], draws[over] - draws[row])

    def gap_closed(self, row: int, *, synthetic: int, real: int) -> Estimate | None:
        """(synthetic - this) / (synthetic - real) of the mean errors; None where there is no sure gap to close."""
        value, draws = self.values["mean"], self.draws["mean"]
        gap = draws[synthetic] - draws[real]
        if np.percentile(gap, LEVELS[0]) <= 0:
            return None
        closed = (value[synthetic] - value[row]) / (value[synthetic] - value[real])
        return Estimate.of(closed, (draws[synthetic] - draws[row]) / gap)


def draw_errors(
    errors_MSN: Array, groups: NDArray[np.int64] | None = None, *, pools: Sequence[int] | None = None, seed: int = 0
) -> ErrorDraws:
    """Bootstrap mean, median and share within 7 degrees.

    Every draw takes the test rows anew, the same for all training sets, or the subjects where there are at least
    five of them. With two seeds and more, each statistic also moves by Student's t with the seeds' standard error, each
    training set for itself, so that an interval holds for training once more, too. A few seeds say little of their
    own spread, so the sets of a pool share theirs; a set with a larger one keeps its own.

    Args:
        errors_MSN: degrees.
        groups: (N,) numbers of subjects from 0.
        pools: (M,) which training sets have about the same spread between seeds; all of them for None.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    n_sets, n_seeds, n = errors_MSN.shape
    by_row = groups is None or groups.max() + 1 < FEWEST_GROUPS
    order = np.argsort(errors_MSN, axis=2)
    names = tuple(HIGHEST)
    whole = statistics(errors_MSN, order, np.ones(n))
    drawn = {name: np.empty((n_sets, n_seeds, N_DRAWS)) for name in names}
    for draw in range(N_DRAWS):
        if by_row:
            weights = np.bincount(rng.integers(n, size=n), minlength=n).astype(float)
        else:
            assert groups is not None
            n_groups = int(groups.max()) + 1
            weights = np.bincount(rng.integers(n_groups, size=n_groups), minlength=n_groups)[groups].astype(float)
        for name, found in statistics(errors_MSN, order, weights).items():
            drawn[name][:, :, draw] = found
    draws = {name: found.mean(1) for name, found in drawn.items()}
    if n_seeds > 1:
        pool = np.zeros(n_sets, int) if pools is None else np.asarray(pools)
        alike = pool[:, None] == pool[None, :]
        freedom = alike.sum(1, keepdims=True) * (n_seeds - 1)
        for name in names:
            own = whole[name].var(1, ddof=1)
            error = np.sqrt(np.maximum(own, alike @ own / alike.sum(1)) / n_seeds)
            moved = draws[name] + error[:, None] * rng.standard_t(freedom, draws[name].shape)
            draws[name] = moved.clip(0, HIGHEST[name])
    return ErrorDraws({name: found.mean(1) for name, found in whole.items()}, draws)


def statistics(errors_MSN: Array, order_MSN: NDArray[np.int64], weights_N: Array) -> dict[str, Array]:
    """Weighted mean, median and share within 7 degrees, each (M, S)."""
    total = weights_N.sum()
    below = np.cumsum(weights_N[order_MSN], axis=2)
    middle = np.argmax(below >= total / 2, axis=2)[:, :, None]
    row = np.take_along_axis(order_MSN, middle, axis=2)
    return {
        "mean": errors_MSN @ weights_N / total,
        "median": np.take_along_axis(errors_MSN, row, axis=2)[:, :, 0],
        "within": (errors_MSN <= NEAR) @ weights_N / total,
    }
