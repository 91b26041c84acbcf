"""Rendered eyes against real ones: `python -m benchmarks.real_gap --data ../shared/data --folder WORK`.

Person p00 of MPIIGaze, every other day held back: estimators are tested on those days and nothing else
is done with them. What is left of the days lends its pictures without labels to the refiner, and its labels to the
ceiling alone. Gaze and head pose of the rendered eyes are drawn from the
evaluation subset's fourteen other persons. What is in the folder is not done again, so a run that is stopped goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.gap_table import LabelledEyes, score_table, scored
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.estimators.registry import Estimator
from gazeaug.estimators.small_cnn import read_labelled
from gazeaug.evaluation.scores import mean_gaze
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES, angular_error_degrees, pitchyaw_to_look_vec
from gazeaug.refining.work import refine
from gazeaug.runs.folder import REFINER
from gazeaug.samples.normalised import ABOVE_MM, SIZE, render_normalised
from gazeaug.samples.renderer import SampleEyes, render_eyes
from gazeaug.sets.subsets import match_gaze
from gazeaug.training.loop import train
from gazeaug_exporters import export_onnx

PERSON, JITTER_DEGREES = 0, 2.0
HEIGHT_REACH_MM = 1.2  # of the heights that an estimator can be told
HEIGHT_FITTED = "normalised, the eyeball's height fitted"
CEILING = "real, the other days"


@dataclass(frozen=True, eq=False)
class RealEyes:
    """Pictures of some days, and their truth."""

    images: NDArray[np.uint8]
    pitchyaw: NDArray[np.float64]
    head: NDArray[np.float64]
    days: NDArray[np.str_]

    def of_days(self, days: NDArray[np.str_]) -> RealEyes:
        """Only these."""
        rows = np.isin(self.days, days)
        return RealEyes(self.images[rows], self.pitchyaw[rows], self.head[rows], self.days[rows])


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="mpiigaze_p00 and the gaze table")
    parser.add_argument("--folder", type=Path, default=Path("real_gap"), help="work, kept between runs")
    parser.add_argument("--n", type=int, default=16_000, help="rendered eyes")
    parser.add_argument("--estimators", default="lenet")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, help="of the refiner's training; the recipe's own where not given")
    parser.add_argument("--lambda", dest="lambda_", type=float, default=4.0, help="of the refiner's training")
    parser.add_argument("--discriminator-rate", type=float, default=2.5, help="of the refiner's training")
    parser.add_argument("--match", default="none", help="of the refiner's training: none or histogram")
    parser.add_argument("--sets", help="only these sets, with semicolons between")
    parser.add_argument("--validate", action="store_true", help="split the training days again; never look at the test")
    parser.add_argument("--unrefined", action="store_true", help="leave the refiner out")
    parser.add_argument("--output", type=Path, help="Markdown file for the tables")
    return parser.parse_args(arguments)


def read_halves(data: Path, *, validate: bool) -> tuple[RealEyes, RealEyes]:
    """Days to learn from and days to test on; for a choice that needs labels, both are of the former."""
    with np.load(data / "mpiigaze_p00" / "dev.npz") as found:
        days = np.array([name.split("/")[1] for name in found["name"]])
        pitchyaw, head = found["gaze_pitchyaw"].astype(float), found["headpose_pitchyaw"].astype(float)
        eyes = RealEyes(found["image"], pitchyaw, head, days)
    order = np.unique(days)
    if validate:
        order = order[::2]
    return eyes.of_days(order[::2]), eyes.of_days(order[1::2])


def drawn_angles(data: Path, n: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gaze and head pose of `n` eyes as other persons had them, each blurred by a little."""
    with np.load(data / "mpiigaze_eval_gaze.npz") as table:
        others = table["person"] != PERSON
        pairs = np.concatenate([table["gaze_pitchyaw"][others], table["headpose_pitchyaw"][others]], axis=1)
    dice = np.random.default_rng(seed)
    drawn = pairs[dice.integers(len(pairs), size=n)] + dice.normal(0, np.deg2rad(JITTER_DEGREES), (n, 4))
    return drawn[:, :2], drawn[:, 2:]


def sample_renders(options: argparse.Namespace) -> tuple[LabelledEyes, LabelledEyes]:
    """The clean domain of the sample renderer, as it is, and drawn so that its gaze is spread as the other persons'."""
    folder, rows = options.folder, slice(options.n)
    eyes = render_eyes(2 * options.n, domain="synthetic", seed=0, size=SIZE)
    write_eyes(folder / "sample.h5", eyes)
    gaze, _ = drawn_angles(options.data, 20_000, seed=2)
    np.savez(folder / "target.npz", gaze_pitchyaw=gaze)
    match_gaze(folder / "sample.h5", folder / "target.npz", folder / "matched.h5", n=options.n, overwrite=True)
    matched = LabelledEyes("sample renderer, gaze matched", *read_labelled(folder / "matched.h5"))
    return LabelledEyes("sample renderer", eyes.images[rows], eyes.look_vec[rows]), matched


def write_eyes(path: Path, eyes: SampleEyes | RealEyes) -> None:
    """An eye file; of real eyes the pictures alone."""
    labels = {"look_vec": Label.of("f4", (4,), LOOK_VEC_ATTRIBUTES)} if isinstance(eyes, SampleEyes) else {}
    with EyeWriter(path, image_shape=eyes.images.shape[1:], labels=labels) as writer:
        writer.append(eyes.images, {"look_vec": eyes.look_vec} if isinstance(eyes, SampleEyes) else {})


