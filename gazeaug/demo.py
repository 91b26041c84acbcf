"""The whole job on sample data, ending in a table: does a gaze estimator learn more from refined eyes?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.drawing.sheets import Column, contact_sheet, save_sheet, title_of_target
from gazeaug.drawing.tables import text_table
from gazeaug.errors import InputError
from gazeaug.estimators.options import Augment, EstimatorConfig
from gazeaug.estimators.registry import train_estimator
from gazeaug.estimators.small_cnn import Labelled, read_labelled
from gazeaug.evaluation.scores import Answers, Score, judge, mean_gaze
from gazeaug.eyefile.reader import open_eyes
from gazeaug.output_kinds import check_folder_name
from gazeaug.outputs import check_output
from gazeaug.progress import each, stages
from gazeaug.refining.work import refine
from gazeaug.renames import renamed
from gazeaug.runs.folder import new_run
from gazeaug.samples.renderer import SampleEyes, render_eyes
from gazeaug.samples.sets import make_sample_data
from gazeaug.training.loop import train

N_TEST = 4_000
SHEET_ROWS = 8
SEEDS = 2  # estimators trained on each set
# What is done, and roughly how long it takes with the defaults, relative to each other; only the time left depends on
# it. The first four follow from a demo of 600 rows and 60 steps (0.9, 64, 8, 1 s of a CPU core); the last is a guess.
STAGES = {
    "making sample eyes": 0.5,
    "training the refiner": 10.0,
    "exporting it to ONNX, proven equal": 0.3,
    "refining the rendered eyes": 0.2,
    "training gaze estimators and testing each on other camera eyes": 8.0,
}
REFINED, CEILING = "refined eyes", "camera eyes (the ceiling)"
TITLES = ("gaze estimator trained on", "mean error on camera eyes, degrees", "within 7 degrees", "gap closed")
SHEET = "eyes.png"
WRITTEN = ("unityeyes.h5", "real.h5", "real_truth.h5", "unityeyes.refined.h5", SHEET)


@dataclass(frozen=True, kw_only=True)
class DemoReport:
    """What the demo measured on camera eyes, by what gaze estimators learned from."""

    sheet: Path
    scores: list[Score]
    seconds: float

    def __str__(self) -> str:
        rows = [
            (
                score.name,
                score.mean.text(),
                score.within.text(".0%"),
                "" if score.gap_closed is None else score.gap_closed.text(".0%"),
            )
            for score in self.scores
        ]
        error = {score.name: score.mean.value for score in self.scores}
        closed = (self.scores[0].mean.value - error[REFINED]) / (self.scores[0].mean.value - error[CEILING])
        verdict = (
            f"refining closed {closed:.0%} of the gap" if closed > 0 else f"refining widened the gap by {-closed:.0%}"
        )
        end = f"{verdict}; intervals of 95 %; {self.seconds:.0f} s in all; pictures: {self.sheet}"
        return f"{text_table([TITLES, *rows])}\n{end}"


@renamed(n="rows")
def run_demo(
    folder: Path,
    export: Callable[[Path], Path],
    *,
    rows: int = 10_000,
    seed: int = 0,
    overwrite: bool = False,
    say: Callable[[str], None] = lambda _: None,
    **training: Any,
) -> DemoReport:
    """Sample data, train, export, refine, then estimators trained on synthetic, refined and camera eyes.

    Args:
        folder: where everything goes.
        export: makes an ONNX refiner of a run directory and returns it (the exporter is not part of this package).
        rows: eyes in each of the two sets.
        seed: of everything.
        overwrite: replace the files of an earlier demo.
        say: told what comes next.
        training: options of `TrainConfig`.

    Raises:
        InputError: too few eyes, or files of an earlier demo.
    """
    if rows < SHEET_ROWS:
        raise InputError(f"--rows must be at least {SHEET_ROWS}, got {rows}.")
    check_folder_name(folder)
    for path in (folder / name for name in WRITTEN if folder.is_dir()):
        check_output(path, overwrite=overwrite)
    began = time.monotonic()
    with stages("demo", list(STAGES), weights=list(STAGES.values())) as names:
        next(names)
        say(f"1/5 making {rows:,} rendered eyes with labels and {rows:,} camera eyes without, in {folder}")
        synthetic, real, truth = make_sample_data(folder, rows=rows, seed=seed, overwrite=True)
        say(f"2/5 {next(names)}")
        run = train(synthetic=str(synthetic), real=str(real), run_dir=new_run(folder / "runs"), seed=seed, **training)
        say(f"3/5 {next(names)}")
        model = export(run)
        say(f"4/5 {next(names)}")
        refined = refine(synthetic, model=model, overwrite=True, fresh=True).output
        sheet = draw_sheet(folder / "eyes.png", synthetic, refined, real)
        say(f"5/5 {next(names)}")
        test = render_eyes(min(N_TEST, rows), domain="camera", seed=seed + 1)
        sets: list[tuple[str, Path, Augment]] = [
            ("synthetic eyes", synthetic, "none"),
            ("the same, with ordinary augmentation", synthetic, "ordinary"),
            (REFINED, refined, "none"),
            (CEILING, truth, "none"),
        ]
        answers = [
            answer(name, read_labelled(eyes), test, seed, augment=augment)
            for name, eyes, augment in each(sets, "training sets", unit="sets")
        ]
        next(names, None)
    scores = judge(answers, test.look_vec, None, reference=CEILING)
    return DemoReport(sheet=sheet, scores=scores, seconds=time.monotonic() - began)


def answer(name: str, eyes: Labelled, test: SampleEyes, seed: int, *, augment: Augment = "none") -> Answers:
    """What estimators trained on a set, each with a seed of its own, say of the test eyes."""
    images, look_vec = eyes
    config = EstimatorConfig(augment=augment, min_updates=0)
    seeds = each(range(seed, seed + SEEDS), "gaze estimators", unit="estimators")
    said = [train_estimator(config, images, look_vec, seed=one)(test.images) for one in seeds]
    return Answers(name, len(images), True, mean_gaze(look_vec), np.stack(said))


def draw_sheet(path: Path, synthetic: Path, refined: Path, real: Path) -> Path:
    """Two times synthetic | refined | what it was refined towards, side by side."""
    columns, target = [], title_of_target(real)
    for start in (0, SHEET_ROWS):
        for title, source in [("synthetic", synthetic), ("refined", refined), (target, real)]:
            with open_eyes(source) as eyes:
                rows = np.arange(start, start + SHEET_ROWS) % eyes.n_images
                columns.append(Column(title, eyes.read_rows(rows)))
    save_sheet(contact_sheet(columns), path)
    return path
