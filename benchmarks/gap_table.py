"""Cells of a table: estimators trained on several sets, tested on one; every cell is kept, so that a run goes on."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gazeaug.drawing.tables import text_table
from gazeaug.estimators.augmentation import augmented
from gazeaug.estimators.options import Augment, EstimatorConfig
from gazeaug.estimators.registry import Estimator, train_estimator
from gazeaug.evaluation.scores import Answers, Score, judge, mean_gaze
from gazeaug.feeding.dataset import to_NCHW

TITLES = ("trained on", "mean, degrees", "median", "within 7 degrees", "gap closed", "seed spread", "constant")


@dataclass(frozen=True, eq=False)
class LabelledEyes:
    """Pictures with gaze, to train on or to test on."""

    name: str
    images: NDArray[np.uint8]
    look_vec: NDArray[Any]
    head_pose: NDArray[Any] | None = None
    augment: Augment = "none"
    """What is done to the pictures while training on them."""
    test_pose: Callable[[Estimator], NDArray[Any]] | None = None
    """Gives the test eyes' head poses where they depend on the trained estimator."""


def answered(
    folder: Path, config: EstimatorConfig, train: LabelledEyes, test: LabelledEyes, seed: int
) -> NDArray[np.float64]:
    """Pitch and yaw for the test eyes, (N, 2), of an estimator trained on a set; read back where it was done before."""
    config = dataclasses.replace(config, augment=train.augment)
    pose = None if train.head_pose is None else test.head_pose
    given = [train.images, train.look_vec, train.head_pose, test.images, pose]
    key = hashlib.sha256(f"{dataclasses.asdict(config)} {seed}".encode())
    for array in given:
        key.update(b"" if array is None else np.ascontiguousarray(array).data)
    path = folder / f"{config.estimator}-{train.name.replace(' ', '_')}-{seed}-{key.hexdigest()[:12]}.npy"
    if path.is_file():
        found: NDArray[np.float64] = np.load(path)
        return found
    began = time.monotonic()
    estimator = train_estimator(config, pictures_of(config, train, seed), train.look_vec, train.head_pose, seed=seed)
    answer = estimator(test.images, pose if train.test_pose is None else train.test_pose(estimator))
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npy")
    np.save(partial, answer)
    partial.rename(path)
    print(f"# {config.estimator}, {train.name}, seed {seed}: {time.monotonic() - began:.0f} s", flush=True)
    return answer


def pictures_of(config: EstimatorConfig, train: LabelledEyes, seed: int) -> NDArray[np.uint8]:
    """The training pictures; nearest neighbours have no epochs, so they get one augmented copy."""
    if config.estimator != "knn" or train.augment == "none":
        return train.images
    chance = torch.Generator().manual_seed(seed)
    parts = [augmented(part, train.augment, chance) for part in torch.split(to_NCHW(train.images), 512)]
    return torch.cat(parts).round().to(torch.uint8)[:, 0].numpy()


def scored(
    folder: Path,
    config: EstimatorConfig,
    sets: Sequence[LabelledEyes],
    test: LabelledEyes,
    *,
    seeds: int,
    reference: str | None,
) -> list[Score]:
    """A row of figures for each set; the first is the synthetic one, `reference` the name of the real-trained one."""
    answers = []
    for train in sets:
        said = np.stack([answered(folder, config, train, test, seed) for seed in range(seeds)])
        answers.append(Answers(train.name, len(train.images), True, mean_gaze(train.look_vec), said))
    return judge(answers, test.look_vec, None, reference=reference)


def score_table(scores: Sequence[Score]) -> str:
    """Markdown."""
    return text_table([TITLES, *map(cells, scores)])


def cells(score: Score) -> tuple[str, ...]:
    """A row, as `TITLES` names it."""
    closed = "" if score.gap_closed is None else score.gap_closed.text(".0%")
    spread = "" if score.seed_spread is None else f"{score.seed_spread:.2f}"
    figures = score.mean.text(), f"{score.median.value:.2f}", score.within.text(".0%"), closed, spread
    return (score.name, *figures, f"{score.constant:.2f}")
