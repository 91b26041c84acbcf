"""An evaluation as text and as one self-contained HTML page: key figures, eyes, charts, maps of the error, tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gazeaug.drawing.charts import Chart, save_charts
from gazeaug.drawing.comparisons import Comparison, Measured
from gazeaug.drawing.pages import Drawn, write_page
from gazeaug.drawing.pictures import ACROSS, Pictures
from gazeaug.drawing.sheets import Column
from gazeaug.drawing.tables import text_table
from gazeaug.evaluation.error_map import ErrorMap, error_maps
from gazeaug.evaluation.evidence import Evidence
from gazeaug.evaluation.headline import compare, key_figures, lead, names_for_people, shown_sets
from gazeaug.evaluation.intervals import FEWEST_GROUPS, NEAR, Estimate
from gazeaug.evaluation.results import Evaluation
from gazeaug.evaluation.scores import DEGREES, Score
from gazeaug.evaluation.shown_eyes import extremes
from gazeaug.evaluation.trainings import LEAVE_ONE_OUT

MOST_LINES = 6  # colours of the page
MOST_ABREAST = 3  # columns of pictures on narrow screens
N_SAMPLES = 6  # eyes of each training set
FROM_ZERO = {"": 0.0}  # a level without a name: the axis begins there
TITLES = (
    *("trained on", "pictures", "mean, degrees", "median, degrees", "within 7 degrees"),
    *("gap closed", "noise", "constant", "offset"),
)
PAGE_TITLES = (
    *("trained on", "pictures", "mean error", "median error", "within 7 degrees"),
    *("less error than the first", "gap closed"),
)
CHECK_TITLES = ("trained on", "pictures", "constant answer", "offset: pitch, yaw", "between seeds")


def describe_evaluation(found: Evaluation) -> str:
    """The table as text, without columns that no score fills, and what speaks against it."""
    columns = zip(*(cells(score)[:7] for score in found.scores), strict=True)
    told = [(title, *column) for title, column in zip(TITLES, columns, strict=False) if any(column)]
    rows = list(zip(*told, strict=True))
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
    """Write the page, from results alone; an earlier one is replaced."""
    options, evidence = found.facts["options"], found.evidence
    compared, people = compare(found), names_for_people(found)
    shown = compared.main or compared.first
    return write_page(
        output,
        "evaluation/page.html",
        effort=found.effort,
        test=Path(options["test"]).stem,
        lead=lead(compared, options["seeds"]),
        key_figures=key_figures(compared),
        seeds=options["seeds"],
        estimator=found.facts["estimator"]["estimator"],
        n_test=f"{found.facts['n_test']:,}",
        found=[text[0].upper() + text[1:] for text in found.findings],
        shown=people[shown.name],
        extremes=[] if evidence is None else extremes(evidence, shown.name),
        samples=None if evidence is None else samples(evidence, people),
        charts=list(page_charts(found.scores, people)),
        maps=[] if evidence is None else maps(found.scores, evidence, people),
        intervals=drawn_again(found.scores, options["seeds"]),
        has_gap=any(score.gap_closed for score in found.scores),
        leave_one_out=any(score.name == LEAVE_ONE_OUT for score in found.scores),
        scores=without_empty([PAGE_TITLES, *(score_row(score, people) for score in found.scores)]),
        checks=without_empty([CHECK_TITLES, *(check_row(score, people) for score in found.scores)]),
        subjects=subject_rows(found.scores, people),
        facts=found.facts,
    )


def score_row(score: Score, people: dict[str, str]) -> tuple[str, ...]:
    """A row of the page's first table, as `PAGE_TITLES` names it."""
    gain = "" if score.gain is None else score.gain.text("+.2f")
    return (people[score.name], *cells(score)[1:5], gain, cells(score)[5])


def check_row(score: Score, people: dict[str, str]) -> tuple[str, ...]:
    """A row of the page's second table, as `CHECK_TITLES` names it."""
    _, n_images, *_, noise, constant, offset = cells(score)
    return (people[score.name], n_images, constant, offset, noise)


