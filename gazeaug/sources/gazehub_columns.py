"""What the columns of GazeHub's .label files mean: the labels of an eye file that they become.

Source: GazeHub's scripts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.pixel_labels import looks_like_places
from gazeaug.gaze.sides import side_of
from gazeaug.sources.gazehub_directions import GAZE_ANGLES, HEAD_ANGLES, Column, gaze_of, head_of
from gazeaug.sources.gazehub_labels import KNOWN, NUMBERS, PICTURES, LabelLines, as_numbers
from gazeaug.sources.label_tables import check_names

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
ONCE = "images"  # the folder of all pictures in what gazeaug once wrote
OURS = ("path", "subject", "split", "side", "mirrored", "origin", "gaze", "head_pose", GAZE_ANGLES, HEAD_ANGLES)


def columns_of(lines: LabelLines, notes: list[str], *, right_eyes_mirrored: bool | None) -> dict[str, Column]:
    """The labels of all lines; lines that hold none have a fault afterwards, and how the rest is read is noted.

    Args:
        lines: as the files have them.
        notes: to which the readings are added.
        right_eyes_mirrored: as GazeHub's scripts do; None where `gazeaug convert` wrote them, which flips no eye, and
            did not know.

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
    found.update(texts_of(lines, right_eyes_mirrored))
    for column in lines.columns:
        if column.lower() not in KNOWN:
            add_unknown(column, lines, found, notes)
    return found


def whole_numbers(lines: LabelLines, name: str) -> NDArray[np.int64]:
    """A column of one whole number a line, (N, 1)."""
    values = lines.floats(name, 1)
    for i in np.flatnonzero(lines.sound() & (values != np.round(values))[:, 0]).tolist():
        lines.fault(i, f"'{lines.spelled(name)}' must be a whole number, found {lines.cells[name][i]:.40}.")
    return np.nan_to_num(values).astype(np.int64)


def texts_of(lines: LabelLines, right_eyes_mirrored: bool | None) -> dict[str, Column]:
    """Where a picture comes from, whose eye it is, and in which part of the set it stands."""
    found: dict[str, Column] = {}
    stems = [lines.files[k].stem.removesuffix("YP") for k in lines.file_of]
    origins = lines.cells.get("origin") or lines.cells.get("metapath")
    if lines.has("whicheye"):
        sides = lines.cells["whicheye"]
        found["side"] = Column(TEXT, sides)
        if right_eyes_mirrored is not None:
            said = {"meaning": "1: flipped left to right, with gaze and head_pose, as GazeHub's scripts do right eyes"}
            is_flipped = np.array([right_eyes_mirrored and side_of(side) == "right" for side in sides], np.uint8)
            found["mirrored"] = Column(Label.of(np.uint8, (), said), is_flipped)
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
    pictures = lines.cells[next(name for name in PICTURES if lines.has(name))]
    folders = [name.replace("\\", "/").rpartition("/")[0].partition("/")[0] for name in pictures]
    # Of labels sorted anew, by clusters or into one file, the folders still say it.
    has_folders = len(set(folders)) >= len(set(stems)) and not {"", ONCE} & set(folders)
    return folders if has_folders else list(stems)


def add_unknown(column: str, lines: LabelLines, found: dict[str, Column], notes: list[str]) -> None:
    """A column that GazeHub's scripts do not write: numbers where all lines have as many, else text.

    Raises:
        InputError: it cannot be a label.
    """
    check_names(lines.files[0], [column])
    if column in found or column in OURS:
        raise InputError(f"{lines.files[0]}: the column '{column}' has the name of a label of its own; rename it.")
    cells, good = lines.cells[column.lower()], lines.sound()
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
