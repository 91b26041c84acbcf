"""The experiments on one self-contained HTML page: for each a belief, a verdict, a table and a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gazeaug.drawing.charts import Chart
from gazeaug.drawing.pages import write_page
from gazeaug.experiments.questions import EXPERIMENTS, LOOKED_AT, Experiment, Result

PLOTTED = ("score", "drift_median", "sharpness")


def write_experiments_page(results: Mapping[int, Sequence[Result]], output: Path) -> Path:
    """Write the page; an earlier one is replaced."""
    found = [(number, EXPERIMENTS[number], found) for number, found in sorted(results.items())]
    return write_page(output, "experiments/page.html", results=found, verdict=verdict, table=table, charts=charts)


def describe_results(results: Mapping[int, Sequence[Result]]) -> str:
    """The same in a few lines of text."""
    lines = []
    for number, found in sorted(results.items()):
        lines.append(f"{number}. {EXPERIMENTS[number].belief} {verdict(EXPERIMENTS[number], found)}")
        lines += [f"   {result.value:>8,.0f}: {figure(result)}" for result in found]
    return "\n".join(lines)


def figure(result: Result) -> str:
    """What a run is worth, in words."""
    if result.error is None:
        return f"score {result.looks['score']:.2f}"
    return f"{result.error:.2f} degrees, score {result.looks['score']:.2f}"


def verdict(experiment: Experiment, found: Sequence[Result]) -> str:
    """Holds or not, and why."""
    if len(found) < 2:
        return "Not decided: fewer than two settings could be run."
    holds, reason = experiment.verdict(found)
    return f"{'Holds here' if holds else 'Does not hold here'}: {reason}."


def table(experiment: Experiment, found: Sequence[Result]) -> list[list[str]]:
    """Every run and its figures, titles first."""
    rows = [[experiment.axis, "degrees", *(name.replace("_", " ") for name in LOOKED_AT), "ms a step, all told"]]
    for result in found:
        error = "" if result.error is None else f"{result.error:.2f}"
        looks = [f"{result.looks[name]:.3f}" for name in LOOKED_AT]
        rows.append([f"{result.value:,.0f}", error, *looks, f"{result.milliseconds:.0f}"])
    return rows


def charts(experiment: Experiment, found: Sequence[Result]) -> list[Chart]:
    """The error, where it is known, and what a run knows of itself, over the setting."""
    lines = {name.replace("_", " "): [(run.value, run.looks[name]) for run in found] for name in PLOTTED}
    errors = [(run.value, run.error) for run in found if run.error is not None]
    if errors:
        lines = {"error, degrees": errors, **lines}
    return [
        Chart(title=name, lines={name: points}, axis=experiment.axis, spacing="even")
        for name, points in lines.items()
        if points
    ]
