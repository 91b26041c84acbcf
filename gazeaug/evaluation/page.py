"""An evaluation as text and as one self-contained HTML page: findings, table, curves, subjects, options."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gazeaug.drawing.charts import Chart, save_charts
from gazeaug.drawing.pages import write_page
from gazeaug.drawing.tables import text_table
from gazeaug.evaluation.scores import DEGREES, Score
from gazeaug.evaluation.results import Evaluation

MOST_LINES = 6  # colours of the page
TITLES = (
    *("trained on", "pictures", "mean, degrees", "median, degrees", "within 7 degrees"),
    *("gap closed", "noise", "constant", "offset"),
)


def describe_evaluation(found: Evaluation) -> str:
    """The table as text, and what speaks against it."""
    rows = [TITLES[:7], *(cells(score)[:7] for score in found.scores)]
    subjects = subject_rows(found.scores)
    parts = [text_table(rows), *(["", text_table(subjects)] if subjects else [])]
    return "\n".join([*parts, *(f"note: {finding}." for finding in found.findings)])


def cells(score: Score) -> tuple[str, ...]:
    """A row of the table, as `TITLES` names it."""
    closed = "" if score.gap_closed is None else score.gap_closed.text(".0%")
    noise = "" if score.seed_spread is None else f"{score.seed_spread:.2f}"
    offset = f"{score.offset[0]:+.1f}, {score.offset[1]:+.1f}"
    figures = score.mean.text(), score.median.text(), score.within.text(".0%")
    return (score.name, f"{score.n_images:,}", *figures, closed, noise, f"{score.constant:.2f}", offset)


def write_evaluation_page(found: Evaluation, output: Path) -> Path:
    """Write the page; an earlier one is replaced."""
    options = found.facts["options"]
    return write_page(
        output,
        "evaluation/page.html",
        test=Path(options["test"]).name,
        seeds=options["seeds"],
        estimator=found.facts["estimator"]["estimator"],
        n_test=f"{found.facts['n_test']:,}",
        found=found.findings,
        scores=[TITLES, *map(cells, found.scores)],
        charts=list(curves(found.scores)),
        subjects=subject_rows(found.scores),
        facts=found.facts,
    )


def curves(scores: Sequence[Score]) -> Iterator[Chart]:
    """Share within so many degrees, and, where there are several sizes, error against size."""
    largest = [score for score in scores if score.is_largest][:MOST_LINES]
    within = {
        score.name: [(float(d), 100 * s) for d, s in zip(DEGREES, score.cumulative, strict=True)] for score in largest
    }
    yield Chart(title="Share of estimates within so many degrees, %", lines=within, axis="degrees")
    sizes = {
        score.name: [(float(one.n_images), one.mean.value) for one in scores if one.name == score.name]
        for score in largest
    }
    if any(len(points) > 1 for points in sizes.values()):
        title = "Mean error in degrees against the number of training pictures"
        yield Chart(title=title, lines=sizes, axis="pictures", spacing="log")


def draw_curves(found: Evaluation, output: Path) -> Path:
    """The curves as one picture, for papers and slides; an earlier one is replaced."""
    save_charts(list(curves(found.scores)), output)
    return output


def subject_rows(scores: Sequence[Score]) -> list[list[str]]:
    """A row a subject, titles first; none where subjects are not labelled."""
    largest = [score for score in scores if score.is_largest]
    if not largest[0].by_group:
        return []
    rows = [[name, *(f"{score.by_group[name]:.2f}" for score in largest)] for name in largest[0].by_group]
    return [["subject", *(score.name for score in largest)], *rows]
