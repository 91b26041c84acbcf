"""Folders of runs as a training leaves them at any moment, made without training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.drawing.sheets import Column, contact_sheet, save_sheet
from gazeaug.runs.folder import CONFIG, METRICS, STATE

SHAPE = (8, 16, 24)  # pictures in a column of a grid, height, width
LOOKS = {"brightness": 120.0, "contrast": 30.0, "sharpness": 5.0}
DOMAINS: dict[str, Any] = {
    "n_synthetic": 600,
    "n_real": 600,
    "distance_floor": 0.0,
    "distance_ceiling": 0.5,
    "width": 24,
    "target": "simulated camera",
    "synthetic": LOOKS,
    "real": LOOKS,
}


def line_of(step: int, *, shift: float = 0.0) -> dict[str, float]:
    """A line of metrics.jsonl with a validation."""
    left = 1 / (1 + step)
    return {
        "step": step,
        "adversarial": 0.8 + shift,
        "score": left + shift,
        "distance": 0.5 * left,
        "reached": 1 - left,
        "change": 12.0,
        "redrawn": 8.0,
        "sharpness": 0.9,
        "contrast": 0.95,
        "correlation": 0.8,
        "drift_median": 0.1,
        "drift_p99": 0.4,
        "lattice": 0.01,
        "beyond_dark": 0.0,
        "beyond_light": 0.0,
        "accuracy_seen": 0.7,
        "accuracy_refined": 0.6,
    }


def add_lines(run: Path, steps: range, *, shift: float = 0.0) -> None:
    """Append lines to metrics.jsonl."""
    with (run / METRICS).open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(line_of(step, shift=shift)) + "\n" for step in steps)


def write_grid(run: Path, step: int) -> Path:
    """A sample grid whose refined eyes have the step as their grey level."""
    columns = [
        Column(title, np.full(SHAPE, level, np.uint8))
        for title, level in (("synthetic", 20), ("refined", step), ("simulated camera", 200))
    ]
    path = run / "grids" / f"{step:07d}.png"
    path.parent.mkdir(exist_ok=True)
    save_sheet(contact_sheet(columns), path)
    return path


def write_run(run: Path, *, n: int = 10, steps: int = 20, grids: tuple[int, ...] = (), shift: float = 0.0) -> Path:
    """A run that has come to step `n` of `steps`, with checkpoints at `grids`."""
    run.mkdir(parents=True, exist_ok=True)
    options = {"synthetic": "unityeyes.h5", "real": "real.h5", "recipe": "fast", "steps": steps, "batch_size": 4}
    config = options | {"adversarial_loss": "least-squares"}
    (run / CONFIG).write_text(json.dumps({"config": config, "domains": DOMAINS}), "utf-8")
    add_lines(run, range(1, n + 1), shift=shift)
    for step in grids:
        write_grid(run, step)
    if grids:
        state = {"step": grids[-1], "checkpoint": f"checkpoint-{grids[-1]:07d}.safetensors", "complete": n >= steps}
        (run / STATE).write_text(json.dumps(state), "utf-8")
    return run
