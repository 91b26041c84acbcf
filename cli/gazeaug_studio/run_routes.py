"""Training runs for the page: their list, one with its diagnosis, its metrics from an offset on, its sample grids."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gazeaug.runs.folder import REFINER
from gazeaug_studio.answers import JSONResponse, not_modified
from gazeaug_studio.bodies import needed, whole_number
from gazeaug_studio.errors import Refused
from gazeaug_studio.file_states import State
from gazeaug_studio.listing import Search
from gazeaug_studio.run_folder import RunFolder
from gazeaug_studio.studio import studio_of

REPORT = "report.html"
SPARK = 40  # points of the line beside a run in the list
KINDS = ("synthetic", "refined", "target")  # columns of a sample grid
DAMAGED = (KeyError, TypeError, ValueError, AttributeError, OverflowError, ZeroDivisionError)
"""What the library raises for settings or numbers that no training writes."""


def run_of(request: Request) -> RunFolder:
    """The run that a request names.

    Raises:
        Refused: 404 where there is none.
    """
    workspace = studio_of(request).workspace
    run = RunFolder(workspace, workspace.name(workspace.there(needed(request, "run"))))
    if not run.is_there:
        raise Refused(404, f"{run.name}: no training run is there, or none yet; it appears once its files are checked.")
    return run


def runs(request: Request) -> JSONResponse:
    """All runs of the folder, those that wrote last first."""
    workspace = studio_of(request).workspace
    found = [RunFolder(workspace, workspace.name(one.path)) for one in Search(workspace).folders() if one.is_run]
    lines = [summary(run) for run in found]
    return JSONResponse({"runs": sorted(lines, key=lambda line: line["changed"] or 0, reverse=True)})


def run(request: Request) -> JSONResponse:
    """One run: settings, state, sample grids, what speaks against it, and which curves are drawn how."""
    from gazeaug.runs.curves import levels_of

    one = run_of(request)
    config, judged = one.config, judgement(one)
    options, domains = mapping(config, "config"), mapping(config, "domains")
    try:
        levels = levels_of(domains, options.get("adversarial_loss"), judged["reached_by_augmentation"])
    except DAMAGED:
        levels = {}
    return JSONResponse(
        summary(one, judged)
        | {
            "config": options,
            "synthetic": file_here(one, options.get("synthetic")),
            "real": file_here(one, options.get("real")),
            "target": domains.get("target", "target"),
            "grids": [{"step": step, "path": one.workspace.name(grid_path(one, step))} for step in one.grids()],
            "findings": judged["findings"],
            "verdict": judged["verdict"],
            "levels": levels,
            "sections": sections(),
            "refiner": file_in(one, REFINER),
            "report": file_in(one, REPORT),
        }
    )


def metrics(request: Request) -> Response:
    """Whole lines of metrics.jsonl from an offset on.

    X-From is where they begin: 0 where the file has become another one since `mark` was given. X-Next and X-Mark are
    for the next request.
    """
    one, query = run_of(request), request.query_params
    piece = one.read_on(whole_number(query.get("from", "0"), "from"), query.get("mark", "")[:8])
    headers = {"X-From": str(piece.start), "X-Next": str(piece.next), "X-Mark": piece.mark}
    return Response(piece.data, media_type="application/jsonl", headers=headers)


def grid(request: Request) -> Response:
    """A sample grid in the pictures' own pixels: one below the other, three columns without gaps.

    X-Rows is the number of pictures in a column. The columns are rendered eyes, refined ones, and real ones.
    """
    import numpy as np
    from PIL import Image

    from gazeaug.drawing.pictures import pictures_of

    one, step = run_of(request), whole_number(needed(request, "step"), "step")
    path = grid_path(one, step)
    if not path.is_file():
        raise Refused(404, f"{one.name}: no sample grid of step {step:,} is there.")
    etag = f'"{State.of(path)}"'
    if (known := not_modified(request, etag)) is not None:
        return known
    try:
        with Image.open(path, formats=["PNG"]) as sheet:
            columns = pictures_of(sheet, len(KINDS))
        pixels = np.concatenate([np.concatenate(list(images)) for images in columns], axis=1)
    except (OSError, Image.DecompressionBombError, *DAMAGED) as error:
        raise Refused(422, f"{one.name}: the sample grid of step {step:,} is damaged.") from error
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, format="PNG")
    headers = {"ETag": etag, "X-Rows": str(len(columns[0]))}
    return Response(png.getvalue(), media_type="image/png", headers=headers)


def grid_path(run: RunFolder, step: int) -> Any:
    """Where the sample grid of a step stands."""
    return run.path("grids", f"{step:07d}.png")


def summary(run: RunFolder, judged: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the list says of a run."""
    judged = judgement(run) if judged is None else judged
    options, state = mapping(run.config, "config"), run.state
    lines = run.last_lines
    scores = [line["score"] for line in lines if "score" in line]
    return {
        "run": run.name,
        "step": max(number(state, "step"), lines[-1]["step"] if lines else 0),
        "saved": number(state, "step"),
        "steps": number(options, "steps"),
        "complete": state.get("complete") is True,
        "changed": run.changed,
        "recipe": options.get("recipe"),
        "files": [PurePath(str(options.get(name, ""))).name for name in ("synthetic", "real")],
        "said": judged["verdict"][0] if judged["verdict"] else None,
        "is_good": judged["is_good"],
        "scores": scores[:: -max(1, -(-len(scores) // SPARK))][::-1],
    }


def judgement(run: RunFolder) -> dict[str, Any]:
    """What the numbers of a run say: findings, and the lines of the verdict, which is that of its last validations."""
    from gazeaug.runs.diagnosis import RECENT, diagnose_domains, diagnose_training
    from gazeaug.runs.verdict import judge

    domains = mapping(run.config, "domains")
    kept = run.object("verdict.json") if run.state.get("complete") is True else {}
    by_augmentation = kept.get("reached_by_augmentation")
    validations = [line for line in run.last_lines if "distance" in line][-RECENT:]
    try:
        findings = [*diagnose_domains(domains), *diagnose_training(domains, validations)]
        verdict = judge(domains, validations, by_augmentation)
        lines = [] if verdict is None else verdict.lines()
    except DAMAGED:
        findings, verdict, lines = [], None, []
    return {
        "findings": [{"name": one.name, "text": one.text, "remedy": one.remedy} for one in findings],
        "verdict": lines,
        "is_good": None if verdict is None else not verdict.against,
        "reached_by_augmentation": by_augmentation if isinstance(by_augmentation, float) else None,
    }


def sections() -> list[dict[str, Any]]:
    """The curves that a page draws, in sections; see `gazeaug.runs.curves.Curve`."""
    from gazeaug.runs.curves import MOST_POINTS, SECTIONS, Curve

    def plain(curve: Curve) -> dict[str, Any]:
        return {
            "title": curve.title,
            "note": curve.note,
            "columns": dict(curve.columns),
            "unit": curve.unit,
            "limits": list(curve.limits),
            "levels": list(curve.levels),
            "needs": curve.needs,
            "factor": curve.factor,
            "most_points": MOST_POINTS,
        }

    return [{"title": title, "curves": [plain(curve) for curve in curves]} for title, curves in SECTIONS.items()]


def file_here(run: RunFolder, name: Any) -> str | None:
    """The name of an eye file of a run's settings; None where it is no longer in the folder."""
    if not isinstance(name, str) or not name:
        return None
    try:
        return run.workspace.name(run.workspace.there(name))
    except Refused:
        return None


def file_in(run: RunFolder, name: str) -> str | None:
    """The name of a file that a run has; None where it has none."""
    path = run.path(name)
    return run.workspace.name(path) if path.is_file() else None


def mapping(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part of the settings; empty where it is none."""
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def number(found: Mapping[str, Any], name: str) -> int:
    """A count in settings; 0 where it is none."""
    value = found.get(name)
    return value if type(value) is int and value >= 0 else 0


ROUTES: Sequence[Route] = [
    Route("/api/runs", runs),
    Route("/api/runs/run", run),
    Route("/api/runs/metrics", metrics),
    Route("/api/runs/grid", grid),
]
