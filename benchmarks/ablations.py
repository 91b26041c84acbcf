"""What each part of the method is worth: `python -m benchmarks.ablations --folder WORK [--only NAME;NAME]`.

Refiners that differ in one thing are trained on the same sample eyes from the same seed; estimators then learn from
what each refines and are tested on camera eyes. What is in the folder is not done again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor

from benchmarks.candidates import blurred, normalised
from benchmarks.gap_table import LabelledEyes, score_table, scored
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.estimators.small_cnn import read_labelled
from gazeaug.refiner.discriminator import Discriminator
from gazeaug.refiner.history import History
from gazeaug.refiner.losses import identity, self_regularisation
from gazeaug.refining.work import refine
from gazeaug.runs.folder import METRICS, REFINER, read_lines
from gazeaug.samples.renderer import render_eyes
from gazeaug.samples.sets import make_sample_data
from gazeaug.training.loop import train
from gazeaug_exporters import export_onnx

SHOWN = (
    "drift_median",
    "drift_p99",
    "distance",
    "redrawn",
    "change",
    "sharpness",
    "accuracy_held_out",
    "accuracy_refined",
)


class Forgetful(History):
    """A history that never remembers."""

    def store(self, *_: Any, **__: Any) -> None:
        """Nothing is kept."""


class WholeImage(Discriminator):
    """One judgement a picture: the mean of its patches' logits."""

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Logits (N, 2, 1)."""
        return super().forward(images_NCHW).mean(2, keepdim=True)


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """One thing done differently from the recipe `fast`."""

    options: dict[str, Any] = field(default_factory=dict)
    history: type[History] = History
    discriminator: type[Discriminator] = Discriminator
    psi: Callable[[Tensor], Tensor] = identity
    variants: int = 1
    """Refined eyes of each rendered one, with other noise."""


ABLATIONS = {
    "fast": Ablation(),
    "no camera": Ablation(options={"camera": False, "appearance": 0.0}),
    "camera alone": Ablation(options={"steps": 1, "camera_steps": 600}),
    "without history": Ablation(history=Forgetful),
    "whole-image discriminator": Ablation(discriminator=WholeImage),
    "lambda 0": Ablation(options={"lambda_": 0.0}),
    "lambda 0.25": Ablation(options={"lambda_": 0.25}),
    "lambda 4": Ablation(options={"lambda_": 4.0}),
    "feature map: normalised": Ablation(psi=normalised),
    "feature map: blurred": Ablation(psi=blurred),
    "4x refined data": Ablation(variants=4),
    "one style": Ablation(options={"styles": 1}),
    "no appearance": Ablation(options={"appearance": 0.0}),
}


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("ablations"), help="work, kept between runs")
    parser.add_argument("--only", default=";".join(ABLATIONS), help="names, with semicolons between")
    parser.add_argument("--n-pool", type=int, default=10_000, help="eyes of either kind that refiners learn from")
    parser.add_argument("--n", type=int, default=4_000, help="eyes that an estimator learns from")
    parser.add_argument("--n-test", type=int, default=3_000)
    parser.add_argument("--steps", type=int, default=1_500)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--estimator", default="small")
    parser.add_argument("--output", type=Path, help="Markdown file for the table")
    return parser.parse_args(arguments)


@contextmanager
def doing(ablation: Ablation) -> Iterator[None]:
    """While this lasts, training does what the ablation says; its options are for the caller to give."""

    def regularisation(refined: Tensor, synthetic: Tensor, *_: Any, **__: Any) -> Tensor:
        return self_regularisation(refined, synthetic, ablation.psi)

    with (
        mock.patch("gazeaug.training.state.History", ablation.history),
        mock.patch("gazeaug.training.state.Discriminator", ablation.discriminator),
        mock.patch("gazeaug.training.algorithm.self_regularisation", regularisation),
    ):
        yield


def model_of(name: str, ablation: Ablation, options: argparse.Namespace) -> Path:
    """The exported refiner; the 4x data are refined by the one of `fast`."""
    run: Path = options.folder / ("fast" if ablation == Ablation(variants=ablation.variants) else slug(name))
    if not (run / REFINER).is_file():
        synthetic, real = (str(options.folder / name) for name in ("unityeyes.h5", "real.h5"))
        given: dict[str, Any] = {"steps": options.steps, **ablation.options}
        with doing(ablation):
            export_onnx(run_dir=train(synthetic=synthetic, real=real, run_dir=run, **given))
    return run / REFINER


def slug(name: str) -> str:
    """A name as a folder."""
    return name.replace(":", "").replace(" ", "_")


def refined_set(name: str, ablation: Ablation, options: argparse.Namespace) -> tuple[LabelledEyes, str]:
    """What estimators learn from, and the last validation of the refiner's training."""
    model, source = model_of(name, ablation, options), options.folder / "unityeyes.h5"
    images = []
    _, look_vec = read_labelled(source)
    for variant in range(ablation.variants):
        output = model.parent / f"refined-{variant}.h5"
        if not output.is_file():
            refine(source, model=model, output=output, variant=variant, rows=options.n, threads=1)
        images.append(read_labelled(output)[0])
    last = read_lines(model.parent / METRICS)[-1]
    said = ", ".join(f"{key} {last[key]:.2f}" for key in SHOWN)
    return LabelledEyes(name, np.concatenate(images), np.tile(look_vec[: options.n], (ablation.variants, 1))), said


def labelled(name: str, path: Path, rows: slice) -> LabelledEyes:
    """The first eyes of a file."""
    images, look_vec = read_labelled(path)
    return LabelledEyes(name, images[rows], look_vec[rows])


def repeated(eyes: LabelledEyes, times: int) -> LabelledEyes:
    """A set so many times over: nothing new, but as many updates as for that many variants."""
    tiles = (times, *[1] * (eyes.images.ndim - 1))
    return LabelledEyes(
        f"{eyes.name}, seen {times} times", np.tile(eyes.images, tiles), np.tile(eyes.look_vec, (times, 1))
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    torch.set_num_threads(1)
    options = options_of(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    files = [options.folder / name for name in ("unityeyes.h5", "real.h5", "real_truth.h5")]
    if not all(path.is_file() for path in files):
        make_sample_data(options.folder, rows=options.n_pool, seed=0, overwrite=True)
    first, eyes = slice(options.n), render_eyes(options.n_test, domain="camera", seed=1)
    synthetic, camera = labelled("synthetic", files[0], first), labelled("camera", files[2], first)
    made = {name: refined_set(name, ABLATIONS[name], options) for name in options.only.split(";")}
    sets = [synthetic, *(eyes for eyes, _ in made.values()), camera]
    most = max(ABLATIONS[name].variants for name in made)
    if most > 1:  # an estimator that sees four variants of an eye has four times the updates
        sets += [
            repeated(eyes, most) for eyes in (synthetic, *(made[name][0] for name in made if name == "fast"), camera)
        ]
    config = EstimatorConfig(estimator=options.estimator, epochs=options.epochs, min_updates=0, device="cpu")
    test = LabelledEyes("test", eyes.images, eyes.look_vec)
    scores = scored(options.folder / "cells", config, sets, test, seeds=options.seeds, reference="camera")
    validations = "\n".join(f"- {name}: {said}" for name, (_, said) in made.items())
    text = (
        f"{options.steps:,} steps, {options.n:,} eyes to train on, {options.epochs} epochs of {options.estimator}, "
        f"{options.seeds} seeds.\n\n{score_table(scores)}\n\n"
        f"The last validation of each training:\n\n{validations}"
    )
    print(text)
    if options.output is not None:
        options.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
