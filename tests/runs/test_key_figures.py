"""The figures at the top of a run's page say what was measured, how sure it is, and what it means."""

from __future__ import annotations

from dataclasses import replace

from gazeaug.runs.key_figures import key_figures, lead_of
from gazeaug.runs.verdict import Verdict

DOMAINS = {"distance_floor": 0.0, "distance_ceiling": 0.4, "width": 55, "n_synthetic": 5000, "n_real": 900}
GOOD = Verdict(
    closed=0.9,
    reached=0.4,
    reached_by_augmentation=0.3,
    lattice=0.01,
    drift_median=0.3,
    drift_p99=1.25,
    against=[],
)
VALIDATIONS = [{"distance": 0.06, "reached": 0.38}, {"distance": 0.02, "reached": 0.42}]


def test_each_has_a_value_an_interval_and_a_meaning():
    closed, reached, drift = key_figures(DOMAINS, GOOD, VALIDATIONS)
    assert (closed.value, closed.unit, closed.interval) == ("90", "%", "last 2 validations: 85 to 95 %")
    assert (reached.value, reached.interval) == ("40", "last 2 validations: 38 to 42 %")
    assert "augmentation of synthetic eyes reaches 30 %: this is more" in reached.meaning
    assert (drift.value, drift.unit, drift.interval) == ("0.30", "px", "99 % of eyes: at most 1.25 px")
    assert "Below 1.0 px: the gaze labels stay valid" in drift.meaning


def test_what_is_not_known_is_said():
    unknown = replace(GOOD, closed=None, reached=None, reached_by_augmentation=None)
    closed, reached, _ = key_figures(DOMAINS, unknown, VALIDATIONS[:1])
    assert (closed.value, reached.value) == ("n/a", "n/a")
    assert "too similar" in closed.meaning
    assert "Not measured" in reached.meaning


def test_a_bad_run_is_called_one():
    bad = replace(GOOD, reached=0.31, drift_median=3.0, against=["labels drifting"])
    _, reached, drift = key_figures({**DOMAINS, "width": 110}, bad, VALIDATIONS)
    assert "this is hardly more" in reached.meaning
    assert "Above 2.0 px: the gaze labels are no longer sure" in drift.meaning
    sets = "5,000 synthetic eyes made to look like 900 real eyes."
    assert lead_of(DOMAINS, bad) == f"{sets} Judged on pictures only, the result is not good: labels drifting."
    farther, *_ = key_figures(DOMAINS, replace(GOOD, closed=-0.2), VALIDATIONS)
    assert farther.meaning == "Refined eyes are farther from the real ones than the synthetic ones were."
    assert lead_of(DOMAINS, None).endswith("No validation yet.")
    assert lead_of({}, None) == "Nothing was measured yet."
