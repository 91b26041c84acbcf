"""What the columns of GazeHub's .label files mean: the labels of an eye file that they become.

Source: GazeHub's scripts. 2DGaze is yaw, pitch: atan2(-x, -z), asin(-y) of 3DGaze in OpenCV's camera frame; for
Gaze360, whose own frame has x to the image's left and y up, atan2(x, -z), asin(y). 2DHead is yaw, pitch of the head's z
axis, atan2(x, z), asin(y) of the third column of the rotation that 3DHead is the vector of; for RT-Gene 3DHead is minus
that axis. ETH-XGaze's `gaze` and `head` are pitch, yaw as that data set has them, and yaw, pitch in a file whose name
ends with YP. What a file holds is found by which reading the two columns agree in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.pixel_labels import looks_like_places
from gazeaug.gaze.angles import pitchyaw_to_look_vec
from gazeaug.gaze.conventions import CONVENTIONS, HEAD_ROTATION, OPENCV_ATTRIBUTES, rotation_of
from gazeaug.gaze.label import KnownGaze
from gazeaug.sources.gazehub_labels import KNOWN, NUMBERS, LabelLines, as_numbers
from gazeaug.sources.label_tables import check_names

GAZE_ANGLES, HEAD_ANGLES, HEAD_AXIS = "gaze_yawpitch", "head_yawpitch", "head_axis"
"""Labels for 2DGaze and 2DHead beside the vectors, and for RT-Gene's 3DHead, so that nothing is rounded on the way."""
TO_OPENCV: Mapping[str, tuple[int, int, int]] = {"OpenCV's": (1, 1, 1), "Gaze360's own": (-1, -1, 1)}
AT_MOST = 0.01  # radians between two columns that say the same: files with few digits have that
ROTATION = {"units": "radians", "frame": "opencv_camera", "kind": HEAD_ROTATION}
CARRIED = {
    "rmat": ("Rmat", {"units": "radians", "meaning": "rotation vector of the normalisation"}),
    "rvec": ("Rmat", {"units": "radians", "meaning": "rotation vector of the normalisation"}),
    "smat": ("Smat", {"units": "1", "meaning": "diagonal of the normalisation's scaling"}),
    "svec": ("Smat", {"units": "1", "meaning": "diagonal of the normalisation's scaling"}),
    "gazeorigin": ("GazeOrigin", {"units": "millimetres", "frame": "opencv_camera, normalised"}),
    "normmat": ("face_mat_norm", {"units": "1", "meaning": "rotation of the normalisation"}),
}
"""Numbers that are no gaze and no head: the label, and what it says."""
OF_GAZE360 = re.compile(r"(.+)/head/(\d+)/[^/]+")  # recording and person in its Origin
OURS = ("path", "subject", "split", "side", "mirrored", "origin", "gaze", "head_pose", GAZE_ANGLES, HEAD_ANGLES)


@dataclass(frozen=True)
class Column:
    """A label and its N values."""

    label: Label
    values: NDArray[Any] | Sequence[str]


def columns_of(lines: LabelLines, notes: list[str], *, is_ours: bool) -> dict[str, Column]:
    """The labels of all lines; lines that hold none have a fault afterwards, and how the rest is read is noted.

    Args:
        lines: as the files have them.
        notes: to which the readings are added.
        is_ours: `gazeaug convert` wrote them, which does not flip right eyes.

    Raises:
        InputError: a gaze that contradicts itself in most of the lines, or a column that cannot be a label.
    """
    found = {**gaze_of(lines, notes), **head_of(lines, notes)}
    for name in ("cam_index", "frame_index"):
        if lines.has(name):
            found[name] = Column(Label.of(np.int64, (1,)), whole_numbers(lines, name))
    for name, (label, said) in CARRIED.items():
        if lines.has(name):
            values = lines.floats(name, NUMBERS[name])
            values = values.reshape(-1, 3, 3) if NUMBERS[name] == 9 else values
            found[label] = Column(Label.of(np.float64, values.shape[1:], said), values)
    found.update(texts_of(lines, is_ours=is_ours))
    for column in lines.columns:
        if column.lower() not in KNOWN:
            add_unknown(column, lines, found, notes)
    return found


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
    attributes = CONVENTIONS["gazehub"].attributes
    if lines.has("head"):
        attributes = CONVENTIONS[order_of(lines, [])].attributes
        return {"head_pose": Column(Label.of(np.float64, (2,), attributes), lines.floats("head", 2))}
    if not lines.has("2dhead"):
        if lines.has("3dhead"):
            notes.append("3DHead: left out, as without 2DHead it may be a rotation vector or an axis")
        return {}
    angles = lines.floats("2dhead", 2)
    if not lines.has("3dhead"):
        return {"head_pose": Column(Label.of(np.float64, (2,), attributes), angles)}
    vectors, said = lines.floats("3dhead", 3), -direction_of(angles)
    good = sound(lines)
    if not angles[good].any() and not vectors[good].any():
        notes.append("head pose: left out, as 3DHead and 2DHead are zero in every line")
        return {}
    axes = rotation_of(np.nan_to_num(vectors))[:, :, 2]
    apart = {"rotation": apart_of(axes, said), "axis": apart_of(-vectors, said)}
    reading = reading_of(lines, apart)
    if reading is None:
        i = int(np.flatnonzero(good)[0])
        notes.append(f"head pose: left out, as 3DHead and 2DHead contradict each other ({lines.where(i)} and others)")
        return {}
    for i in wrong(lines, apart[reading]):
        lines.fault(
            i, f"3DHead and 2DHead are {np.rad2deg(apart[reading][i]):.1f} degrees apart; one of them is wrong."
        )
    both = Column(Label.of(np.float64, (2,), attributes), angles)
    if reading == "rotation":
        return {"head_pose": Column(Label.of(np.float64, (3,), ROTATION), vectors), HEAD_ANGLES: both}
    notes.append("3DHead: minus the head's z axis, as 2DHead proves; the label 'head_pose' has the angles")
    meaning = {**OPENCV_ATTRIBUTES, "convention": "minus the head's z axis"}
    return {"head_pose": both, HEAD_AXIS: Column(Label.of(np.float64, (3,), meaning), vectors)}


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
    rows = np.flatnonzero(sound(lines))
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


