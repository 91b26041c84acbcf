"""Run directories: where training leaves its work, and how the newest one is found. Imports no torch."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gazeaug.errors import InputError

RUNS = Path("runs")
STATE = "state.json"
CONFIG, METRICS = "config.json", "metrics.jsonl"
REFINER, STUDENT = "refiner.onnx", "refiner.student.onnx"


def new_run(runs_folder: Path = RUNS) -> Path:
    """A folder name from the clock in UTC, never one that exists."""
    name = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    run, n = runs_folder / name, 1
    while run.exists():
        run, n = runs_folder / f"{name}-{n}", n + 1
    return run


def read_state(run: Path) -> dict[str, Any]:
    """What the run last said of itself: `step`, `checkpoint`, `complete`; empty where it said nothing yet."""
    try:
        state: dict[str, Any] = json.loads((run / STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return state


def newest_run(runs_folder: Path = RUNS, *, holding: str | None = None, complete: bool = False) -> Path:
    """The run that last wrote its state.

    Args:
        runs_folder: where runs are.
        holding: only runs that hold this file.
        complete: only runs that came to their end.

    Raises:
        InputError: there is none; it names the folder and the command that makes one.
    """
    states = sorted(runs_folder.glob(f"*/{STATE}"), key=lambda path: path.stat().st_mtime_ns)
    found = [
        state.parent
        for state in states
        if (holding is None or (state.parent / holding).is_file())
        and (not complete or read_state(state.parent).get("complete"))
    ]
    if found:
        return found[-1]
    if holding == REFINER and states:
        raise InputError(
            f"{runs_folder}: no run there holds {REFINER}; type gazeaug export --onnx first, or give --model."
        )
    if complete and states:
        raise InputError(f"{runs_folder}: no run there is complete; finish one with gazeaug train --resume.")
    raise InputError(f"{runs_folder}: no training run is there; type gazeaug train first.")


def read_lines(metrics: Path) -> list[dict[str, float]]:
    """The lines of a metrics.jsonl, oldest first; empty where there is none yet."""
    if not metrics.is_file():
        return []
    return [json.loads(line) for line in metrics.read_text("utf-8").splitlines()]
