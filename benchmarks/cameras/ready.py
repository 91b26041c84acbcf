"""One refiner for cameras that it never saw: `python -m benchmarks.cameras.ready --folder WORK`.

Refiners are trained towards unlabelled eyes of several cameras of the bank together. Each is judged on the cameras
that were left out of its training, against ordinary augmentation; they are left out in groups, which asks more of it
than one at a time. `--write FILE` then trains one towards all groups: the refiner that the package holds. Equalised
eyes are in no training: what a refiner ends in is one thing for all its pictures.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.cameras.bank import camera_eyes
from benchmarks.cameras.judging import ON_A_SHEET, UNLABELLED, Task, draw_sheet, learned, plain_cell
from benchmarks.cameras.table import shares
from benchmarks.real_gap.refiners import refined_with, trained
from benchmarks.training_options import training_options
from gazeaug.drawing.tables import text_table
from gazeaug.estimators.small_cnn import mean_angular_error
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.runs.folder import REFINER
from gazeaug.samples.renderer import SampleEyes

GROUPS = (("phone", "infrared", "bayer"), ("webcam", "shrunk", "hdr"), ("sample", "glasses", "denoised"))
NEVER_TRAINED_ON = ("equalised",)
BRIGHTNESS, CONTRAST = (70.0, 190.0), (0.8, 1.2)  # mean grey level, factor
SEEDS_APART = 50  # of two cameras' eyes, so that no two show the same
CAMERA_ALONE = ["steps=1", "blocks=1", "features=8", "gaze_guard=0", "camera_steps=600"]  # nothing is redrawn
WAYS = ("rendered", "augmented", "refined", "refined, augmented", "labelled")
TITLES = ("left out", *(f"{way}, degrees" for way in WAYS), "gap closed: refined", "augmentation", "both")


NamedCell = tuple[str, dict[str, Any]]


def eyes_of(cameras: Sequence[str], given: argparse.Namespace) -> NDArray[np.uint8]:
    """Unlabelled eyes, as many of each camera."""
    n = given.n // len(cameras)
    seeds = [UNLABELLED + given.seed + SEEDS_APART * i for i in range(len(cameras))]
    return np.concatenate(
        [camera_eyes(camera, n, seed=seed).images for camera, seed in zip(cameras, seeds, strict=True)]
    )


def exposed_anyhow(images: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Rendered eyes, each at a brightness and contrast of its own.

    Another renderer's pictures are darker or lighter: a camera that knew ours alone would show them black.
    """
    rng = np.random.default_rng(seed)
    middle = images.mean((1, 2), keepdims=True)
    wanted, contrast = rng.uniform(*BRIGHTNESS, middle.shape), rng.uniform(*CONTRAST, middle.shape)
    shown: NDArray[np.uint8] = np.rint(np.clip((images - middle) * contrast + wanted, 0, 255)).astype(np.uint8)
    return shown


def others(left_out: Sequence[str]) -> list[str]:
    """The cameras of all other groups."""
    return [camera for group in GROUPS for camera in group if camera not in left_out]


def measure(left_out: Sequence[str], judged: Sequence[str], given: argparse.Namespace) -> list[NamedCell]:
    """Degrees on each of the judged cameras, learned in each of `WAYS`; the refiner saw none of them."""
    task = Task(camera=judged[0], seed=given.seed, n=given.n, n_test=given.n_test)
    rendered, real = task.rendered(), eyes_of(others(left_out), given)
    images = refined_with(trained_towards(real, rendered, given), given.folder, rendered.images)
    name = "-".join(judged)
    shown = real[evenly_spread(len(real), 2 * ON_A_SHEET)]  # of every camera
    draw_sheet(given.folder / "sheets" / f"ready-{given.label}-{name}.png", rendered.images, images, shown)
    refined = SampleEyes(images, rendered.look_vec, rendered.iris_centre)
    networks = {
        "refined": learned(refined, "none", given.seed),
        "refined, augmented": learned(refined, "ordinary", given.seed),
    }
    found = []
    for camera in judged:
        one = Task(camera=camera, seed=given.seed, n=given.n, n_test=given.n_test)
        plain, test = plain_cell(given.folder, one), one.test()
        ours = {way: mean_angular_error(network, test.images, test.look_vec) for way, network in networks.items()}
        found.append((camera, {**plain, **ours}))
        print(f"# {camera}: {table(found[-1:])}", flush=True)
    return found


def trained_towards(real: NDArray[np.uint8], rendered: SampleEyes, given: argparse.Namespace) -> Path:
    """The run of a refiner."""
    images = exposed_anyhow(rendered.images, given.seed)
    return trained(given.folder, images, rendered.look_vec, real, given.training)


def table(cells: Sequence[NamedCell]) -> str:
    """Markdown: a row for each camera, then the means."""
    closed = [shares(cell) for _, cell in cells]
    rows: list[tuple[str, ...]] = [TITLES]
    for (camera, cell), found in zip(cells, closed, strict=True):
        rows.append((camera, *(f"{cell[way]:.2f}" for way in WAYS), *(f"{share:.0%}" for share in found.values())))
    over = [f"{mean(found[way] for found in closed):.0%}" for way in closed[0]]
    rows.append(("mean", *(f"{mean(cell[way] for _, cell in cells):.2f}" for way in WAYS), *over))
    return text_table(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure group by group, or make the file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cameras.ready", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, metavar="WORK", help="what is kept between runs")
    parser.add_argument("--n", type=int, default=8_000, help="eyes of each kind")
    parser.add_argument("--n-test", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", nargs="*", default=CAMERA_ALONE, metavar="NAME=VALUE", help="options of the training")
    parser.add_argument("--label", default="camera", help="names the contact sheets")
    parser.add_argument("--groups", type=int, default=len(GROUPS), help="how many are left out in turn")
    parser.add_argument("--write", type=Path, metavar="FILE", help="measure nothing: train towards all, write the ONNX")
    given = parser.parse_args(arguments)
    given.training = {**training_options(given.set), "seed": given.seed}
    torch.set_num_threads(1)
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.write is not None:
        task = Task(camera=GROUPS[0][0], seed=given.seed, n=given.n, n_test=given.n_test)
        rendered, real = task.rendered(), eyes_of(others(()), given)
        shutil.copyfile(trained_towards(real, rendered, given) / REFINER, given.write)
        return
    found = []
    for group in GROUPS[: given.groups]:
        found += measure(group, group if group is not GROUPS[-1] else (*group, *NEVER_TRAINED_ON), given)
    print(table(found))


if __name__ == "__main__":
    main()