def sound(lines: LabelLines) -> NDArray[np.bool_]:
    """Lines without a fault."""
    good = np.ones(len(lines), bool)
    good[list(lines.faults)] = False
    return good


def wrong(lines: LabelLines, apart: NDArray[np.float64]) -> list[int]:
    """Lines without a fault in which two columns contradict each other."""
    return [int(i) for i in np.flatnonzero(sound(lines) & ~(apart <= AT_MOST))]


def reading_of(lines: LabelLines, apart: Mapping[str, NDArray[np.float64]]) -> str | None:
    """The reading in which most lines agree; None where not half of them do in any."""
    good = sound(lines)
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


def whole_numbers(lines: LabelLines, name: str) -> NDArray[np.int64]:
    """A column of one whole number a line, (N, 1)."""
    values = lines.floats(name, 1)
    for i in np.flatnonzero(sound(lines) & (values != np.round(values))[:, 0]).tolist():
        lines.fault(i, f"'{lines.spelled(name)}' must be a whole number, found {lines.cells[name][i]:.40}.")
    return np.nan_to_num(values).astype(np.int64)


def texts_of(lines: LabelLines, *, is_ours: bool) -> dict[str, Column]:
    """Where a picture comes from, whose eye it is, and in which part of the set it stands."""
    found: dict[str, Column] = {}
    stems = [lines.files[k].stem.removesuffix("YP") for k in lines.file_of]
    origins = lines.cells.get("origin") or lines.cells.get("metapath")
    if lines.has("whicheye"):
        sides = lines.cells["whicheye"]
        found["side"] = Column(TEXT, sides)
        if not is_ours:
            said = {"meaning": "1: flipped left to right, with gaze and head_pose, as GazeHub's scripts do right eyes"}
            is_right = np.array([side.lower() in ("right", "r") for side in sides], np.uint8)
            found["mirrored"] = Column(Label.of(np.uint8, (), said), is_right)
    people = people_of(lines, stems)
    if people is not None:
        found["subject"] = Column(TEXT, people)
    if people != stems:
        found["split"] = Column(TEXT, stems)
    if origins is not None and origins != people:
        found["origin"] = Column(TEXT, origins)
    return found


def people_of(lines: LabelLines, stems: Sequence[str]) -> list[str] | None:
    """Everybody's name, as the scripts write it; None where they do not."""
    if lines.has("left", "right", "origin") and not lines.has("whicheye"):
        origins = lines.cells["origin"]
        if lines.has("2dhead") or lines.has("3dhead"):
            return origins  # of RT-Gene
        found = [OF_GAZE360.fullmatch(origin.replace("\\", "/")) for origin in origins]
        return [f"{each[1]}/{each[2]}" for each in found if each] if all(found) else None
    pictures = lines.cells[next(name for name in ("image", "face", "left", "right") if lines.has(name))]
    folders = [name.replace("\\", "/").split("/") for name in pictures]
    return [parts[0] if len(parts) > 1 else stem for parts, stem in zip(folders, stems, strict=True)]


def add_unknown(column: str, lines: LabelLines, found: dict[str, Column], notes: list[str]) -> None:
    """A column that GazeHub's scripts do not write: numbers where all lines have as many, else text.

    Raises:
        InputError: it cannot be a label.
    """
    check_names(lines.files[0], [column])
    if column in found or column in OURS:
        raise InputError(f"{lines.files[0]}: the column '{column}' has the name of a label of its own; rename it.")
    cells, good = lines.cells[column.lower()], sound(lines)
    numbers = [as_numbers(cell) if is_good else [] for cell, is_good in zip(cells, good, strict=True)]
    lengths = {-1 if each is None else len(each) for each, is_good in zip(numbers, good, strict=True) if is_good}
    if len(lengths) != 1 or -1 in lengths:
        found[column] = Column(TEXT, cells)
        return
    n = lengths.pop()
    label = Label.of(np.float64, () if n == 1 else (n,))
    if looks_like_places(column, label):
        notes.append(f"'{column}': left out, as it may be places in pixels of pictures that are resized")
        return
    values = np.array([each or [np.nan] * n for each in numbers])
    found[column] = Column(label, values[:, 0] if n == 1 else values)
