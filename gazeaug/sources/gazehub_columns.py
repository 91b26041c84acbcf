"""What the columns of GazeHub's .label files mean: the labels of an eye file that they become.

Source: GazeHub's scripts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label, is_text
from gazeaug.eyefile.pixel_labels import looks_like_places
from gazeaug.gaze.sides import MIRRORED_LABEL, side_of
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
PERSON = re.compile(r"(p|s|subject)[0-9]+")  # as the scripts name folders
NOBODYS = {".", "image", "images", "face", "left", "right", "train", "test", "val", "valid", "unused"}
"""Folders of pictures that name no person."""
ONCE = re.compile(r"images/[0-9]+/[0-9]+\.png")  # the pictures of everybody in what gazeaug once wrote
FLIPPED = Label.of(np.uint8, (), {"meaning": "1: flipped left to right, with gaze and head_pose"})
FLIPPED_AS_GAZEHUB = Label.of(
    np.uint8, (), {"meaning": "1: flipped left to right, with gaze and head_pose, as GazeHub's scripts do right eyes"}
)
OURS = ("path", "subject", "split", "side", "mirrored", "origin", "gaze", "head_pose", GAZE_ANGLES, HEAD_ANGLES)


@dataclass(frozen=True)
class Written:
    """What is known of a folder by who wrote it."""

    mirrored: Collection[str] | None
    """The sides whose eyes are flipped; None where it is not known."""
    sides_known: bool = True
    """Whether WhichEye means anything."""
    persons: Mapping[str, str] = field(default_factory=dict)
    """Persons by the names that they have here, where those are others than their own."""


BY_GAZEHUB = Written(mirrored=("right",))


def written_by(said: Mapping[str, Any]) -> Written:
    """What the hidden file of a folder says that `gazeaug convert` wrote."""
    mirrored, persons = said.get("mirrored"), said.get("persons")
    return Written(
        mirrored=[str(side) for side in mirrored] if isinstance(mirrored, list) else None,
        sides_known=said.get("sides_known") is not False,
        persons={name: each for name, each in persons.items() if isinstance(each, str) and is_text(each)}
        if isinstance(persons, dict)
        else {},
    )


def columns_of(lines: LabelLines, notes: list[str], written: Written) -> dict[str, Column]:
    """The labels of all lines; lines that hold none have a fault afterwards, and how the rest is read is noted.

    Args:
        lines: as the files have them.
        notes: to which the readings are added.
        written: what is known of the folder.

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
    found.update(texts_of(lines, written, notes))
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


def texts_of(lines: LabelLines, written: Written, notes: list[str]) -> dict[str, Column]:
    """Where a picture comes from, whose eye it is, and in which part of the set it stands."""
    found = sides_of(lines, written, notes)
    stems = [lines.files[k].stem.removesuffix("YP") for k in lines.file_of]
    people = people_of(lines, stems)
    if people is not None:
        found["subject"] = Column(TEXT, [written.persons.get(person, person) for person in people])
    if people is None or differ(lines, people, stems):
        found["split"] = Column(TEXT, stems)
    elif len({path.parent for path in lines.files}) > 1:  # UT Multiview's test/s00.label, synth/s00.label
        found["split"] = Column(TEXT, [lines.files[k].parent.name for k in lines.file_of])
    origins = lines.cells.get("origin") or lines.cells.get("metapath")
    known = [lines.cells[name] for name in PICTURES if lines.has(name)] + ([people] if people is not None else [])
    if origins is not None and all(differ(lines, origins, each) for each in known):
        found["origin"] = Column(TEXT, origins)
    return found


def sides_of(lines: LabelLines, written: Written, notes: list[str]) -> dict[str, Column]:
    """Whose eyes are left ones and right ones, and which were flipped."""
    if not lines.has("whicheye") or not written.sides_known:
        return {}
    sides = lines.cells["whicheye"]
    found = {"side": Column(TEXT, sides)}
    n_neither = sum(side_of(sides[i]) is None for i in np.flatnonzero(lines.sound()).tolist())
    if n_neither and written is BY_GAZEHUB:
        said = f"says neither left nor right in {n_neither:,} of {len(lines):,} lines"
        notes.append(f"WhichEye: {said}, so that it is not known which eyes GazeHub's scripts flipped")
    if written.mirrored is not None and not n_neither:
        flips = np.array([side_of(side) in written.mirrored for side in sides], np.uint8)
        found[MIRRORED_LABEL] = Column(FLIPPED_AS_GAZEHUB if written is BY_GAZEHUB else FLIPPED, flips)
    return found


def differ(lines: LabelLines, some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two texts of each line differ in one without a fault."""
    return any(some[i] != others[i] for i in np.flatnonzero(lines.sound()).tolist())


def people_of(lines: LabelLines, stems: Sequence[str]) -> list[str] | None:
    """Everybody's name, as the scripts write it; None where they do not. Lines with a fault do not count."""
    good = np.flatnonzero(lines.sound()).tolist()
    if lines.has("left", "right", "origin") and not lines.has("whicheye"):
        origins = lines.cells["origin"]
        if lines.has("2dhead") or lines.has("3dhead"):
            return origins  # of RT-Gene
        found = [OF_GAZE360.fullmatch(origin.replace("\\", "/")) for origin in origins]
        return [f"{each[1]}/{each[2]}" if each else "" for each in found] if all(found[i] for i in good) else None
    pictures = lines.cells[next(name for name in PICTURES if lines.has(name))]
    folders = [folder_of(name.replace("\\", "/")) for name in pictures]
    named = {folders[i] for i in good}
    # Of labels sorted anew, by clusters or into one file, the folders still say it.
    are_people = all(map(PERSON.fullmatch, named)) or len(named) >= len({stems[i] for i in good})
    return folders if are_people and "" not in named else list(stems)


def folder_of(picture: str) -> str:
    """The first of a picture's folders that may name a person; nothing where none does."""
    return "" if ONCE.match(picture) else next((x for x in picture.split("/")[:-1] if x.lower() not in NOBODYS), "")


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
