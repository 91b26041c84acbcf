"""The page of an evaluation: its answer in a sentence, its figures, its maps and its arrows."""

from __future__ import annotations

import numpy as np
import pytest

from gazeaug.effort import Effort
from gazeaug.evaluation.error_map import FEWEST, error_maps
from gazeaug.evaluation.headline import compare, key_figures, lead
from gazeaug.evaluation.intervals import Estimate
from gazeaug.evaluation.results import Evaluation
from gazeaug.evaluation.scores import DEGREES, Score
from gazeaug.evaluation.shown_eyes import arrow

EFFORT = Effort(date="2026-11-27", seconds=3.0, hardware="a processor", version="0.1")


def score(name: str, error: float, gain: Estimate | None = None, closed: Estimate | None = None) -> Score:
    near = Estimate(error, error - 0.1, error + 0.1)
    return Score(
        name=name,
        n_images=10,
        is_largest=True,
        mean=near,
        median=near,
        within=Estimate(0.5, 0.4, 0.6),
        seed_spread=None,
        constant=20.0,
        offset=(0.0, 0.0),
        without_offset=error,
        by_group={},
        cumulative=[0.5] * len(DEGREES),
        gain=gain,
        gap_closed=closed,
    )


def evaluation(*scores: Score, reference: str | None = None) -> Evaluation:
    options = {"test": "t.h5", "seeds": 3, "reference": reference}
    return Evaluation(list(scores), [], {"options": options, "kinds": {"b.h5": "refined"}}, EFFORT)


@pytest.mark.parametrize(
    ("gain", "says"),
    [
        (
            Estimate(1.0, 0.5, 1.5),
            r"trained on b (refined) have a lower error than those trained on a: by 1.00 degrees",
        ),
        (
            Estimate(-1.0, -1.5, -0.5),
            "have a higher error than those trained on a: by 1.00 degrees (95 % interval: 0.50",
        ),
        (
            Estimate(0.2, -0.5, 0.9),
            "No measurable effect: estimators trained on b (refined) and trained on a have about",
        ),
    ],
)
def test_the_answer_is_a_sentence(gain: Estimate, says: str) -> None:
    compared = compare(evaluation(score("a.h5", 9.0), score("b.h5", 8.0, gain)))
    assert says in lead(compared, seeds=3)
    assert "does not include how much the error varies between seeds" in lead(compared, seeds=1)
    assert "leaves out the chance of training" not in lead(compared, seeds=2)


def test_three_figures_whatever_is_compared() -> None:
    gain, closed = Estimate(1.0, 0.5, 1.5), Estimate(0.4, 0.3, 0.5)
    alone = evaluation(score("a.h5", 9.0))
    pair = evaluation(score("a.h5", 9.0), score("b.h5", 8.0, gain))
    gap = evaluation(score("a.h5", 9.0), score("b.h5", 8.0, gain, closed), score("r.h5", 6.0, gain), reference="r.h5")
    found = [[figure.value for figure in key_figures(compare(one))] for one in (alone, pair, gap)]
    assert found == [["9.00", "50", "11.00"], ["9.00", "8.00", "+1.00"], ["9.00", "8.00", "40"]]


def test_maps_have_one_scale_and_leave_out_bins_with_few_eyes() -> None:
    yaws = np.repeat([-12.0, 2.0, 31.0], [40, 40, FEWEST - 1])
    truth = np.deg2rad(np.stack([np.full(len(yaws), 1.0), yaws], axis=1))
    errors = np.where(yaws < 0, 6.0, 2.0)
    first, second = error_maps({"a": errors, "b": 2 * errors}, truth)
    assert (first.highest, second.highest) == (12.0, 12.0)
    known = np.isfinite(first.errors)
    assert sorted(first.errors[known]) == [2.0, 6.0]
    assert first.yaws[0] <= -12 < first.yaws[0] + first.bin_degrees
    assert first.yaws[-1] <= 2 < first.yaws[-1] + first.bin_degrees
    assert error_maps({"a": errors[:5]}, truth[:5]) == []
    assert "mean error over pitch and yaw" in first.svg(360)


def test_arrows_point_where_the_gaze_goes() -> None:
    up_left = arrow(np.deg2rad([20, 30]), 55, 35)
    assert up_left.to_x < up_left.x == 27.5
    assert up_left.to_y < up_left.y == 17.5
