"""Realism as text and as one self-contained HTML page: verdict, tables, spectra, pictures, options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gazeaug.drawing.charts import Chart
from gazeaug.drawing.pages import write_page
from gazeaug.drawing.sheets import REAL, Column, contact_sheet, sheet_uri, title_of_target
from gazeaug.drawing.tables import text_table
from gazeaug.evaluation.realism import REAL_HALVES, Realism
from gazeaug.eyefile.reader import open_eyes
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.runs.diagnosis import LATTICE

SHEET_ROWS = 10
AGAINST = ("against the real eyes", "told apart", "distance", "spectrum, dB", "lattice")
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
    refined, halves = found.likeness["refined"], found.likeness[REAL_HALVES]
    said = [
        f"refined eyes are told from real ones in {refined.told_apart.text('.1%')}; 50 % would be a toss"
        + (": no difference was found" if refined.told_apart.low <= 0.5 else "")
    ]
    if halves.told_apart.low > 0.5:
        said.append(
            f"the two halves of the real file differ as well (told apart in {halves.told_apart.text('.1%')}): its rows "
            "stand in some order (subjects, days), so figures near these are as good as can be"
        )
    if refined.lattice > LATTICE + halves.lattice:
        said.append(
            f"{refined.lattice:.1%} of refined eyes carry a pattern of every second pixel above the real eyes' 99th "
            f"percentile; real eyes against each other {halves.lattice:.1%}"
        )
    if "synthetic" in found.likeness:
        before = found.likeness["synthetic"].distance.value - halves.distance.value
        if before > 0:
            left = max(refined.distance.value - halves.distance.value, 0.0) / before
            said.append(f"of the distance of synthetic eyes, {left:.0%} is left")
    return said


def write_realism_page(found: Realism, files: Sequence[Path], output: Path) -> Path:
    """Write the page; an earlier one is replaced.

    Args:
        found: what was measured.
        files: the files that it was measured on, in the order of `found.looks`.
        output: where to.
    """
    spectra = Chart(
        title="Power in decibels against frequency in cycles a pixel",
        lines={name: looks.spectrum for name, looks in found.looks.items()},
        axis="frequency",
    )
    return write_page(
        output,
        "evaluation/realism_page.html",
        refined=files[-2].name,
        real=files[-1].name,
        counts=" and ".join(f"{n:,} {name}" for name, n in found.facts["pictures"].items()),
        found=verdicts(found),
        likeness=likeness_rows(found),
        looks=looks_rows(found),
        spectra=spectra,
        sheet=sheet_uri(contact_sheet([column_of(name, path) for name, path in zip(found.looks, files, strict=True)])),
        facts=found.facts,
    )


def column_of(name: str, path: Path) -> Column:
    """A few pictures of a file; those of sample data are not called real."""
    title = title_of_target(path) if name == REAL else name
    with open_eyes(path) as eyes:
        return Column(title, eyes.read_rows(evenly_spread(eyes.n_images, SHEET_ROWS)))
