"""The curves of a run: losses of different scales apart, shares in percent, nothing beyond what can be."""

from __future__ import annotations

import pytest

from gazeaug.runs.charts import charts, thinned
from gazeaug.runs.curves import CHECKS, LOSSES, MOST_POINTS, REACHED, levels_of


def test_a_long_line_is_thinned_and_keeps_its_end():
    points = [(float(step), 1.0) for step in range(10_000)]
    assert len(thinned(points)) <= MOST_POINTS
    assert thinned(points)[-1] == points[-1]
    assert thinned([(1.0, float("nan")), (2.0, 3.0)]) == [(2.0, 3.0)]


def test_every_loss_has_a_chart_of_its_own_and_no_name_is_a_key():
    lines = [{"step": 1, "self_regularisation": 0.02, "adversarial": 1.3, "gaze_guard": 0.001, "iris_guard": 0.002}]
    found = list(charts(LOSSES, lines, levels_of({}, "least-squares", None)))
    assert [list(chart.lines) for chart in found] == [
        ["self-regularisation"],
        ["adversarial"],
        ["gaze guard"],
        ["iris guard"],
    ]
    assert [chart.levels for chart in found] == [{}, {"coin toss": 1.0}, {}, {}]
    for curve in (*REACHED, *LOSSES, *CHECKS):
        assert "_" not in "".join([curve.title, curve.note, curve.unit, *curve.columns.values(), *curve.levels])


def test_shares_are_percent_and_an_estimate_below_zero_is_drawn_at_zero():
    lines = [{"step": 5, "distance": -0.0004, "reached": 0.25, "score": 0.5}]
    found = {chart.title: chart for chart in charts(REACHED, lines, levels_of({"distance_ceiling": -0.1}, None, 0.2))}
    assert found["Distance to the real eyes"].lines["distance"] == [(5, 0.0)]
    assert found["Distance to the real eyes"].levels == {"before refining": 0.0}
    assert found["Real eyes reached"].lines["reached"] == [(5, 25.0)]
    assert found["Real eyes reached"].levels == {"ordinary augmentation": pytest.approx(20.0)}


def test_the_accuracy_of_a_batch_is_not_that_of_a_validation():
    lines = [{"step": 1, "accuracy_refined": 0.9}, {"step": 2, "accuracy_refined": 0.5, "accuracy_seen": 0.6}]
    (chart,) = charts(CHECKS, lines, levels_of({}, None, None))
    assert chart.lines == {"real, trained with": [(2, 60.0)], "refined": [(2, 50.0)]}
