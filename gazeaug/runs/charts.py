"""The charts of a run: its curves with the numbers that it has, thinned out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from gazeaug.drawing.charts import Chart, Limits
from gazeaug.runs.curves import MOST_POINTS, Curve


def charts(
    curves: Sequence[Curve], lines: Sequence[Mapping[str, float]], levels: Mapping[str, float]
) -> Iterator[Chart]:
    """The charts for which a run has numbers.

    Args:
        curves: what to draw.
        lines: of metrics.jsonl.
        levels: see `levels_of`.
    """
    for curve in curves:
        found = {name: points_of(curve, column, lines) for column, name in curve.columns.items()}
        found = {name: points for name, points in found.items() if points}
        if found:
            yield Chart(
                title=curve.title,
                note=curve.note,
                lines=found,
                unit=curve.unit,
                limits=curve.limits,
                levels={
                    name.removesuffix(", %"): drawn_in(levels[name], curve.limits)
                    for name in curve.levels
                    if name in levels
                },
            )


def points_of(curve: Curve, column: str, lines: Sequence[Mapping[str, float]]) -> list[tuple[float, float]]:
    """Step and value wherever a column was measured; shares in percent."""
    measured = [line for line in lines if column in line and (curve.needs or column) in line]
    return thinned([(line["step"], drawn_in(curve.factor * line[column], curve.limits)) for line in measured])


def drawn_in(value: float, limits: Limits) -> float:
    """A value, or the limit that it lies beyond; what is no number stays."""
    low, high = limits
    value = value if low is None or not value < low else low
    return value if high is None or not value > high else high


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `MOST_POINTS` finite points, the last one always among them."""
    finite = [point for point in points if math.isfinite(point[1])]
    return finite[:: -max(1, math.ceil(len(finite) / MOST_POINTS))][::-1]
