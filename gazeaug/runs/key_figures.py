"""The three figures at the top of a run's page, what they mean, and the sentence above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gazeaug.drawing.pages import KeyFigure
from gazeaug.drift.registration import JUDGED_WIDTH
from gazeaug.runs.diagnosis import DRIFT_MEDIAN, distance_left
from gazeaug.runs.verdict import Verdict, is_no_better

Validations = Sequence[Mapping[str, float]]


def lead_of(domains: Mapping[str, Any], verdict: Verdict | None) -> str:
    """What was trained, and how it turned out, judged on pictures only."""
    if not domains:
        return "Nothing was measured yet."
    target = domains.get("target", "real")
    sets = f"{domains['n_synthetic']:,} synthetic eyes made to look like {domains['n_real']:,} {target} eyes."
    if verdict is None:
        return f"{sets} No validation yet."
    judgement = "not good: " + "; ".join(verdict.against) if verdict.against else "good"
    return f"{sets} Judged on pictures only, the result is {judgement}."


def key_figures(domains: Mapping[str, Any], verdict: Verdict, validations: Validations) -> list[KeyFigure]:
    """How near the refined eyes came, how many real ones they reach, and how far the iris moved for it.

    Args:
        domains: of the run's config.json.
        verdict: by its last validations.
        validations: the same ones, whose range shows how sure the figures are.
    """
    closed = [1 - distance_left(domains, line["distance"]) for line in validations]
    reached = [line["reached"] for line in validations if "reached" in line]
    return [
        KeyFigure(
            name="Distance to the real eyes closed",
            value="n/a" if verdict.closed is None else percent(verdict.closed),
            unit="" if verdict.closed is None else "%",
            interval="" if verdict.closed is None else range_of(closed),
            meaning=distance_text(verdict),
        ),
        KeyFigure(
            name="Real eyes reached",
            value="n/a" if verdict.reached is None else percent(verdict.reached),
            unit="" if verdict.reached is None else "%",
            interval=range_of(reached) if reached and verdict.reached is not None else "",
            meaning=reach_text(verdict),
        ),
        KeyFigure(
            name="Movement of the iris",
            value=f"{verdict.drift_median:.2f}",
            unit="px",
            interval=f"99 % of eyes: at most {verdict.drift_p99:.2f} px",
            meaning=drift_text(verdict, domains.get("width", JUDGED_WIDTH)),
        ),
    ]


def distance_text(verdict: Verdict) -> str:
    """What the share of the distance says."""
    if verdict.closed is None:
        return "Synthetic and real eyes are too similar to say what was gained."
    if verdict.closed < 0:
        return "Refined eyes are farther from the real ones than the synthetic ones were."
    return "In brightness, contrast, detail and coarse layout; at 100 % no difference is left to measure."


def reach_text(verdict: Verdict) -> str:
    """What the share of real eyes says, beside ordinary augmentation where that was measured."""
    if verdict.reached is None:
        return "Not measured by the version of gazeaug that trained this run."
    text = "Share of the real eyes that are similar to a refined eye."
    if verdict.reached_by_augmentation is None:
        return text
    more = "hardly more" if is_no_better(verdict.reached, verdict.reached_by_augmentation) else "more"
    augmented = percent(verdict.reached_by_augmentation)
    return f"{text} Ordinary augmentation of synthetic eyes reaches {augmented} %: this is {more}."


def drift_text(verdict: Verdict, width: float) -> str:
    """What the movement of the iris says of the labels."""
    limit = DRIFT_MEDIAN * width / JUDGED_WIDTH
    kept = verdict.drift_median <= limit
    says = "the gaze labels stay valid" if kept else "the gaze labels are no longer sure"
    return f"In the median eye, pictures {width:.0f} px wide. {'Below' if kept else 'Above'} {limit:.1f} px: {says}."


def percent(share: float) -> str:
    """A share for people; an estimate beyond 100 % is 100 %."""
    return f"{100 * min(share, 1.0):.0f}"


def range_of(shares: Sequence[float]) -> str:
    """Between what the last validations lie."""
    if len(shares) < 2:
        return "one validation"
    low, high = percent(min(shares)), percent(max(shares))
    return f"last {len(shares)} validations: {low if low == high else f'{low} to {high}'} %"
