"""Realism as text and as one self-contained HTML page: key figures, pictures, comparisons with intervals, tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gazeaug.drawing.charts import Chart, Limits
from gazeaug.drawing.comparisons import Comparison, Measured
from gazeaug.drawing.pages import Drawn, KeyFigure, write_page
from gazeaug.drawing.pictures import Pictures
from gazeaug.drawing.sheets import REAL, Column, title_of_target
from gazeaug.drawing.tables import text_table
from gazeaug.evaluation.intervals import Estimate
from gazeaug.evaluation.realism import REAL_HALVES, Likeness, Looks, Realism
from gazeaug.eyefile.reader import open_eyes
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.runs.diagnosis import LATTICE

SHEET_ROWS = 10
FROM_ZERO = {"": 0.0}  # a level without a name: the axis begins there
AGAINST = ("against the real eyes", "told apart", "distance", "spectrum, dB", "two-pixel pattern")
ITSELF = ("pictures", "sharpness", "contrast", "noise")


def describe_realism(found: Realism) -> str:
    """Both tables as text, and what they say."""
    parts = [text_table(likeness_rows(found)), text_table(looks_rows(found)), *verdicts(found)]
    return "\n".join(parts)


def likeness_rows(found: Realism) -> list[tuple[str, ...]]:
    """The comparisons, titles first."""
    rows = [
        (
            name,
            like.told_apart.text(".1%"),
            like.distance.text(".4f"),
            f"{like.spectrum_decibels:.1f}",
            f"{like.lattice:.1%}",
        )
        for name, like in found.likeness.items()
    ]
    return [AGAINST, *rows]


def looks_rows(found: Realism) -> list[tuple[str, ...]]:
    """The sets, titles first."""
    rows = [
        (name, looks.sharpness.text(), looks.contrast.text(".1f"), looks.noise.text())
        for name, looks in found.looks.items()
    ]
    return [ITSELF, *rows]


def verdicts(found: Realism) -> list[str]:
    """What the figures say, in words."""
    apart, left = found.likeness["refined"].told_apart, distance_left(found)
    said = f"refined eyes are told from real ones in {apart.text('.1%')}; 50 % would be a toss"
    return [
        said + (": no difference was found" if apart.low <= 0.5 else ""),
        *warnings(found),
        *([] if left is None else [f"of the distance of synthetic eyes, {left:.0%} is left"]),
    ]


def warnings(found: Realism) -> list[str]:
    """What a reader must know beside the figures."""
    refined, halves = found.likeness["refined"], found.likeness[REAL_HALVES]
    said = []
    if halves.told_apart.low > 0.5:
        said.append(
            f"two halves of the real file differ as well: they are told apart in {halves.told_apart.text('.1%')}, so "
            "refined eyes can hardly come nearer than that"
        )
    if refined.lattice > LATTICE + halves.lattice:
        said.append(
            f"{refined.lattice:.1%} of refined eyes carry a pattern of every second pixel above the real eyes' 99th "
            f"percentile; real eyes against each other {halves.lattice:.1%}"
        )
    return said


def distance_left(found: Realism) -> float | None:
    """The refined eyes' distance as a share of the synthetic ones'; None without synthetic eyes that have any."""
    if "synthetic" not in found.likeness:
        return None
    floor = found.likeness[REAL_HALVES].distance.value
    before = found.likeness["synthetic"].distance.value - floor
    return max(found.likeness["refined"].distance.value - floor, 0.0) / before if before > 0 else None


def write_realism_page(found: Realism, files: Sequence[Path], output: Path) -> Path:
    """Write the page; an earlier one is replaced.

    Args:
        found: what was measured.
        files: the files that it was measured on, in the order of `found.looks`.
        output: where to.
    """
    return write_page(
        output,
        "evaluation/realism_page.html",
        effort=found.effort,
        refined=files[-2].stem,
        real=files[-1].stem,
        counts=", ".join(f"{n:,} {name}" for name, n in found.facts["pictures"].items()),
        lead=lead_of(found.likeness["refined"].told_apart),
        found=[text[0].upper() + text[1:] for text in warnings(found)],
        key_figures=key_figures(found),
        pictures=Pictures([column_of(name, path) for name, path in zip(found.looks, files, strict=True)]),
        charts=[*likeness_charts(found), *looks_charts(found)],
        likeness=likeness_rows(found),
        looks=looks_rows(found),
        facts=found.facts,
    )


def lead_of(told_apart: Estimate) -> str:
    """The answer in a sentence."""
    if told_apart.low <= 0.5:
        return "A small network finds no difference between refined and real eyes."
    share = f"{100 * told_apart.value:.0f} %"
    return f"A small network still tells refined from real eyes in {share} of pictures, where a coin toss gives 50 %."


def key_figures(found: Realism) -> list[KeyFigure]:
    """How often refined eyes are recognised, what distance is left, and how sharp they are."""
    apart = found.likeness["refined"].told_apart
    *_, refined, real = found.looks.values()
    says = "No difference was found" if apart.low <= 0.5 else "A small network sees a difference"
    return [
        KeyFigure(
            name="Told apart from real eyes",
            value=f"{100 * apart.value:.0f}",
            unit="%",
            interval=f"95 % interval: {100 * apart.low:.0f} to {100 * apart.high:.0f} %",
            meaning=f"{says}. 50 % is a coin toss; at 100 % every picture is recognised.",
        ),
        distance_figure(found),
        KeyFigure(
            name="Sharpness of refined eyes",
            value=f"{refined.sharpness.value:.1f}",
            unit="grey levels",
            interval=f"95 % interval: {refined.sharpness.low:.1f} to {refined.sharpness.high:.1f}",
            meaning=f"Real eyes: {real.sharpness.text('.1f')}. The same is right: less is blurred, more is noisy.",
        ),
    ]


def distance_figure(found: Realism) -> KeyFigure:
    """The share of the distance that is left, where synthetic eyes were given; else the distance."""
    distance, halves = found.likeness["refined"].distance, found.likeness[REAL_HALVES].distance
    left = distance_left(found)
    if left is None:
        return KeyFigure(
            name="Distance to real eyes",
            value=f"{distance.value:.3f}",
            interval=f"95 % interval: {distance.low:.3f} to {distance.high:.3f}",
            meaning=f"In brightness, contrast, detail and layout; two halves of the real eyes: {halves.value:.3f}.",
        )
    return KeyFigure(
        name="Distance left",
        value=f"{100 * left:.0f}",
        unit="%",
        interval=f"distance {distance.value:.3f}, 95 % interval: {distance.low:.3f} to {distance.high:.3f}",
        meaning="Of the distance between synthetic and real eyes in brightness, contrast, detail and coarse layout.",
    )


def likeness_charts(found: Realism) -> Iterator[Drawn]:
    """How each set compares with the real eyes."""

    def compared(value: Callable[[Likeness], Estimate], factor: float = 1.0) -> dict[str, Measured]:
        return {name: measured(value(like), factor) for name, like in found.likeness.items()}

    percent: Limits = (0.0, 100.0)
    yield Comparison(
        title="Told apart from real eyes",
        note="By a small network that has not seen these pictures.",
        rows=compared(lambda like: like.told_apart, 100.0),
        axis="% of pictures",
        form=".0f",
        limits=percent,
        levels={"coin toss": 50.0},
    )
    yield Comparison(
        title="Distance to real eyes",
        note="Squared maximum mean discrepancy; about 0 for pictures of one kind.",
        rows=compared(lambda like: like.distance),
        axis="squared distance",
        form=".3f",
        limits=(0.0, None),
        levels=FROM_ZERO,
    )


def looks_charts(found: Realism) -> Iterator[Drawn]:
    """What the pictures of each set are like."""
    sides: dict[str, tuple[str, Callable[[Looks], Estimate]]] = {
        "Sharpness": ("Of grey levels, what a 3 x 3 mean takes away.", lambda looks: looks.sharpness),
        "Contrast": ("Standard deviation within a picture.", lambda looks: looks.contrast),
        "Noise": ("Standard deviation of white noise (Immerkaer 1996).", lambda looks: looks.noise),
    }
    for title, (note, value) in sides.items():
        rows = {name: measured(value(looks)) for name, looks in found.looks.items()}
        yield Comparison(title=title, note=note, rows=rows, axis="grey levels", form=".1f", levels=FROM_ZERO)
    yield Chart(
        title="Spectrum",
        note="Power by frequency: fine detail is on the right.",
        lines={name: looks.spectrum for name, looks in found.looks.items()},
        axis="cycles a pixel",
        unit="decibels",
    )


def measured(found: Estimate, factor: float = 1.0) -> Measured:
    """An estimate for a chart."""
    return Measured(*(factor * value for value in (found.value, found.low, found.high)))


def column_of(name: str, path: Path) -> Column:
    """A few pictures of a file; those of sample data are not called real."""
    title = title_of_target(path) if name == REAL else name
    with open_eyes(path) as eyes:
        return Column(title.capitalize(), eyes.read_rows(evenly_spread(eyes.n_images, SHEET_ROWS)))
