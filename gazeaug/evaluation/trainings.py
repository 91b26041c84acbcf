"""The trainings of an evaluation: which estimator learns from which rows, and for which test rows it answers.

Shape suffixes: S seeds, N test rows.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.estimators.registry import train_estimator
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug.evaluation.scores import mean_gaze
from gazeaug.evaluation.sets import EyeSet
from gazeaug.feeding.devices import choose_device
from gazeaug.provenance import releases
from gazeaug.training.determinism import deterministic

LEAVE_ONE_OUT = "test set, other subjects"
DECIDING = ("gazeaug", "numpy", "scikit-learn", "torch")  # packages whose release may change an answer

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Training:
    """One estimator to train."""

    title: str
    """A few words for people."""
    learned: EyeSet
    rows: NDArray[np.int64]
    """Of `learned`, which the estimator learns from."""
    asked: EyeSet
    asked_rows: NDArray[np.int64]
    """Of `asked`, the test set, which it answers for."""
    seed: int

    def answer(self, config: EstimatorConfig) -> NDArray[np.float32]:
        """Train, and give pitch and yaw in radians, (N, 2), of the rows asked for."""
        learned, rows, asked, asked_rows = self.learned, self.rows, self.asked, self.asked_rows
        with deterministic(choose_device(config.device)):
            pose = None if learned.head_pose is None else learned.head_pose[rows]
            estimator = train_estimator(config, learned.images[rows], learned.look_vec[rows], pose, seed=self.seed)
            said = estimator(asked.images[asked_rows], None if asked.head_pose is None else asked.head_pose[asked_rows])
        return said.astype(np.float32)

    def fingerprint(self, config: EstimatorConfig) -> str:
        """A SHA-256 of all that decides the answers: the content of rows, options, seed, device and releases."""
        said = {
            "learned": digest_of(self.learned, self.rows, with_gaze=True),
            "asked": digest_of(self.asked, self.asked_rows, with_gaze=False),
            "estimator": dataclasses.asdict(config) | {"device": choose_device(config.device).type},
            "seed": self.seed,
            "releases": releases(*DECIDING),
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def digest_of(eyes: EyeSet, rows: NDArray[np.int64], *, with_gaze: bool) -> str:
    """A SHA-256 of the content of some rows, in their order."""
    digest = hashlib.sha256(eyes.digests[rows].tobytes())
    for values in (eyes.look_vec if with_gaze else None, eyes.head_pose):
        if values is not None:
            digest.update(f"{values.dtype} {values.shape[1:]}".encode() + np.ascontiguousarray(values[rows]).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Trial:
    """One training set at one size: its trainings, a list for each seed."""

    name: str
    n_images: int
    is_largest: bool
    mean_gaze: NDArray[Any]
    """Of the training set, (3,)."""
    by_seed: list[list[Training]]

    @cached_property
    def trainings(self) -> list[Training]:
        """Of all seeds."""
        return [training for trainings in self.by_seed for training in trainings]

    def joined(self, answers: Sequence[NDArray[np.float32]], n_test: int) -> Array:
        """The answers of `trainings`, in their order, as (S, N, 2)."""
        found, left = np.empty((len(self.by_seed), n_test, 2)), iter(answers)
        for seed, trainings in enumerate(self.by_seed):
            for training in trainings:
                found[seed, training.asked_rows] = next(left)
        return found


def plan_trials(config: EvaluateConfig, sets: Sequence[EyeSet], test: EyeSet) -> list[Trial]:
    """All trials of an evaluation: each set at each size once, then the test set's own subjects.

    Raises:
        InputError: leaving one out of one subject, or a picture that two subjects have.
    """
    everything = np.arange(len(test))
    trials = []
    for eyes in dict.fromkeys(sets):
        counts = sorted({min(size or len(eyes), len(eyes)) for size in config.subset})
        for n in counts:
            by_seed = [
                [Training(f"{eyes.name}, {n:,} eyes, seed {seed}", eyes, eyes.rows(n, seed), test, everything, seed)]
                for seed in range(config.seeds)
            ]
            trials.append(Trial(eyes.name, n, n == counts[-1], mean_gaze(eyes.look_vec), by_seed))
    if config.leave_one_out:
        parts = parts_by_subject(test)
        by_seed = [
            [
                Training(f"all subjects but {subject}, seed {seed}", test, others, test, held, seed)
                for subject, held, others in parts
            ]
            for seed in range(config.seeds)
        ]
        trials.append(Trial(LEAVE_ONE_OUT, len(test), True, mean_gaze(test.look_vec), by_seed))
    return trials


def parts_by_subject(test: EyeSet) -> list[tuple[str, NDArray[np.int64], NDArray[np.int64]]]:
    """Each subject with its rows, and all other rows.

    Raises:
        InputError: one subject only, or a picture that two subjects have.
    """
    groups = test.groups
    assert groups is not None
    subjects = np.unique(groups)
    if len(subjects) < 2:
        raise InputError(f"{test.path}: --leave-one-out needs two subjects at least, found '{subjects[0]}' alone.")
    parts = []
    for subject in subjects:
        held, others = (np.flatnonzero(mask) for mask in (groups == subject, groups != subject))
        if np.isin(test.digests[held], test.digests[others]).any():
            raise InputError(f"{test.path}: pictures of subject '{subject}' are there under another subject too.")
        parts.append((str(subject), held, others))
    return parts
