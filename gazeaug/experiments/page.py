"""The experiments on one self-contained HTML page: for each a question, an answer, pictures, charts and a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from gazeaug.drawing.charts import Chart, Points
from gazeaug.drawing.pages import KeyFigure, write_page
from gazeaug.drawing.pictures import Pictures
from gazeaug.drawing.sheets import Column
from gazeaug.effort import Effort
from gazeaug.experiments.questions import EXPERIMENTS, MATTERS_DEGREES, MATTERS_SCORE, Experiment, Result, effect
from gazeaug.runs.folder import read_state
from gazeaug.runs.report import read_grids

N_EYES = 4  # refined eyes of each setting
TITLES = {
    "score": "score",
    "distance": "distance",
    "sharpness": "sharpness",
    "drift_median": "iris movement, px",
    "self_regularisation": "self-regularisation",
    "adversarial": "adversarial",
}

Results = Mapping[int, Sequence[Result]]


def write_experiments_page(results: Results, output: Path, *, runs: Path | None = None) -> Path:
    """Write the page; an earlier one is replaced.

    Args:
        results: by number of experiment.
        output: where to.
        runs: folder of the runs, for pictures, wall time and hardware; without it the page has none.
    """
    found = [(number, EXPERIMENTS[number], found) for number, found in sorted(results.items())]
    return write_page(
        output,
        "experiments/page.html",
        effort=None if runs is None else effort_of(results, runs),
        results=found,
        key_figures=key_figures(results),
        answer=answer,
        table=table,
        judged=judged,
        further=further,
        pictures=lambda found: None if runs is None else pictures(found, runs),
        degrees=any(run.error is not None for _, _, some in found for run in some),
        matters_degrees=MATTERS_DEGREES,
        matters_score=MATTERS_SCORE,
    )


def describe_results(results: Results) -> str:
    """The same in a few lines of text."""
    lines = []
    for number, found in sorted(results.items()):
        lines.append(f"{number}. {EXPERIMENTS[number].question} {answer(EXPERIMENTS[number], found)}")
        lines += [f"   {result.value:>8,.0f}: {figure(result)}" for result in found]
    return "\n".join(lines)


def figure(result: Result) -> str:
    """What a run is worth, in words."""
    score = f"score {result.looks['score']:.2f}"
    return score if result.error is None else f"{result.said}, {score}"


def answer(experiment: Experiment, found: Sequence[Result]) -> str:
    """The sentence that answers the question."""
    if len(found) < 2:
        return "Not decided: fewer than two settings could be run."
    return f"{experiment.answer(found)[1]}."


def key_figures(results: Results) -> list[KeyFigure]:
    """The best run, the setting that matters most, and how many do not matter."""
    decided = {number: found for number, found in sorted(results.items()) if len(found) > 1}
    if not decided:
        return []
    best_in, best = min(
        ((number, run) for number, found in decided.items() for run in found), key=lambda pair: pair[1].worth
    )
    most = max(decided, key=lambda number: effect(decided[number]))
    idle = [EXPERIMENTS[n].title.lower() for n, found in decided.items() if effect(found) <= found[0].matters]
    return [
        KeyFigure(
            name=f"Best {best.measure}",
            value=f"{best.worth:.2f}",
            unit=best.unit.strip(),
            interval=f"another seed may differ by {best.matters:g}{best.unit}",
            meaning=f"With {best.value:,.0f} {EXPERIMENTS[best_in].axis}. Less is better.",
        ),
        KeyFigure(
            name=f"Largest effect: {EXPERIMENTS[most].title.lower()}",
            value=f"{effect(decided[most]):.2f}",
            unit=best.unit.strip(),
            interval=f"differences up to {best.matters:g}{best.unit} are chance",
            meaning="Between the best and the worst setting.",
        ),
        KeyFigure(
            name="No measurable effect",
            value=f"{len(idle)}",
            unit=f"of {len(decided)}",
            meaning=f"Setting{'s' if len(idle) > 1 else ''} without one: {', '.join(idle)}."
            if idle
            else "Every setting has one.",
        ),
    ]


def table(experiment: Experiment, found: Sequence[Result]) -> list[list[str]]:
    """Every run and its figures, titles first."""
    rows = [[experiment.axis, "error, degrees", *TITLES.values(), "ms a step"]]
    for result in found:
        error = "not measured" if result.error is None else f"{result.error:.2f}"
        looks = [f"{result.looks[name]:.3f}" for name in TITLES]
        rows.append([f"{result.value:,.0f}", error, *looks, f"{result.milliseconds:.0f}"])
    return rows


def judged(experiment: Experiment, found: Sequence[Result]) -> list[Chart]:
    """What settings are judged by over the setting: the gaze error where it is known, and the score."""
    errors = [(run.value, run.error) for run in found if run.error is not None]
    return [
        *([chart(experiment, "Gaze error", errors, "degrees", MATTERS_DEGREES)] if errors else []),
        chart(experiment, "Score", looks_of(found, "score"), "less is better", MATTERS_SCORE),
    ]


def further(experiment: Experiment, found: Sequence[Result]) -> list[Chart]:
    """What else a run knows of itself, over the setting."""
    return [
        chart(experiment, "Movement of the iris", looks_of(found, "drift_median"), "pixels, median"),
        chart(experiment, "Sharpness", looks_of(found, "sharpness"), "refined over real"),
    ]


def chart(experiment: Experiment, title: str, points: Points, unit: str, chance: float = 0.0) -> Chart:
    """One line over the setting; bars as long as what is taken for chance."""
    name = title.lower()
    bars = {name: [(max(y - chance / 2, 0.0), y + chance / 2) for _, y in points]} if chance else {}
    return Chart(
        title=title,
        lines={name: points},
        axis=experiment.axis,
        unit=unit,
        spacing="even",
        limits=(0.0, None),
        intervals=bars,
    )


def looks_of(found: Sequence[Result], name: str) -> list[tuple[float, float]]:
    """One measurement over the setting."""
    return [(run.value, run.looks[name]) for run in found]


def pictures(found: Sequence[Result], runs: Path) -> Pictures | None:
    """Refined eyes of every setting, the same ones; None where a run has left none."""
    columns = []
    for run in found:
        grids = read_grids(sorted((runs / run.run / "grids").glob("*.png"))[-1:], "target")
        columns += [Column(f"{run.value:,.0f}", eyes[1].images[:N_EYES]) for _, eyes in grids]
    return Pictures(columns, abreast=2 if len(columns) > 3 else 0) if columns else None


def effort_of(results: Results, runs: Path) -> Effort | None:
    """All trainings together; None where one of them did not keep its own."""
    names = {run.run for found in results.values() for run in found}
    states = [read_state(runs / name) for name in names]
    if not states or not all("effort" in state for state in states):
        return None
    efforts = sorted((Effort(**state["effort"]) for state in states), key=lambda one: one.date)
    return dataclasses.replace(efforts[-1], seconds=sum(one.seconds for one in efforts))
