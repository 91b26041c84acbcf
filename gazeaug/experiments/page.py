"""The experiments on one self-contained HTML page: for each a belief, a verdict, a table and a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from gazeaug.drawing.charts import line_chart
from gazeaug.experiments.questions import EXPERIMENTS, LOOKED_AT, Experiment, Result
from gazeaug.outputs import write_text
from gazeaug.runs.report import STYLE

PAGE = Path(__file__).with_name("page.html")
PLOTTED = ("score", "drift_median", "sharpness")


def write_experiments_page(results: Mapping[int, Sequence[Result]], output: Path) -> Path:
    """Write the page; an earlier one is replaced."""
    sections = (section(number, EXPERIMENTS[number], found) for number, found in sorted(results.items()))
    page = Template(PAGE.read_text("utf-8")).substitute(
        style=STYLE.read_text("utf-8"), summary=summary(results), sections="".join(sections)
    )
    write_text(output, page)
    return output


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


def summary(results: Mapping[int, Sequence[Result]]) -> str:
    """A line for each experiment."""
    rows = (
        f'<tr><td><a href="#e{number}">{escape(EXPERIMENTS[number].belief)}</a></td>'
        f"<td>{escape(verdict(EXPERIMENTS[number], found))}</td></tr>"
        for number, found in sorted(results.items())
    )
    return f"<table>{''.join(rows)}</table>"


def section(number: int, experiment: Experiment, found: Sequence[Result]) -> str:
    """One experiment."""
    head = f'<h2 id="e{number}">{number}. {escape(experiment.title)}</h2><p>{escape(experiment.belief)}</p>'
    return f'{head}<p class="finding">{escape(verdict(experiment, found))}</p>{table(experiment, found)}' + (
        f'<div class="charts four">{"".join(plots(experiment, found))}</div>'
    )


def table(experiment: Experiment, found: Sequence[Result]) -> str:
    """Every run and its figures."""
    titles = [experiment.axis, "degrees", *LOOKED_AT, "ms a step, all told"]
    rows = ["".join(f"<th>{escape(title.replace('_', ' '))}</th>" for title in titles)]
    for result in found:
        error = "" if result.error is None else f"{result.error:.2f}"
        looks = [f"{result.looks[name]:.3f}" for name in LOOKED_AT]
        cells = [f"{result.value:,.0f}", error, *looks, f"{result.milliseconds:.0f}"]
        rows.append("".join(f"<td>{cell}</td>" for cell in cells))
    return f'<table class="figures">{"".join(f"<tr>{row}</tr>" for row in rows)}</table>'


def plots(experiment: Experiment, found: Sequence[Result]) -> list[str]:
    """The error, where it is known, and what a run knows of itself, over the setting."""
    lines = {name.replace("_", " "): [(run.value, run.looks[name]) for run in found] for name in PLOTTED}
    errors = [(run.value, run.error) for run in found if run.error is not None]
    if errors:
        lines = {"error, degrees": errors, **lines}
    return [
        f"<section><h3>{escape(name)}</h3>{line_chart({name: points}, axis=experiment.axis, evenly=True)}</section>"
        for name, points in lines.items()
        if points
    ]
