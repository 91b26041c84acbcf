"""A training run as one self-contained HTML page: key figures, pictures, curves, what speaks against it, settings."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from gazeaug.drawing.pages import write_page
from gazeaug.drawing.pictures import Pictures, as_uri, pictures_of
from gazeaug.drawing.sheets import Column
from gazeaug.effort import Effort
from gazeaug.output_kinds import Kind
from gazeaug.outputs import check_output
from gazeaug.provenance import name_of
from gazeaug.runs.charts import charts
from gazeaug.runs.curves import SECTIONS, levels_of
from gazeaug.runs.diagnosis import diagnose, mean_of, read_validations
from gazeaug.runs.folder import CONFIG, METRICS, read_lines, read_state
from gazeaug.runs.key_figures import key_figures, lead_of
from gazeaug.runs.verdict import read_verdict

REPORT = "report.html"
FILES = ("synthetic", "real")  # settings that are paths: shown by name, since a page is given away
MOST_GRIDS = 40
N_EYES, N_STEPS = 4, 3  # of the strip that shows how eyes changed

Grids = list[tuple[int, list[Column]]]


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
    check_output(target, overwrite=overwrite or output is None, kind=Kind.PAGE)
    state, verdict, lines = read_state(run), read_verdict(run), read_lines(run / METRICS)
    stored = json.loads((run / CONFIG).read_text("utf-8"))
    domains, config = stored.get("domains", {}), stored["config"]
    by_augmentation = None if verdict is None else verdict.reached_by_augmentation
    levels = levels_of(domains, config.get("adversarial_loss"), by_augmentation)
    grids = read_grids(sorted((run / "grids").glob("*.png")), domains.get("target", "target"))
    validations = read_validations(run)
    return write_page(
        target,
        "runs/report.html",
        effort=Effort(**state["effort"]) if "effort" in state else None,
        name=run.name,
        lead=lead_of(domains, verdict),
        state=state_text(state),
        key_figures=[] if verdict is None else key_figures(domains, verdict, validations),
        found=findings,
        pictures=Pictures(grids[-1][1]) if grids else None,
        steps=[(step, list(map(as_uri, columns[1].images))) for step, columns in grids],
        strip=strip_of(grids) if len(grids) > 1 else None,
        sections=[(title, list(charts(curves, lines, levels))) for title, curves in SECTIONS.items()],
        sets=set_rows(domains, validations) if domains else [],
        config={name: name_of(value) if name in FILES else value for name, value in config.items()},
        provenance=stored.get("provenance", {}),
    )


def state_text(state: Mapping[str, Any]) -> str:
    """How far the run came."""
    if not state:
        return "No checkpoint yet."
    best = f"; gazeaug export takes {state['best']['checkpoint']}" if state.get("best") else ""
    return f"{'Complete' if state['complete'] else 'Not complete'}, step {state['step']:,}{best}."


def read_grids(paths: Sequence[Path], target: str) -> Grids:
    """Steps, and the synthetic and refined eyes and those refined towards of their sample grids."""
    found = []
    for path in paths[:: -max(1, math.ceil(len(paths) / MOST_GRIDS))][::-1]:
        with Image.open(path) as sheet:
            titles = ("Synthetic", "Refined", target.capitalize())
            columns = [Column(*one) for one in zip(titles, pictures_of(sheet, len(titles)), strict=True)]
        found.append((int(path.stem), columns))
    return found


def strip_of(grids: Grids) -> Pictures:
    """The same few eyes before training and at a few steps, the first and the last among them."""
    shown = sorted({round(i * (len(grids) - 1) / (N_STEPS - 1)) for i in range(N_STEPS)})
    columns = [Column("Synthetic", grids[-1][1][0].images[:N_EYES])]
    columns += [Column(f"Step {step:,}", eyes[1].images[:N_EYES]) for step, eyes in (grids[i] for i in shown)]
    return Pictures(columns, across=1, abreast=2)


def set_rows(domains: Mapping[str, Any], validations: Sequence[Mapping[str, float]]) -> list[list[str]]:
    """What the eyes look like, titles first: both sets, and the refined eyes of the last validations between them."""
    synthetic, real = domains["synthetic"], domains["real"]
    rows = [["eyes", "pictures", "brightness", "contrast", "sharpness", "width of an eye"]]
    rows.append(set_row("synthetic", domains["n_synthetic"], synthetic))
    if validations:
        now = mean_of(validations)
        contrast, sharpness = now["contrast"] * real["contrast"], math.sqrt(now["sharpness"]) * real["sharpness"]
        rows.append(["refined", "", "", f"{contrast:.0f}", f"{sharpness:.1f}", ""])
    return [*rows, set_row(domains.get("target", "target"), domains["n_real"], real)]


def set_row(name: str, n_pictures: int, found: Mapping[str, float]) -> list[str]:
    """One of the two sets."""
    width = f"{found['eye_width']:.0%} of the picture" if found.get("eye_width") else "not known (no landmarks)"
    figures = f"{found['brightness']:.0f}", f"{found['contrast']:.0f}", f"{found['sharpness']:.1f}"
    return [name, f"{n_pictures:,}", *figures, width]
