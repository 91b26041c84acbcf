"""Does refining help, and does it help beyond ordinary augmentation? `python -m benchmarks.domain_gap --folder WORK`.

Sample eyes: estimators learn from rendered eyes as they are, with ordinary augmentation (blur, light, noise), with the
real eyes' histogram, refined, refined and augmented, and from labelled camera eyes as the ceiling; all are tested on
other camera eyes. What is in the folder is not done again, so a run that is stopped goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.gap_table import LabelledEyes, score_table, scored
from gazeaug.drift.survey import DriftReport, measure_drift
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.estimators.small_cnn import read_labelled
from gazeaug.eyefile.reader import open_eyes
from gazeaug.refiner.histogram import apply_table, matching_table
from gazeaug.refining.work import refine
from gazeaug.runs.folder import REFINER
from gazeaug.samples.renderer import render_eyes
from gazeaug.samples.sets import make_sample_data
from gazeaug.training.loop import train
from gazeaug_exporters import export_onnx

SETS = ("synthetic", "synthetic, augmented", "histogram matched", "refined", "refined, augmented", "camera")
SHORT = {"n_pool": 1000, "n": 1000, "n_test": 500, "epochs": 2, "seeds": 1, "steps": 60}


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("domain_gap"), help="work, kept between runs")
    parser.add_argument("--n-pool", type=int, default=10_000, help="eyes of either kind that the refiner learns from")
    parser.add_argument("--n", type=int, default=10_000, help="eyes, the first of those, that an estimator learns from")
    parser.add_argument("--n-test", type=int, default=4_000, help="camera eyes that it is tested on")
    parser.add_argument("--estimators", default="small,lenet,knn")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", default=";".join(SETS), help="which sets, with semicolons between")
    parser.add_argument("--refined", type=Path, help="refined sample eyes, row by row of WORK/unityeyes.h5")
    parser.add_argument("--model", type=Path, help="a refiner.onnx to refine with; else one is trained: recipe fast")
    parser.add_argument("--steps", type=int, help="of that training; the recipe's own where not given")
    parser.add_argument("--short", action="store_true", help=f"small sizes, minutes: {SHORT}")
    parser.add_argument("--output", type=Path, help="Markdown file for the tables")
    options = parser.parse_args(arguments)
    if options.short:
        vars(options).update(SHORT)
    return options


def refined_eyes(options: argparse.Namespace, synthetic: Path, real: Path) -> Path:
    """The refined file: as given, of the model given, or of a refiner trained here."""
    if options.refined is not None:
        return Path(options.refined)
    output = Path(options.folder) / "unityeyes.refined.h5"
    if output.is_file():
        return output
    model = options.model
    if model is None:
        run = Path(options.folder) / "run"
        if not (run / REFINER).is_file():
            given = {} if options.steps is None else {"steps": options.steps}
            export_onnx(run_dir=train(synthetic=str(synthetic), real=str(real), run_dir=run, **given))
        model = run / REFINER
    return refine(synthetic, model=model, output=output, rows=options.n, threads=1).output


def sets_of(options: argparse.Namespace) -> tuple[list[LabelledEyes], DriftReport | None]:
    """The training sets by name, and how far the iris drifted where something was refined."""
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in ("unityeyes.h5", "real.h5", "real_truth.h5")]
    if not all(path.is_file() for path in files):
        make_sample_data(folder, rows=options.n_pool, seed=0, overwrite=True)
    synthetic, real, truth = files
    images, look_vec = read_labelled(synthetic)
    with open_eyes(real) as eyes:
        matched = apply_table(images, matching_table(images, eyes.read_images(0, eyes.n_images)))
    sets = {
        "synthetic": LabelledEyes("synthetic", images, look_vec),
        "synthetic, augmented": LabelledEyes("synthetic, augmented", images, look_vec, augment="ordinary"),
        "histogram matched": LabelledEyes("histogram matched", matched, look_vec),
    }
    wanted, drift = options.sets.split(";"), None
    if any(name.startswith("refined") for name in wanted):
        path = refined_eyes(options, synthetic, real)
        drift = measure_drift(synthetic, path)
        refined, _ = read_labelled(path)
        sets["refined"] = LabelledEyes("refined", refined, look_vec)
        sets["refined, augmented"] = LabelledEyes("refined, augmented", refined, look_vec, augment="ordinary")
    sets["camera"] = LabelledEyes("camera", *read_labelled(truth))
    chosen = [sets[name] for name in SETS if name in wanted]
    first = slice(options.n)
    return [replace(one, images=one.images[first], look_vec=one.look_vec[first]) for one in chosen], drift


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each estimator, and the drift."""
    options = options_of(arguments)
    sets, drift = sets_of(options)
    eyes = render_eyes(options.n_test, domain="camera", seed=1)
    test = LabelledEyes("test", eyes.images, eyes.look_vec)
    parts = [
        f"{options.n:,} eyes to train on, {options.n_test:,} other camera eyes to test on, {options.epochs} epochs, "
        f"{options.seeds} seeds; intervals of 95 %."
    ]
    for name in options.estimators.split(","):
        config = EstimatorConfig(estimator=name, epochs=options.epochs, min_updates=0, device="cpu")
        reference = "camera" if any(one.name == "camera" for one in sets) else None
        scores = scored(options.folder / "cells", config, sets, test, seeds=options.seeds, reference=reference)
        parts.append(f"### {name}\n\n{score_table(scores)}")
    if drift is not None:
        parts.append(f"Drift of the iris: {drift.iris}; of the upper lid: {drift.eyelid}.")
    text = "\n\n".join(parts)
    print(text)
    if options.output is not None:
        options.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
