"""The whole job on sample data, ending in a table: does a gaze estimator learn more from refined eyes?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eye_renderer import render_eyes
from gazeaug.eyes import open_eyes
from gazeaug.gaze_cnn import mean_angular_error, read_labelled, train_gaze_cnn
from gazeaug.refining import refine
from gazeaug.runs import new_run
from gazeaug.sample_eyes import make_sample_data
from gazeaug.sheets import Column, contact_sheet, save_sheet
from gazeaug.training import train

N_TEST = 4_000
SHEET_ROWS = 8


@dataclass
class DemoReport:
    """What the demo measured: mean angular errors on camera eyes, in degrees, by what the estimator learned from."""

    sheet: Path
    errors: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    def __str__(self) -> str:
        lines = ["| gaze estimator trained on | mean error on camera eyes |", "|---|---|"]
        lines += [f"| {name} | {error:.2f} degrees |" for name, error in self.errors.items()]
        synthetic, refined, camera = self.errors.values()
        closed = (synthetic - refined) / (synthetic - camera)
        verdict = (
            f"refining closed {closed:.0%} of the gap" if closed > 0 else f"refining widened the gap by {-closed:.0%}"
        )
        return "\n".join([*lines, f"{verdict}; {self.seconds:.0f} s in all; pictures: {self.sheet}"])


def run_demo(
    folder: Path,
    export: Callable[[Path], Path],
    *,
    n: int = 10_000,
    steps: int | None = None,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> DemoReport:
    """Sample data, train, export, refine, then estimators trained on synthetic, refined and camera eyes.

    Args:
        folder: where everything goes; files of an earlier demo are replaced.
        export: makes an ONNX refiner of a run directory and returns it (the exporter is not part of this package).
        n: eyes in each domain.
        steps: training steps; the default of `TrainConfig` where None.
        seed: of everything.
        say: told what comes next.

    Raises:
        InputError: too few eyes.
    """
    if n < SHEET_ROWS:
        raise InputError(f"--n must be at least {SHEET_ROWS}, got {n}.")
    began = time.monotonic()
    say(f"1/5 making {n:,} rendered eyes with labels and {n:,} camera eyes without, in {folder}")
    synthetic, real, truth = make_sample_data(folder, n=n, seed=seed, overwrite=True)
    say("2/5 training the refiner")
    options: dict[str, Any] = {} if steps is None else {"steps": steps}
    run = train(synthetic=str(synthetic), real=str(real), run_dir=new_run(folder / "runs"), seed=seed, **options)
    say("3/5 exporting it to ONNX, proven equal")
    model = export(run)
    say("4/5 refining the rendered eyes")
    refined = refine(synthetic, model=model, overwrite=True, fresh=True).output
    say("5/5 training gaze estimators and testing each on other camera eyes")
    report = DemoReport(draw_sheet(folder / "eyes.png", synthetic, refined, real))
    test = render_eyes(min(N_TEST, n), domain="camera", seed=seed + 1)
    named = {"synthetic eyes": synthetic, "refined eyes": refined, "camera eyes (the ceiling)": truth}
    for name, path in named.items():
        estimator = train_gaze_cnn(*read_labelled(path), seed=seed)
        report.errors[name] = mean_angular_error(estimator, test.images, test.look_vec)
    report.seconds = time.monotonic() - began
    return report


def draw_sheet(path: Path, synthetic: Path, refined: Path, real: Path) -> Path:
    """Two times synthetic | refined | real, side by side."""
    columns = []
    for start in (0, SHEET_ROWS):
        for title, source in [("synthetic", synthetic), ("refined", refined), ("real", real)]:
            with open_eyes(source) as eyes:
                rows = np.arange(start, start + SHEET_ROWS) % eyes.n_images
                columns.append(Column(title, eyes.read_rows(rows)))
    save_sheet(contact_sheet(columns), path)
    return path
