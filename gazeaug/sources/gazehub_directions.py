"""Gaze and head in GazeHub's .label files: what their numbers mean is found by which reading two columns agree in.

Source: GazeHub's scripts. 2DGaze is yaw, pitch: atan2(-x, -z), asin(-y) of 3DGaze in OpenCV's camera frame; for
Gaze360, whose own frame has x to the image's left and y up, atan2(x, -z), asin(y). 2DHead is yaw, pitch of the head's z
axis, atan2(x, z), asin(y) of the third column of the rotation that 3DHead is the vector of; for RT-Gene 3DHead is minus
that axis. ETH-XGaze's `gaze` and `head` are pitch, yaw as that data set has them, and yaw, pitch in a file whose name
ends with YP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.gaze.angles import pitchyaw_to_look_vec
from gazeaug.gaze.conventions import CONVENTIONS, HEAD_ROTATION, OPENCV_ATTRIBUTES, rotation_of
from gazeaug.gaze.label import KnownGaze
from gazeaug.sources.gazehub_labels import LabelLines

GAZE_ANGLES, HEAD_ANGLES, HEAD_AXIS = "gaze_yawpitch", "head_yawpitch", "head_axis"
"""Labels for 2DGaze and 2DHead beside the vectors, and for RT-Gene's 3DHead, so that nothing is rounded on the way."""
TO_OPENCV: Mapping[str, tuple[int, int, int]] = {"OpenCV's": (1, 1, 1), "Gaze360's own": (-1, -1, 1)}
AT_MOST = 0.01  # radians between two columns that say the same: files with few digits have that
ROTATION = {"units": "radians", "frame": "opencv_camera", "kind": HEAD_ROTATION}


@dataclass(frozen=True)
class Column:
    """A label and its N values."""

    label: Label
    values: NDArray[Any] | Sequence[str]


def gaze_of(lines: LabelLines, notes: list[str]) -> dict[str, Column]:
    """The gaze: a vector in OpenCV's camera frame where 3DGaze is there and 2DGaze proves its frame, or the angles."""
    gazehub = CONVENTIONS["gazehub"]
    if lines.has("gaze"):
        convention = CONVENTIONS[order_of(lines, notes)]
        angles = lines.floats("gaze", 2)
        check_angles(lines, angles, "gaze")
        return {"gaze": Column(Label.of(np.float64, (2,), convention.attributes), angles)}
    if not lines.has("2dgaze"):
        if not lines.has("3dgaze"):
            return {}
        raise InputError(
            f"{lines.files[0]}: 3DGaze without 2DGaze, so its frame is not known: OpenCV's in most of GazeHub's files, "
            "Gaze360's own in others; add 2DGaze (yaw,pitch)."
        )
    angles = lines.floats("2dgaze", 2)
    check_angles(lines, angles, "2dgaze")
    if not lines.has("3dgaze"):
        return {"gaze": Column(Label.of(np.float64, (2,), gazehub.attributes), angles)}
    vectors, said = lines.floats("3dgaze", 3), direction_of(angles)
    apart = {frame: apart_of(vectors * signs, said) for frame, signs in TO_OPENCV.items()}
    frame = reading_of(lines, apart)
    if frame is None:
        raise InputError(contradiction(lines, vectors, angles, apart))
    for i in wrong(lines, apart[frame]):
        degrees = np.rad2deg(apart[frame][i])
        lines.fault(i, f"3DGaze and 2DGaze are {degrees:.1f} degrees apart; one of them is wrong.")
    if frame != "OpenCV's":
        notes.append(f"3DGaze: in {frame} frame, as 2DGaze proves; the label 'gaze' has it in OpenCV's.")
    return {
        "gaze": Column(Label.of(np.float64, (3,), OPENCV_ATTRIBUTES), vectors * TO_OPENCV[frame]),
        GAZE_ANGLES: Column(Label.of(np.float64, (2,), gazehub.attributes), angles),
    }


