"""A training run as one self-contained HTML page: verdict, curves, sample grids over time, settings, provenance."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gazeaug.drawing.charts import Chart
from gazeaug.drawing.pages import write_page
from gazeaug.drawing.sheets import png_uri
from gazeaug.outputs import check_output
from gazeaug.provenance import name_of
from gazeaug.runs.diagnosis import describe, diagnose
from gazeaug.runs.folder import CONFIG, METRICS, read_lines, read_state
from gazeaug.runs.verdict import read_verdict

REPORT = "report.html"
FILES = ("synthetic", "real")  # settings that are paths: shown by name, since a page is given away
MOST_GRIDS = 40
MOST_POINTS = 400  # of a line; a long run is thinned out evenly

# Title, a sentence, and the columns of metrics.jsonl that belong into one chart.
CHARTS = [
    ("Score", "Share of the distance that is left plus drift in 55ths of the width: less is better.", ["score"]),
    ("Distance to the real eyes", "Between its floor (real against real) and its ceiling.", ["distance"]),
    ("Real eyes reached", "Share of the real eyes that are similar to a refined one.", ["reached"]),
    (
        "Losses of the refiner",
        "Self-regularisation in -1..1; a coin toss is 1 by least squares, 0.693 by cross-entropy.",
        ["self_regularisation", "adversarial"],
    ),
    (
        "Losses of the discriminator",
        "A coin toss is 1 by least squares, 0.693 by cross-entropy.",
        ["discriminator_real", "discriminator_refined"],
    ),
    (
        "Accuracy of the discriminator",
        "On patches; seen far above held out means overfitting.",
        ["accuracy_seen", "accuracy_held_out", "accuracy_refined", "accuracy_history"],
    ),
    ("Drift of the iris", "Pixels; the labels stay true where it is small.", ["drift_median", "drift_p99"]),
    ("Sharpness and contrast", "Refined over real: 1 is right.", ["sharpness", "contrast"]),
    (
        "Lattice and range",
        "Shares of refined eyes: with a pattern of every second pixel above the real eyes' 99th percentile, darker "
        "than any real eye, lighter than any.",
        ["lattice", "beyond_dark", "beyond_light"],
    ),
    ("Change", "Mean absolute change, grey levels.", ["change"]),
    ("Correlation with the input", "Below 0, light and dark have changed places.", ["correlation"]),
]


def write_report(run: Path | str, output: Path | str | None = None, *, overwrite: bool = False) -> Path:
    """Write the page of a run.

    Args:
        run: the run directory, finished or not.
        output: where to; `report.html` in the run otherwise, where it replaces an earlier one.
        overwrite: replace a file that `output` names.

    Raises:
        InputError: not a training run, or the output cannot be written.
    """
    run = Path(run)
    findings = diagnose(run)
    target = Path(output) if output is not None else run / REPORT
    check_output(target, overwrite=overwrite or output is None)
    verdict = read_verdict(run)
    stored = json.loads((run / CONFIG).read_text("utf-8"))
    domains = stored.get("domains", {})
    return write_page(
        target,
        "runs/report.html",
        name=run.name,
        state=state_text(read_state(run)),
        looks=describe(domains) if domains else [],
        found=findings,
        verdict=[] if verdict is None else verdict.lines(),
        charts=list(charts(read_lines(run / METRICS), domains)),
        grids=grids(sorted((run / "grids").glob("*.png"))),
        config={name: name_of(value) if name in FILES else value for name, value in stored["config"].items()},
        provenance=stored.get("provenance", {}),
    )


def state_text(state: Mapping[str, Any]) -> str:
    """How far the run came."""
    if not state:
        return "No checkpoint yet."
    best = f"; gazeaug export takes {state['best']['checkpoint']}" if state.get("best") else ""
    return f"{'Complete' if state['complete'] else 'Not complete'}, step {state['step']:,}{best}."


def charts(lines: Sequence[Mapping[str, float]], domains: Mapping[str, Any]) -> Iterator[Chart]:
    """The charts for which the run has numbers."""
    for title, sentence, columns in CHARTS:
        found = {name: thinned([(line["step"], line[name]) for line in lines if name in line]) for name in columns}
        found = {name: points for name, points in found.items() if points}
        levels = {"floor": domains["distance_floor"], "ceiling": domains["distance_ceiling"]} if domains else {}
        if found:
            yield Chart(title=title, note=sentence, lines=found, levels=levels if columns == ["distance"] else {})


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `MOST_POINTS` finite points, the last one always among them."""
    finite = [point for point in points if math.isfinite(point[1])]
    return finite[:: -max(1, math.ceil(len(finite) / MOST_POINTS))][::-1]


def grids(paths: Sequence[Path]) -> list[tuple[int, str]]:
    """Steps and their sample grids, as text that a page can hold."""
    chosen = paths[:: -max(1, math.ceil(len(paths) / MOST_GRIDS))][::-1]
    return [(int(path.stem), png_uri(path.read_bytes())) for path in chosen]