def without_empty(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """A table, titles first, without the columns that have nothing below their title."""
    return [list(row) for row in zip(*(column for column in zip(*rows, strict=True) if any(column[1:])), strict=True)]


def drawn_again(scores: Sequence[Score], seeds: int) -> str:
    """What the intervals are of: `draw_errors` draws subjects where there are enough of them, else test eyes."""
    drawn = "subjects" if len(scores[0].by_group) >= FEWEST_GROUPS else "eyes"
    return f": bootstrap over the test {drawn}{' and the seeds' if seeds > 1 else ''}"


def samples(evidence: Evidence, people: dict[str, str]) -> Pictures | None:
    """Eyes of each training set, one column a set."""
    columns = [Column(people.get(name, name), each.images[:N_SAMPLES]) for name, each in evidence.samples.items()]
    if not columns:
        return None
    across = N_SAMPLES if len(columns) == 1 else ACROSS
    return Pictures(columns[:MOST_LINES], across=across, abreast=min(max(len(columns), 2), MOST_ABREAST))


def maps(scores: Sequence[Score], evidence: Evidence, people: dict[str, str]) -> list[ErrorMap]:
    """A map of the error for each set."""
    errors = {people[score.name]: evidence.errors(score.name) for score in shown_sets(scores, MOST_LINES)}
    return error_maps(errors, evidence.truth)


def page_charts(scores: Sequence[Score], people: dict[str, str]) -> Iterator[Drawn]:
    """Figures with their intervals, then the curves."""
    largest = [score for score in scores if score.is_largest]
    sides: dict[str, tuple[list[Estimate | None], float, str, dict[str, float]]] = {
        "Mean error": ([score.mean for score in largest], 1.0, "degrees", FROM_ZERO),
        "Less error than the first set": ([score.gain for score in largest], 1.0, "degrees", {"no difference": 0.0}),
        f"Within {NEAR:.0f} degrees": ([score.within for score in largest], 100.0, "% of test eyes", FROM_ZERO),
    }
    for title, (estimates, factor, axis, levels) in sides.items():
        known = [(score, each) for score, each in zip(largest, estimates, strict=True) if each is not None]
        rows = {people[score.name]: measured(each, factor) for score, each in known}
        if rows:
            limits = (0.0, 100.0 if factor > 1 else None) if levels is FROM_ZERO else (None, None)
            form = ".0f" if factor > 1 else ".2f"
            yield Comparison(title=title, rows=rows, axis=axis, form=form, levels=levels, limits=limits)
    yield from curves(scores, people)


def measured(found: Estimate, factor: float) -> Measured:
    """An estimate for a chart."""
    return Measured(*(factor * value for value in (found.value, found.low, found.high)))


def curves(scores: Sequence[Score], people: dict[str, str]) -> Iterator[Chart]:
    """Share within so many degrees, and, where there are several sizes, error against size."""
    largest = shown_sets(scores, MOST_LINES)
    within = {
        people[score.name]: [(float(d), 100 * s) for d, s in zip(DEGREES, score.cumulative, strict=True)]
        for score in largest
    }
    yield Chart(
        title="Estimates within so many degrees",
        lines=within,
        axis="degrees",
        unit="% of test eyes",
        limits=(0.0, 100.0),
        levels=FROM_ZERO,
    )
    by_name = {people[score.name]: [one for one in scores if one.name == score.name] for score in largest}
    if any(len(found) > 1 for found in by_name.values()):
        yield Chart(
            title="Mean error by size of the training set",
            lines={name: [(float(one.n_images), one.mean.value) for one in found] for name, found in by_name.items()},
            intervals={name: [(one.mean.low, one.mean.high) for one in found] for name, found in by_name.items()},
            axis="pictures",
            unit="degrees",
            spacing="log",
            levels=FROM_ZERO,
        )


def draw_curves(found: Evaluation, output: Path) -> Path:
    """The curves as one picture, for papers and slides; an earlier one is replaced."""
    save_charts(list(curves(found.scores, names_for_people(found))), output)
    return output


def subject_rows(scores: Sequence[Score], people: dict[str, str] | None = None) -> list[list[str]]:
    """A row a subject, titles first; none where subjects are not labelled."""
    largest = [score for score in scores if score.is_largest]
    if not largest[0].by_group:
        return []
    rows = [[name, *(f"{score.by_group[name]:.2f}" for score in largest)] for name in largest[0].by_group]
    return [["subject", *((people or {}).get(score.name, score.name) for score in largest)], *rows]
