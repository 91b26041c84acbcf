"""The sets of an evaluation: read whole, checked against the test set, and cut to size in one repeatable way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.estimators.network import n_channels
from gazeaug.eyefile.pixels import size_text
from gazeaug.eyefile.reader import LOOK_VEC, EyeFile, open_eyes
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES
from gazeaug.gaze.conventions import CONVENTIONS, meaning
from gazeaug.gaze.head import said_head
from gazeaug.gaze.head_conventions import ANGLES
from gazeaug.gaze.head_labels import heads_in
from gazeaug.gaze.label import known_gaze, needed_gaze
from gazeaug.provenance import short_names
from gazeaug.sets.overlap import Digests, refuse_overlap, row_digests


@dataclass(frozen=True, eq=False)
class EyeSet:
    """Labelled eyes in memory."""

    path: Path
    name: str
    """The file's name, with as many of its folders as tell it from another."""
    images: NDArray[np.uint8]
    look_vec: NDArray[Any]
    head_pose: NDArray[Any] | None
    groups: NDArray[np.str_] | None
    """Subject of each row, where it is labelled."""
    digests: Digests
    frame: str | None
    """What look_vec says of its frame."""
    pose_meaning: dict[str, str]
    """What the head pose's numbers are, as far as it says so."""

    def __len__(self) -> int:
        return len(self.images)

    def rows(self, n: int | None, seed: int) -> NDArray[np.int64]:
        """`n` rows at random (all for None); fewer are always among more."""
        order = np.random.default_rng([seed, len(self)]).permutation(len(self))
        return np.sort(order[:n])


def read_sets(
    train: Sequence[Path | str], test: Path | str, *, group: str | None, head_pose: str | None
) -> tuple[list[EyeSet], EyeSet]:
    """Read training sets and the test set, each once, and refuse whatever would make the comparison worthless.

    Args:
        train: eye files with gaze; a file may stand there twice.
        test: the eye file to test on.
        group: the label that says whose eye a row is; the test set must have it.
        head_pose: the label that estimators get beside the picture; all sets must have it.

    Raises:
        InputError: pictures of the test set in a training set, other sizes or frames, missing labels.
    """
    paths = [Path(path) for path in (*train, test)]
    named = short_names(paths)
    found = {path: read_set(path, named[str(path)], group, head_pose) for path in dict.fromkeys(paths[:-1])}
    tested = found.get(paths[-1]) or read_set(paths[-1], named[str(paths[-1])], group, head_pose)
    if group is not None and tested.groups is None:
        raise InputError(f"{tested.path}: no label '{group}', which --group names.")
    for eyes in found.values():
        refuse_overlap(eyes.path, eyes.digests, tested.path, tested.digests)
        check_alike(eyes, tested)
    return [found[path] for path in paths[:-1]], tested


def read_set(path: Path, name: str, group: str | None, head_pose: str | None) -> EyeSet:
    """Read one file whole.

    Raises:
        InputError: it is not an eye file, or has no gaze or no such head pose.
    """
    with open_eyes(path) as eyes:
        look_vec, frame = read_gaze(eyes)
        eyes.choose_labels([] if head_pose is None else [head_pose])
        images = eyes.read_images(0, eyes.n_images)
        pose, said = (None, {}) if head_pose is None else read_pose(eyes, head_pose)
        groups = None
        if group is not None and group in eyes.labels:
            groups = np.array([text_of(value) for value in eyes.read_label(group, 0, eyes.n_images)])
    return EyeSet(path, name, images, look_vec, pose, groups, row_digests(images), frame, said)


def read_gaze(eyes: EyeFile) -> tuple[NDArray[Any], str | None]:
    """The gaze as look_vec, and its frame where that is known; `gaze` of other conventions is brought to it.

    Raises:
        InputError: no gaze, one whose attributes do not say what its numbers mean, or rows that are no direction.
    """
    known = known_gaze(eyes.labels, str(eyes.path))
    if known is None and LOOK_VEC in eyes.labels:  # errors of angles are the same in any frame that both sets share
        frame = eyes.labels[LOOK_VEC].attributes.get("frame")
        return eyes.read_label(LOOK_VEC, 0, eyes.n_images), None if frame is None else str(frame)
    known = known or needed_gaze(eyes.labels, str(eyes.path))
    values = eyes.read_label(known.label, 0, eyes.n_images)
    is_look_vec = known.label == LOOK_VEC and known.convention is CONVENTIONS["unityeyes"]  # checked at opening
    return values if is_look_vec else known.look_vec(values), LOOK_VEC_ATTRIBUTES["frame"]


def read_pose(eyes: EyeFile, name: str) -> tuple[NDArray[Any], dict[str, str]]:
    """A head pose, (N, K) finite numbers, and what they mean: pitch and yaw in radians where the label says what it is.

    Raises:
        InputError: it is something else.
    """
    label = eyes.labels[name]
    pose = eyes.read_label(name, 0, eyes.n_images)
    known = said_head(eyes.labels, name, str(eyes.path)) if name in heads_in(eyes.labels) else None
    if known is not None:
        return known.pitchyaw(pose), meaning_of(ANGLES["mpiigaze"].attributes)
    if label.dtype.kind not in "iuf" or pose.ndim != 2 or not np.isfinite(pose).all():
        raise InputError(f"{eyes.path}: '{name}' must be finite numbers (N, K), found {label.dtype} {pose.shape}.")
    return pose, meaning_of(label.attributes)


def meaning_of(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Those of a head pose's attributes that say what its numbers are."""
    keys = ("units", "kind", "frame", "order", "angle_order", "pitch_positive", "yaw_positive")
    return {key: meaning(attributes[key]) for key in keys if key in attributes}


def text_of(value: Any) -> str:
    """A subject as text, whether it was stored as bytes, text or a number."""
    return value.decode() if isinstance(value, bytes) else str(value)


def check_alike(train: EyeSet, test: EyeSet) -> None:
    """Refuse a pair between which no estimator can be carried over.

    Raises:
        InputError: sizes, frames or head poses differ.
    """
    if train.images.shape[1:] != test.images.shape[1:]:
        sizes = [
            size_text(eyes.images.shape[1], eyes.images.shape[2], n_channels(eyes.images.shape[1:]))
            for eyes in (train, test)
        ]
        raise InputError(f"{train.path}: pictures are {sizes[0]}, {test.path} has {sizes[1]}; prepare both alike.")
    if None not in (train.frame, test.frame) and train.frame != test.frame:
        raise InputError(f"{train.path}: look_vec's frame is '{train.frame}', that of {test.path} is '{test.frame}'.")
    if train.pose_meaning != test.pose_meaning:
        says = [
            ", ".join(f"{key} '{value}'" for key, value in said.items()) or "nothing"
            for said in (train.pose_meaning, test.pose_meaning)
        ]
        raise InputError(
            f"{train.path}: the attributes of its head pose say {says[0]}, those of {test.path} say {says[1]}; bring "
            "both to one convention and mark them alike."
        )
    if train.head_pose is not None and test.head_pose is not None:
        shapes = [eyes.head_pose.shape[1] for eyes in (train, test) if eyes.head_pose is not None]
        if shapes[0] != shapes[1]:
            raise InputError(f"{train.path}: head poses have {shapes[0]} numbers, those of {test.path} {shapes[1]}.")
