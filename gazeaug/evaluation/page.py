"""An evaluation as text and as one self-contained HTML page: findings, table, curves, subjects, options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from gazeaug.drawing.chart_picture import Curves, chart_picture
from gazeaug.drawing.charts import Points, legend, line_chart
from gazeaug.drawing.sheets import save_sheet
from gazeaug.evaluation.scores import DEGREES, Score
from gazeaug.evaluation.trials import Evaluation
from gazeaug.outputs import write_text
from gazeaug.runs.report import STYLE, table

PAGE = Path(__file__).with_name("page.html")
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


def text_table(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table of numbers, its first row the titles."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|---|" + "---:|" * (len(rows[0]) - 1))
    return "\n".join(lines)


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
    page = Template(PAGE.read_text("utf-8")).substitute(
        style=STYLE.read_text("utf-8"),
        test=escape(Path(options["test"]).name),
        seeds=options["seeds"],
        estimator=escape(found.facts["estimator"]["estimator"]),
        n_test=f"{found.facts['n_test']:,}",
        findings="".join(f'<p class="finding">{escape(finding)}.</p>' for finding in found.findings),
        table=figures([TITLES, *map(cells, found.scores)]),
        charts="".join(chart(one.title, one.lines, axis=one.axis) for one in curves(found.scores)),
        groups=subjects(found.scores),
        facts=table(found.facts),
    )
    write_text(output, page)
    return output


def figures(rows: Sequence[Sequence[str]]) -> str:
    """A table of numbers, its first row the titles."""
    kinds = ["th", *["td"] * (len(rows) - 1)]
    lines = (
        "<tr>" + "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in row) + "</tr>"
        for kind, row in zip(kinds, rows, strict=True)
    )
    return f'<table class="figures">{"".join(lines)}</table>'


def curves(scores: Sequence[Score]) -> Iterator[Curves]:
    """Share within so many degrees, and, where there are several sizes, error against size."""
    largest = [score for score in scores if score.is_largest][:MOST_LINES]
    within = {
        score.name: [(float(d), 100 * s) for d, s in zip(DEGREES, score.cumulative, strict=True)] for score in largest
    }
    yield Curves("Share of estimates within so many degrees, %", within, "degrees")
    sizes = {
        score.name: [(float(one.n_images), one.mean.value) for one in scores if one.name == score.name]
        for score in largest
    }
    if any(len(points) > 1 for points in sizes.values()):
        yield Curves("Mean error in degrees against the number of training pictures", sizes, "pictures")


def draw_curves(found: Evaluation, output: Path) -> Path:
    """The curves as one PNG, for papers and slides; an earlier one is replaced."""
    save_sheet(chart_picture(list(curves(found.scores))), output)
    return output


def chart(title: str, lines: Mapping[str, Points], *, axis: str) -> str:
    """A chart under its title, with its legend."""
    return f"<section><h3>{escape(title)}</h3>{line_chart(lines, axis=axis)}<p>{legend(list(lines))}</p></section>"


def subjects(scores: Sequence[Score]) -> str:
    """The mean error of each subject, where subjects are labelled."""
    rows = subject_rows(scores)
    return "<h2>Subjects</h2>" + figures(rows) if rows else ""


def subject_rows(scores: Sequence[Score]) -> list[list[str]]:
    """A row a subject, titles first; none where subjects are not labelled."""
    largest = [score for score in scores if score.is_largest]
    if not largest[0].by_group:
        return []
    rows = [[name, *(f"{score.by_group[name]:.2f}" for score in largest)] for name in largest[0].by_group]
    return [["subject", *(score.name for score in largest)], *rows]