def refined_eyes(options: argparse.Namespace, rendered: SampleEyes, real: RealEyes) -> NDArray[np.uint8]:
    """Rendered eyes refined towards the unlabelled pictures."""
    folder: Path = options.folder
    source, target = folder / "rendered.h5", folder / "real.h5"
    run = folder / f"run-{options.lambda_:g}-{options.discriminator_rate:g}-{options.match}"
    output = folder / f"{run.name}.h5"
    if not output.is_file():
        write_eyes(source, rendered)
        write_eyes(target, real)
        if not (run / REFINER).is_file():
            given: dict[str, Any] = {} if options.steps is None else {"steps": options.steps}
            given |= {"lambda_": options.lambda_, "match": options.match}
            given |= {"discriminator_rate": options.discriminator_rate}
            export_onnx(run=train(synthetic=str(source), real=str(target), run_dir=run, **given))
        refine(source, model=run / REFINER, output=output, threads=1)
    return read_labelled(output)[0]


def height_fitted(
    data: Path, gaze: NDArray[np.float64], head: NDArray[np.float64], real: RealEyes, held_back: RealEyes
) -> LabelledEyes:
    """Rendered eyes whose height of the eyeball the estimator is told, beside the head pose.

    For the real eyes it is the height at which the mean pitch of the unlabelled ones is that of other persons.
    """
    heights = ABOVE_MM + np.random.default_rng(1).uniform(-HEIGHT_REACH_MM, HEIGHT_REACH_MM, len(gaze))
    eyes = render_normalised(gaze, head, seed=0, above_mm_N=heights)
    wanted = drawn_angles(data, 20_000, seed=2)[0][:, 0].mean()

    def test_pose(estimator: Estimator) -> NDArray[np.float64]:
        tried = ABOVE_MM + HEIGHT_REACH_MM * np.linspace(1, -1, 21)  # the higher the eyeball, the lower the gaze
        pitches = [estimator(real.images, told(real.head, height))[:, 0].mean() for height in tried]
        height = float(np.interp(wanted, pitches, tried))
        print(f"# the eyeball's height: {height:.2f} mm", flush=True)
        return told(held_back.head, height)

    return LabelledEyes(HEIGHT_FITTED, eyes.images, eyes.look_vec, told(head, heights), test_pose=test_pose)


def told(head_N2: NDArray[np.float64], height_mm: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """What an estimator gets beside the picture: the head pose, and the eyeball's height."""
    above = np.broadcast_to((height_mm - ABOVE_MM) / HEIGHT_REACH_MM, len(head_N2))
    return np.column_stack([head_N2, above])


def sets_of(options: argparse.Namespace, real: RealEyes, held_back: RealEyes) -> list[LabelledEyes]:
    """Everything that an estimator may learn from."""
    sample, matched = sample_renders(options)
    gaze, head = drawn_angles(options.data, options.n, seed=0)
    eyes = render_normalised(gaze, head, seed=0)
    rendered = LabelledEyes("normalised renderer", eyes.images, eyes.look_vec, head)
    sets = [
        sample,
        matched,
        replace(matched, name="sample renderer, matched, augmented", augment="ordinary"),
        rendered,
        replace(rendered, name="normalised, augmented", augment="ordinary"),
        LabelledEyes(CEILING, real.images, pitchyaw_to_look_vec(real.pitchyaw), real.head),
    ]
    if options.validate:  # it came after the one look at the test days, and did not help
        sets.append(height_fitted(options.data, gaze, head, real, held_back))
    if not options.unrefined:
        refined = replace(rendered, name="normalised, refined", images=refined_eyes(options, eyes, real))
        sets += [refined, replace(refined, name="normalised, refined, augmented", augment="ordinary")]
    return [one for one in sets if options.sets is None or one.name in options.sets.split(";")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each estimator."""
    torch.set_num_threads(1)
    options = options_of(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    real, held_back = read_halves(options.data, validate=options.validate)
    test = LabelledEyes("test", held_back.images, pitchyaw_to_look_vec(held_back.pitchyaw), held_back.head)
    sets = sets_of(options, real, held_back)
    constant = constant_error(options.data, test)
    n_days = len(np.unique(held_back.days))
    parts = [
        f"{options.n:,} rendered eyes, {len(real.images)} real ones unlabelled; tested on {len(test.images)} eyes of "
        f"{n_days} other days; {options.epochs} epochs, {options.seeds} seeds; intervals of 95 %. Always answering the "
        f"other persons' mean gaze is {constant:.2f} degrees off."
    ]
    for name in options.estimators.split(","):
        config = EstimatorConfig(estimator=name, epochs=options.epochs, normalise="equalise", device="cpu")
        reference = CEILING if any(one.name == CEILING for one in sets) else None
        scores = scored(options.folder / "cells", config, sets, test, seeds=options.seeds, reference=reference)
        parts.append(f"### {name}\n\n{score_table(scores)}")
    text = "\n\n".join(parts)
    print(text)
    if options.output is not None:
        options.output.write_text(text + "\n", encoding="utf-8")


def constant_error(data: Path, test: LabelledEyes) -> float:
    """What always answering the other persons' mean gaze costs on the test eyes, degrees."""
    gaze, _ = drawn_angles(data, 20_000, seed=2)
    constant = np.tile(mean_gaze(pitchyaw_to_look_vec(gaze)), (len(test.images), 1))
    return float(angular_error_degrees(constant, test.look_vec).mean())


if __name__ == "__main__":
    main()
