"""A training run as one self-contained HTML page: diagnosis, curves, sample grids over time, settings, provenance."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from gazeaug import drawing
from gazeaug.drawing.charts import legend, line_chart
from gazeaug.outputs import check_output, write_text
from gazeaug.runs.diagnosis import Finding, describe, diagnose
from gazeaug.runs.folder import CONFIG, METRICS, read_lines, read_state

REPORT = "report.html"
MOST_GRIDS = 40
MOST_POINTS = 400  # of a line; a long run is thinned out evenly

# Title, a sentence, and the columns of metrics.jsonl that belong into one chart.
CHARTS = [
    ("Score", "Share of the distance that is left plus drift in 55ths of the width: less is better.", ["score"]),
    ("Distance to the real eyes", "Between its floor (real against real) and its ceiling.", ["distance"]),
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
    ("Change", "Mean absolute change, grey levels.", ["change"]),
    ("Correlation with the input", "Below 0, light and dark have changed places.", ["correlation"]),
]

PAGE = Path(__file__).with_name("report.html")
STYLE = Path(drawing.__file__).with_name("page.css")

SLIDER = Template("""<p><input type="range" id="when" min="0" max="$last" value="$last" aria-label="step">
<output id="step"></output></p><img id="grid" alt="synthetic, refined and real eyes" src="$newest">
<script>
const grids = $grids;
const when = document.getElementById("when");
function show() {
  document.getElementById("grid").src = grids[when.value][1];
  document.getElementById("step").textContent = "step " + grids[when.value][0].toLocaleString("en");
}
when.addEventListener("input", show); show();
</script>""")


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
    stored = json.loads((run / CONFIG).read_text("utf-8"))
    state = read_state(run)
    page = Template(PAGE.read_text("utf-8")).substitute(
        style=STYLE.read_text("utf-8"),
        title=escape(f"Run {run.name}"),
        state=escape(state_text(state)),
        diagnosis=diagnosis(stored.get("domains"), findings),
        charts="".join(charts(read_lines(run / METRICS), stored.get("domains", {}))) or "<p>No line yet.</p>",
        grids=grid_slider(sorted((run / "grids").glob("*.png"))),
        settings=table(stored["config"]),
        provenance=table(stored.get("provenance", {})),
    )
    write_text(target, page)
    return target


def state_text(state: Mapping[str, Any]) -> str:
    """How far the run came."""
    if not state:
        return "No checkpoint yet."
    best = f"; gazeaug export takes {state['best']['checkpoint']}" if state.get("best") else ""
    return f"{'Complete' if state['complete'] else 'Not complete'}, step {state['step']:,}{best}."


def diagnosis(domains: Mapping[str, Any] | None, findings: Sequence[Finding]) -> str:
    """What the two sets look like, and everything that speaks against the run."""
    looks = "".join(f"<p>{escape(line)}</p>" for line in (describe(domains) if domains else ()))
    found = "".join(f'<p class="finding">{escape(str(finding))}.</p>' for finding in findings)
    return looks + (found or "<p>Nothing speaks against this run.</p>")


def charts(lines: Sequence[Mapping[str, float]], domains: Mapping[str, Any]) -> Iterator[str]:
    """The charts for which the run has numbers."""
    for title, sentence, columns in CHARTS:
        found = {name: thinned([(line["step"], line[name]) for line in lines if name in line]) for name in columns}
        found = {name: points for name, points in found.items() if points}
        if not found:
            continue
        levels = {"floor": domains["distance_floor"], "ceiling": domains["distance_ceiling"]} if domains else {}
        drawn = line_chart(found, levels=levels if columns == ["distance"] else None)
        keys = legend(list(found)) if len(found) > 1 else ""
        yield f'<section><h3>{title}</h3><p class="soft">{sentence}</p>{drawn}<p>{keys}</p></section>'


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `MOST_POINTS` finite points, the last one always among them."""
    finite = [point for point in points if math.isfinite(point[1])]
    return finite[:: -max(1, math.ceil(len(finite) / MOST_POINTS))][::-1]


def grid_slider(paths: Sequence[Path]) -> str:
    """Sample grids inside the page, with a slider over the steps."""
    if not paths:
        return "<p>No sample grid yet.</p>"
    chosen = paths[:: -max(1, math.ceil(len(paths) / MOST_GRIDS))][::-1]
    grids = [(int(path.stem), data_uri(path)) for path in chosen]
    return SLIDER.substitute(last=len(grids) - 1, newest=grids[-1][1], grids=json.dumps(grids))


def data_uri(png: Path) -> str:
    """A picture as text that a page can hold."""
    return "data:image/png;base64," + base64.b64encode(png.read_bytes()).decode()


def table(values: Mapping[str, Any]) -> str:
    """Names and values, nested ones under the names of both."""
    rows = (
        f"<tr><td>{escape(name)}</td><td>{escape(value if isinstance(value, str) else json.dumps(value))}</td></tr>"
        for name, value in flat(values)
    )
    return f"<table>{''.join(rows)}</table>"


def flat(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values, those within a value as `outer, inner`."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}, {inner}", found) for inner, found in flat(value))
        else:
            yield name, value
