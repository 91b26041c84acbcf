"""What the answers of estimators are worth: errors with intervals, offsets, the gap closed, and what is suspicious.

Shape suffixes: M trained sets, S seeds, N test rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.evaluation.intervals import Estimate, draw_errors
from gazeaug.eyefile.images import natural_order
from gazeaug.gaze.angles import angular_error_degrees, look_vec_to_pitchyaw, pitchyaw_to_look_vec, unit

DEGREES = (*range(21), 25, 30)  # where the cumulative share is stated
LARGE_OFFSET, OFFSET_SHARE = 2.0, 0.12  # degrees; share of the error that one offset explains: then labels are doubtful
NOTHING_LEARNED = 0.95  # of the error of the constant answer

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """What the estimators of one training set at one size said of the test set."""

    name: str
    n_images: int
    is_largest: bool
    mean_gaze: NDArray[Any]
    """Of the training set, (3,)."""
    pitchyaw: Array
    """Radians, (S, N, 2)."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One training set at one size: figures on the test set, over all seeds."""

    name: str
    n_images: int
    is_largest: bool
    """Whether this is the most of the set that was trained on."""
    mean: Estimate
    """Angular error in degrees."""
    median: Estimate
    within: Estimate
    """Share of estimates within 7 degrees."""
    seed_spread: float | None
    """Standard deviation of the mean error between seeds."""
    constant: float
    """Error of always answering the training set's mean gaze."""
    offset: tuple[float, float]
    """By how much estimates lie off in pitch and yaw on the whole, degrees."""
    without_offset: float
    """Mean error that would be left without that."""
    by_group: dict[str, float]
    """Mean error of each subject."""
    cumulative: list[float]
    """Share of estimates within each of `DEGREES`."""
    gap_closed: Estimate | None = None
    """(synthetic - this) / (synthetic - reference)."""
    gain: Estimate | None = None
    """Degrees by which the mean error lies below that of the first set, both at their largest."""


def judge(
    answers: Sequence[Answers], look_vec: NDArray[Any], groups: NDArray[np.str_] | None, *, reference: str | None
) -> list[Score]:
    """Score every training set on the same test rows.

    Args:
        answers: the first set is the synthetic one.
        look_vec: the truth, (N, 3) or (N, 4).
        groups: subject of each test row.
        reference: name of the set that shows what can be reached.
    """
    names, numbers = (None, None) if groups is None else np.unique(groups, return_inverse=True)
    errors_MSN = np.stack([errors_of(one.pitchyaw, look_vec) for one in answers])
    drawn = draw_errors(errors_MSN, numbers, pools=[one.is_largest for one in answers])
    scores = []
    for row, (one, errors_SN) in enumerate(zip(answers, errors_MSN, strict=True)):
        offset, left = offset_of(one.pitchyaw, look_vec)
        by_row = errors_SN.mean(0)
        scores.append(
            Score(
                name=one.name,
                n_images=one.n_images,
                is_largest=one.is_largest,
                mean=drawn.estimate("mean", row),
                median=drawn.estimate("median", row),
                within=drawn.estimate("within", row),
                seed_spread=float(errors_SN.mean(1).std(ddof=1)) if len(errors_SN) > 1 else None,
                constant=float(angular_error_degrees(np.tile(one.mean_gaze, (len(look_vec), 1)), look_vec).mean()),
                offset=offset,
                without_offset=left,
                by_group={}
                if names is None
                else {n: float(by_row[groups == n].mean()) for n in sorted(map(str, names), key=natural_order)},
                cumulative=[float((errors_SN <= degrees).mean()) for degrees in DEGREES],
            )
        )
    largest = {score.name: row for row, score in enumerate(scores) if score.is_largest}
    first = min(largest.values())
    for row in largest.values():
        if row != first:
            scores[row] = replace(scores[row], gain=drawn.gain(row, over=first))
    if reference not in largest or scores[first].name == reference:
        return scores
    for row in largest.values():
        if row not in (first, largest[reference]):
            closed = drawn.gap_closed(row, synthetic=first, real=largest[reference])
            scores[row] = replace(scores[row], gap_closed=closed)
    return scores


def errors_of(pitchyaw_SN2: Array, look_vec: NDArray[Any]) -> Array:
    """Angular errors in degrees, (S, N)."""
    return np.stack([angular_error_degrees(pitchyaw_to_look_vec(angles), look_vec) for angles in pitchyaw_SN2])


def offset_of(pitchyaw_SN2: Array, look_vec: NDArray[Any]) -> tuple[tuple[float, float], float]:
    """The mean difference in pitch and yaw in degrees, and the mean error that is left without it."""
    truth = look_vec_to_pitchyaw(look_vec)
    offset = (pitchyaw_SN2 - truth).mean((0, 1))
    left = errors_of(pitchyaw_SN2 - offset, look_vec).mean()
    pitch, yaw = np.rad2deg(offset)
    return (float(pitch), float(yaw)), float(left)


def mean_gaze(look_vec: NDArray[Any]) -> NDArray[np.float64]:
    """The mean direction of a set, (3,): what an estimator that sees nothing answers."""
    mean: NDArray[np.float64] = unit(look_vec).mean(0)
    return mean


def findings(scores: Sequence[Score]) -> list[str]:
    """What speaks against a training set or against the comparison itself, in words."""
    found = []
    for score in scores:
        size = np.hypot(*score.offset)
        if size > LARGE_OFFSET and score.without_offset < (1 - OFFSET_SHARE) * score.mean.value:
            found.append(
                f"the estimates of {score.name} ({score.n_images:,} pictures) are {size:.1f} degrees off on average "
                f"(pitch {score.offset[0]:+.1f}, yaw {score.offset[1]:+.1f}); without this offset the error would be "
                f"{score.without_offset:.2f} instead of {score.mean.value:.2f} degrees; its labels may be turned or of "
                "another convention, or its eyes are placed differently in the picture"
            )
        if score.mean.value > NOTHING_LEARNED * score.constant:
            found.append(
                f"training on {score.name} ({score.n_images:,} pictures) is no better than always answering its mean "
                f"gaze ({score.mean.value:.2f} against {score.constant:.2f} degrees); its labels may belong to "
                "other pictures"
            )
    return found
