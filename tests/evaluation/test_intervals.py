"""Intervals hold as often as they say, follow seeds and subjects, and know when there is no gap."""

from __future__ import annotations

import numpy as np
import pytest

from gazeaug.evaluation.intervals import draw_errors


def errors(means: list[float], *, n: int = 400, seeds: int = 3, spread: float = 0.0, seed: int = 0) -> np.ndarray:
    """Errors about the given means, whose seeds differ by `spread`."""
    rng = np.random.default_rng(seed)
    by_seed = np.array(means)[:, None] + rng.normal(0, spread, (len(means), seeds))
    return rng.gamma(4, by_seed[..., None] / 4, (len(means), seeds, n))


@pytest.mark.parametrize("spread", [0.0, 0.4])
def test_an_interval_holds_about_as_often_as_it_says(spread):
    trials = 40
    held = 0
    for trial in range(trials):
        found = draw_errors(errors([8.0, 8.0, 8.0, 8.0], n=150, spread=spread, seed=trial)).estimate("mean", 0)
        held += found.low <= 8.0 <= found.high
    assert held >= 0.85 * trials


def test_statistics_are_those_of_numpy():
    given = errors([6.0, 9.0])
    found = draw_errors(given)
    for row in range(2):
        assert found.estimate("mean", row).value == pytest.approx(given[row].mean())
        assert found.estimate("median", row).value == pytest.approx(np.median(given[row], axis=1).mean(), abs=0.1)
        assert found.estimate("within", row).value == pytest.approx((given[row] <= 7).mean())


def test_few_subjects_make_wide_intervals():
    subjects = np.repeat(np.arange(10), 40)
    given = errors([8.0], seeds=1) + subjects[None, None, :]
    by_row, by_subject = (draw_errors(given, groups).estimate("mean", 0) for groups in (None, subjects))
    assert by_subject.high - by_subject.low > 3 * (by_row.high - by_row.low)


def test_the_gap_closed():
    drawn = draw_errors(errors([10.0, 7.0, 5.0]))
    closed = drawn.gap_closed(1, synthetic=0, real=2)
    assert closed.low < 0.6 < closed.high
    assert closed.high - closed.low < 0.3
    assert draw_errors(errors([5.0, 7.0, 5.0])).gap_closed(1, synthetic=0, real=2) is None


def test_two_seeds_never_give_impossible_figures():
    drawn = draw_errors(errors([2.0], seeds=2, spread=1.5))
    for name, highest in [("mean", 180), ("median", 180), ("within", 1)]:
        found = drawn.estimate(name, 0)
        assert 0 <= found.low <= found.high <= highest
