"""Every page that gazeaug writes, from small made eyes: for tests in a browser and for screenshots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.estimators.options import EstimatorConfig
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug.evaluation.page import write_evaluation_page
from gazeaug.evaluation.realism import measure_realism
from gazeaug.evaluation.realism_page import write_realism_page
from gazeaug.evaluation.trials import evaluate
from gazeaug.evaluation.turing import write_turing_page
from gazeaug.experiments.page import write_experiments_page
from gazeaug.experiments.questions import EXPERIMENTS, LOOKED_AT, Result
from gazeaug.runs.report import write_report
from gazeaug.samples.renderer import render_eyes
from gazeaug.training.loop import train
from tests.makers.runs import TINY

N = 120
# Grids that differ, of eyes that can be looked at: a camera says nothing after so few steps.
QUICK: dict[str, Any] = {"steps": 6, "validation_interval": 2, "checkpoint_interval": 2, "learning_rate": 0.005}
QUICK |= {"camera": False, "camera_steps": 0}
GAZE_ERRORS = {1: (9.1, 8.2, 7.6, 7.5), 2: (7.7, 7.6, 7.5), 3: (7.6, 7.6, 7.6), 4: (8.3, 7.6), 5: (7.6, 7.5)}


def write_every_page(folder: Path) -> dict[str, Path]:
    """Write all pages; by name."""
    files = {
        name: write_sample(folder / f"{name}.h5", domain, seed)
        for name, domain, seed in (
            ("synthetic", "synthetic", 0),
            ("refined", "synthetic", 1),
            ("camera", "camera", 0),
            ("test", "camera", 1),
        )
    }
    run = train(synthetic=str(files["synthetic"]), real=str(files["camera"]), **(TINY | QUICK), run_dir=folder / "run")
    return {
        "report": write_report(run),
        "experiments": write_experiments_page(made_results(run.name), folder / "experiments.html", runs=folder),
        "evaluation": evaluation_page(files, folder),
        "realism": realism_page(files, folder),
        "turing": write_turing_page(files["refined"], files["camera"], folder / "turing.html"),
    }


def write_sample(path: Path, domain: str, seed: int) -> Path:
    """Eyes of the built-in renderer with their gaze, of six subjects."""
    eyes = render_eyes(N, domain=domain, seed=seed)
    with h5py.File(path, "w") as file:
        file["image"], file["look_vec"], file["subject"] = eyes.images, eyes.look_vec, np.arange(N) % 6
    return path


def made_results(run: str) -> dict[int, list[Result]]:
    """Results of all experiments, as if each of their runs had left the pictures of one."""
    looks = {**dict.fromkeys(LOOKED_AT, 0.5), "sharpness": 1.02, "drift_median": 0.12, "score": 0.31}
    return {
        number: [
            Result(run=run, value=value, milliseconds=41.0 + place, looks=looks, error=error)
            for place, ((value, _), error) in enumerate(
                zip(experiment.settings(1000), GAZE_ERRORS[number], strict=False)
            )
        ]
        for number, experiment in EXPERIMENTS.items()
    }


def evaluation_page(files: dict[str, Path], folder: Path) -> Path:
    """Two training sets at two sizes on six subjects."""
    train_on = [str(files[name]) for name in ("refined", "camera")]
    config = EvaluateConfig(train=train_on, test=str(files["test"]), subset=(40, None), group="subject", seeds=1)
    found = evaluate(config, EstimatorConfig(estimator="knn", device="cpu"))
    return write_evaluation_page(found, folder / "evaluation.html")


def realism_page(files: dict[str, Path], folder: Path) -> Path:
    """With classifiers of a few updates: the page is looked at, not the figures."""
    names = ("synthetic", "refined", "camera")
    with pytest.MonkeyPatch.context() as patched:
        for name, value in (("EPOCHS", 1), ("LEAST_UPDATES", 4)):
            patched.setattr(f"gazeaug.evaluation.two_sample_test.{name}", value)
        found = measure_realism(files["refined"], files["camera"], synthetic=files["synthetic"], force=True)
    return write_realism_page(found, [files[name] for name in names], folder / "realism.html")
