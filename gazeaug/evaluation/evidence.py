"""What a page shows of an evaluation beyond its figures: answers beside the truth, and pictures to look at.

Shape suffixes: S seeds, N test rows, K pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.evaluation.scores import Answers, errors_of
from gazeaug.evaluation.sets import EyeSet
from gazeaug.eyefile.hdf5 import create_hdf5, open_hdf5
from gazeaug.gaze.angles import look_vec_to_pitchyaw, pitchyaw_to_look_vec
from gazeaug.outputs import replacing, writing_to

PREDICTIONS = "predictions.h5"
N_SAMPLES, N_EXTREME = 12, 6  # pictures of each training set; best and worst eyes of the test set
AXES = "seed, row of the test set, (pitch, yaw) in radians; pitch up, yaw image-left positive"

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pictures:
    """Some rows of a set."""

    rows: NDArray[np.int64]
    images: NDArray[np.uint8]
    """(K, H, W) or (K, H, W, 3)."""
    pitchyaw: Array
    """The true gaze in radians, (K, 2)."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Answers of all trials, and pictures of all sets."""

    answers: Sequence[Answers]
    truth: Array
    """Pitch and yaw of the test set in radians, (N, 2)."""
    samples: Mapping[str, Pictures]
    """Of each training set, spread evenly over its rows."""
    best: Mapping[str, Pictures]
    """Test eyes with the smallest errors, by training set at its largest size, best first."""
    worst: Mapping[str, Pictures]
    """With the largest errors, worst first."""

    def errors(self, name: str) -> Array:
        """Mean error of each test row over the seeds, degrees (N,), by the estimators of one set at its largest."""
        return errors_by_row(self.largest(name), self.truth)

    def estimates(self, name: str) -> Array:
        """Mean pitch and yaw over the seeds, radians (N, 2)."""
        found: Array = self.largest(name).pitchyaw.mean(0)
        return found

    def largest(self, name: str) -> Answers:
        """The answers of one set at its largest size."""
        return next(one for one in self.answers if one.name == name and one.is_largest)


def errors_by_row(answers: Answers, truth: Array) -> Array:
    """Mean error of each test row over the seeds, degrees (N,)."""
    found: Array = errors_of(answers.pitchyaw, pitchyaw_to_look_vec(truth)).mean(0)
    return found


def collect(answers: Sequence[Answers], sets: Iterable[EyeSet], test: EyeSet) -> Evidence:
    """The evidence of an evaluation that has just been made."""
    truth = look_vec_to_pitchyaw(test.look_vec)
    best, worst = {}, {}
    for one in answers:
        if one.is_largest:
            order = np.argsort(errors_by_row(one, truth), kind="stable")
            n = min(N_EXTREME, len(order) // 2)
            best[one.name], worst[one.name] = pictures_of(test, order[:n]), pictures_of(test, order[::-1][:n])
    samples = {}
    for eyes in sets:
        rows = np.unique(np.linspace(0, len(eyes) - 1, min(N_SAMPLES, len(eyes))).astype(np.int64))
        samples[eyes.name] = pictures_of(eyes, rows)
    return Evidence(answers, truth, samples, best, worst)


def pictures_of(eyes: EyeSet, rows: NDArray[np.int64]) -> Pictures:
    """Some rows of a set in memory."""
    return Pictures(rows, eyes.images[rows], look_vec_to_pitchyaw(eyes.look_vec[rows]))


def save_evidence(evidence: Evidence, folder: Path) -> None:
    """Write predictions.h5: every answer beside the truth, and the pictures.

    Raises:
        RunError: the disk is full or refuses.
    """
    path = folder / PREDICTIONS
    with replacing(path) as partial, writing_to(path), create_hdf5(partial) as file:
        file.attrs["axes"] = AXES
        file["truth"] = evidence.truth
        for number, one in enumerate(evidence.answers):
            data = file.create_dataset(f"answers/{number}", data=one.pitchyaw.astype(np.float32))
            data.attrs.update(train=one.name, n_images=one.n_images, is_largest=one.is_largest, mean_gaze=one.mean_gaze)
        for kind in ("samples", "best", "worst"):
            for number, (name, pictures) in enumerate(getattr(evidence, kind).items()):
                group = file.create_group(f"pictures/{kind}/{number}")
                group.attrs["train"] = name
                for part in ("rows", "images", "pitchyaw"):
                    group[part] = getattr(pictures, part)


def load_evidence(folder: Path) -> Evidence:
    """Read back what `save_evidence` wrote.

    Raises:
        InputError: there is no such file, or it is damaged.
    """
    with open_hdf5(folder / PREDICTIONS) as file:
        answers = []
        for one in in_order(file["answers"]):
            said = one.attrs
            pitchyaw = one[()].astype(np.float64)
            answers.append(
                Answers(said["train"], int(said["n_images"]), bool(said["is_largest"]), said["mean_gaze"], pitchyaw)
            )
        pictures = {kind: read_pictures(file.get(f"pictures/{kind}", {})) for kind in ("samples", "best", "worst")}
        return Evidence(answers, file["truth"][()], **pictures)


def read_pictures(group: Any) -> dict[str, Pictures]:
    """The pictures of one kind, by training set."""
    return {
        str(one.attrs["train"]): Pictures(one["rows"][()], one["images"][()], one["pitchyaw"][()])
        for one in in_order(group)
    }


def in_order(group: h5py.Group) -> list[Any]:
    """The members of a group whose names are numbers from 0."""
    return [group[str(number)] for number in range(len(group))]