def head_of(lines: LabelLines, notes: list[str]) -> dict[str, Column]:
    """The head pose: a rotation vector where 3DHead is one, else the angles."""
    name = next((name for name in ("head", "2dhead") if lines.has(name)), None)
    if name is None:
        if lines.has("3dhead"):
            notes.append("3DHead: left out, as without 2DHead it may be a rotation vector or an axis")
        return {}
    convention = CONVENTIONS[order_of(lines, []) if name == "head" else "gazehub"]
    angles = lines.floats(name, 2)
    both = Column(Label.of(np.float64, (2,), convention.attributes), angles)
    if not lines.has("3dhead") or name == "head":
        return {} if is_no_head(lines, angles, None, notes) else {"head_pose": both}
    vectors, said, good = lines.floats("3dhead", 3), -direction_of(angles), lines.sound()
    if is_no_head(lines, angles, vectors, notes):
        return {}
    axes = rotation_of(np.nan_to_num(vectors))[:, :, 2]
    apart = {"rotation": apart_of(axes, said), "axis": apart_of(-vectors, said)}
    reading = reading_of(lines, apart)
    if reading is None:
        i = int(np.flatnonzero(good)[0])
        notes.append(f"head pose: left out, as 3DHead and 2DHead contradict each other ({lines.where(i)} and others)")
        return {}
    for i in wrong(lines, apart[reading]):
        degrees = np.rad2deg(apart[reading][i])
        lines.fault(i, f"3DHead and 2DHead are {degrees:.1f} degrees apart; one of them is wrong.")
    if reading == "rotation":
        return {"head_pose": Column(Label.of(np.float64, (3,), ROTATION), vectors), HEAD_ANGLES: both}
    notes.append("3DHead: minus the head's z axis, as 2DHead proves; the label 'head_pose' has the angles")
    meaning = {**OPENCV_ATTRIBUTES, "convention": "minus the head's z axis"}
    return {"head_pose": both, HEAD_AXIS: Column(Label.of(np.float64, (3,), meaning), vectors)}


def is_no_head(
    lines: LabelLines, angles: NDArray[np.float64], vectors: NDArray[np.float64] | None, notes: list[str]
) -> bool:
    """Whether the head is straight in every line without even a roll, as it is written where it is not known."""
    good = lines.sound()
    is_none = bool(good.any() and not angles[good].any())
    if vectors is not None:  # 0 of a rotation, and (0, 0, -1) of an axis
        is_none = is_none and not vectors[good, :2].any() and set(vectors[good, 2]) in ({0.0}, {-1.0})
    if is_none:
        notes.append("head pose: left out, as it is zero in every line")
    return is_none


def order_of(lines: LabelLines, notes: list[str]) -> str:
    """The convention of ETH-XGaze's angles, as the names of the files say."""
    if all(path.stem.endswith("YP") for path in lines.files):
        return "gazehub"
    notes.append(
        f"gaze, head: pitch before yaw, as GazeHub's script writes ETH-XGaze's own ({lines.files[0].name}); in a file "
        "whose name ends with YP yaw comes first"
    )
    return "mpiigaze"


def check_angles(lines: LabelLines, angles: NDArray[np.float64], name: str) -> None:
    """Note a fault in lines whose angles are none."""
    gaze = KnownGaze(name, CONVENTIONS["gazehub"], f"'{lines.spelled(name)}'")
    rows = np.flatnonzero(lines.sound())
    for place, reason in gaze.faults(angles[rows], rows).items():
        lines.fault(int(rows[place]), reason)


def direction_of(yawpitch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Yaw and pitch to unit vectors in OpenCV's camera frame."""
    vectors: NDArray[np.float64] = pitchyaw_to_look_vec(yawpitch[:, ::-1]) * (1, -1, 1)
    return vectors


def apart_of(vectors: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """The angles between directions in radians; NaN where there is none."""
    crossed = np.linalg.norm(np.cross(vectors, others), axis=1)
    lengths = np.linalg.norm(vectors, axis=1)
    angles: NDArray[np.float64] = np.arctan2(crossed, (vectors * others).sum(axis=1))
    return np.where(lengths > 0, angles, np.nan)


def wrong(lines: LabelLines, apart: NDArray[np.float64]) -> list[int]:
    """Lines without a fault in which two columns contradict each other."""
    return [int(i) for i in np.flatnonzero(lines.sound() & ~(apart <= AT_MOST))]


def reading_of(lines: LabelLines, apart: Mapping[str, NDArray[np.float64]]) -> str | None:
    """The reading in which most lines agree; None where not half of them do in any."""
    good = lines.sound()
    counts = {name: int((angles[good] <= AT_MOST).sum()) for name, angles in apart.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if 2 * counts[best] > good.sum() or not good.any() else None


def contradiction(
    lines: LabelLines,
    vectors: NDArray[np.float64],
    angles: NDArray[np.float64],
    apart: Mapping[str, NDArray[np.float64]],
) -> str:
    """The sentence about a gaze that contradicts itself, and what it would agree with."""
    i = (wrong(lines, np.fmin(*apart.values())) or wrong(lines, apart["OpenCV's"]))[0]
    swapped = {"": apart_of(vectors, direction_of(angles[:, ::-1])), "-": apart_of(vectors, -direction_of(angles))}
    why = {
        "": "the two numbers of 2DGaze are swapped (yaw comes first)",
        "-": "one of them points the other way",
        None: "2DGaze must be atan2(-x, -z), asin(-y) of 3DGaze (yaw,pitch) in radians",
    }[reading_of(lines, swapped)]
    degrees = np.rad2deg(apart["OpenCV's"][i])
    return (
        f"{lines.where(i)}: 3DGaze ({lines.cells['3dgaze'][i]:.60}) and 2DGaze ({lines.cells['2dgaze'][i]:.40}) are "
        f"{degrees:.1f} degrees apart: {why}."
    )
