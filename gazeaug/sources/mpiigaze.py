"""MPIIGaze as it is distributed: Data/Normalized/pXX/dayYY.mat, and the lists of its evaluation subset.

Facts about the format: the data set's own page and readme. A .mat file holds `filenames`, and `data.left` and
`data.right` with `image` (n, 36, 60) uint8, `gaze` (n, 3) unit vectors and `pose` (n, 3) rotation vectors in OpenCV's
camera frame.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.gaze.conventions import HEAD_ROTATION, OPENCV_ATTRIBUTES
from gazeaug.gaze.sides import BY_PREPARING
from gazeaug.keywords import with_options_of
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import Items, LeftOut
from gazeaug.preparing.job import PrepareReport, prepare
from gazeaug.preparing.source import Source
from gazeaug.preparing.walking import OTHER_NAME, find_files, instead
from gazeaug.sources.mat_files import SIDES, Day, DaysAhead
from gazeaug.sources.mpiigaze_lists import Eye, ListedPerson, NamedEyes, listed_eyes, notes_on, read_lists
from gazeaug.sources.options import MpiigazeOptions

POSE = {"units": "radians", "frame": "opencv_camera", "kind": HEAD_ROTATION}
LABELS = {
    "gaze": Label.of(np.float64, (3,), OPENCV_ATTRIBUTES),
    "head_pose": Label.of(np.float64, (3,), POSE),
    "subject": TEXT,
    "day": TEXT,
    "side": TEXT,
    "path": TEXT,
    "mirrored": Label.of(np.uint8, (), {"meaning": "1: flipped left to right, with gaze and head_pose"}),
}
DAY = re.compile(r"p\d+/day\d+\.(mat|MAT)")
DAYS_PER_UNIT = 8  # what a kill can cost


@dataclass(frozen=True, repr=False)
class WholeDay:
    """A day of which all eyes are wanted."""

    number: int
    """Among the days."""
    path: Path

    def __repr__(self) -> str:
        return two_names(self.path)


@with_options_of(MpiigazeOptions, after=2)
def prepare_mpiigaze(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring the Normalized eyes of MPIIGaze into an eye file, person by person and day by day.

    Without lists, the pictures of a day come in the file's order, the left eye before the right one.

    Args:
        folder: the data set, its Data/Normalized, or one person's folder.
        output: the eye file.
        options: those of `MpiigazeOptions`.

    With `keep_going`, eyes are left out, or a day that cannot be read at all.

    Raises:
        InputError: no such files, one that is not as it should be, or a listed eye that is not there.
    """
    how = MpiigazeOptions(**options)
    sides = SIDES if how.eye == "both" else (how.eye,)
    found, lists = find_days(Path(folder)), None if how.lists is None else Path(how.lists)
    facts = {
        "source": "MPIIGaze Normalized",
        "folder": Path(folder).name,
        "eye": how.eye,
        "mirror_right": how.mirror == "right",
        "lists": lists and lists.name,
    }
    source = partial(
        Source,
        given=[Path(folder).resolve()],
        left_out=found.left_out,
        labels=LABELS,
        facts=facts,
        mirrored_by=BY_PREPARING,
    )
    if lists is None:
        return prepare_days(source, list(found), sides, Path(output), how)
    people = read_lists(lists, list(found), sides)
    return prepare_people(partial(source, notes=notes_on(lists, list(found), people)), people, Path(output), how)


def prepare_days(
    source: partial[Source[Any]], paths: Sequence[Path], sides: Sequence[str], output: Path, how: MpiigazeOptions
) -> PrepareReport:
    """Whole days, one after the other: each is a part."""
    choose = partial(all_eyes, sides=sides, mirror_right=how.mirror == "right")
    with DaysAhead(paths, n_processes(how, len(paths)), [choose] * len(paths)) as reader:

        def read(day: WholeDay) -> Sequence[Block | LeftOut]:
            try:
                return reader.read(day.number)
            except InputError as error:
                return [LeftOut(two_names(day.path), str(error))]

        parts = [WholeDay(number, path) for number, path in enumerate(paths)]
        made = source(parts=parts, read=read, files_of=lambda day: (day.path,), parts_per_unit=DAYS_PER_UNIT)
        return prepare(made, output, how)


def prepare_people(
    source: partial[Source[Any]], people: Sequence[ListedPerson], output: Path, how: MpiigazeOptions
) -> PrepareReport:
    """Listed eyes, person by person: each is a part and a unit, and each of its days is read once."""
    paths = [path for person in people for path in person.days]
    choose = [
        partial(named_eyes, wanted=wanted, mirror_right=how.mirror == "right")
        for person in people
        for wanted in person.by_day()
    ]
    with DaysAhead(paths, n_processes(how, len(paths)), choose) as reader:

        def read(person: ListedPerson) -> Iterator[Block | LeftOut]:
            return listed_eyes(person, lambda place: reader.read(person.first_day + place))

        made = source(parts=people, read=read, files_of=lambda person: person.days, parts_per_unit=1)
        return prepare(made, output, how)


def n_processes(how: MpiigazeOptions, n_days: int) -> int:
    """That read days."""
    return max(1, min(how.workers or os.cpu_count() or 1, n_days))


def find_days(folder: Path) -> Items:
    """pXX/dayYY.mat in or below a folder, in natural order of persons and days.

    Raises:
        InputError: no such folder, no day in it, or one person's days in two places.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with MPIIGaze's pXX/dayYY.mat, but there is no such folder.")
    found = find_files(folder.resolve(), is_like_a_day)
    days = [path for path in found if DAY.fullmatch(two_names(path))]
    if not days:
        raise InputError(f"{folder}: expected MPIIGaze's pXX/dayYY.mat in it or below, found none{instead(found)}.")
    places: dict[str, Path] = {}
    for path in days:
        place = places.setdefault(path.parent.name, path.parent)
        if place != path.parent:
            raise InputError(
                f"{path.parent}: the person is also in {place}, so the rows would be there twice; give the folder of "
                "one of the two, or move the other elsewhere."
            )
    others = [path for path in found if not DAY.fullmatch(two_names(path))]
    left_out = [LeftOut(str(path), f"{OTHER_NAME}: not pXX/dayYY.mat", on_purpose=True) for path in others]
    names = sorted((path.relative_to(found.folder).as_posix() for path in days), key=in_order)
    return Items(found.folder, names, [*found.left_out, *left_out])


def two_names(path: Path) -> str:
    """A person and a day: pXX/dayYY.mat."""
    return f"{path.parent.name}/{path.name}"


def in_order(name: str) -> list[Any]:
    """By which days are sorted, wherever their persons lie."""
    return natural_order(two_names(Path(name)))


def is_like_a_day(path: Path) -> bool:
    """Whether a name is that of a day, or such a name changed: Day01.MAT, day01 (2).mat."""
    return path.name.lower().startswith("day") and path.suffix.lower() == ".mat"


def all_eyes(path: Path, day: Day, *, sides: Sequence[str], mirror_right: bool) -> list[Block | LeftOut]:
    """The eyes of a day in order, after those of them that cannot be had."""
    pairs = [(row, side) for row in range(len(day.names)) for side in sides]
    left_out = [
        LeftOut(f"{two_names(path)} {day.names[row]} {side}", f"{path}: {day.unfit[row, side]}")
        for row, side in pairs
        if (row, side) in day.unfit
    ]
    fit = [pair for pair in pairs if pair not in day.unfit]
    return [*left_out, block_of(path, day, fit, mirror_right=mirror_right)]


def named_eyes(path: Path, day: Day, *, wanted: Sequence[Eye], mirror_right: bool) -> NamedEyes:
    """The eyes of a day that a list names."""
    rows_of: dict[str, list[int]] = {}
    in_small: dict[str, list[int]] = {}  # for lists in other capitals
    for row, name in enumerate(day.names):
        rows_of.setdefault(name, []).append(row)
        in_small.setdefault(name.lower(), []).append(row)
    pairs, left_out = [], {}
    for number, (picture, side) in enumerate(wanted):
        rows = rows_of.get(picture) or in_small.get(picture.lower(), [])
        if len(rows) != 1:
            what = "no picture" if not rows else f"{len(rows)} pictures of the name"
            why = f"holds {what} '{picture}', which the lists name."
        else:
            why = day.unfit.get((rows[0], side), "")
        if why:
            left_out[number] = LeftOut(f"{two_names(path)} {picture} {side}", f"{path}: {why}")
        else:
            pairs.append((rows[0], side))
    return NamedEyes(block_of(path, day, pairs, mirror_right=mirror_right), left_out)


def block_of(path: Path, day: Day, pairs: Sequence[tuple[int, str]], *, mirror_right: bool) -> Block:
    """Eyes of a day, named by row and side."""
    flipped = np.array([mirror_right and side == "right" for _, side in pairs], bool)
    images = np.array([day.images[side][row] for row, side in pairs], np.uint8).reshape(
        -1, *day.images["left"].shape[1:]
    )
    gaze = np.array([day.gaze[side][row] for row, side in pairs], np.float64).reshape(-1, 3)
    pose = np.array([day.pose[side][row] for row, side in pairs], np.float64).reshape(-1, 3)
    images[flipped] = images[flipped][:, :, ::-1]
    gaze[flipped] *= (-1, 1, 1)
    pose[flipped] *= (1, -1, -1)  # mirroring turns a rotation about x into itself, the others round
    person, stem = path.parent.name, path.stem
    texts = {
        "subject": [person] * len(pairs),
        "day": [stem] * len(pairs),
        "side": [side for _, side in pairs],
        "path": [f"{person}/{stem}/{day.names[row]}" for row, _ in pairs],
    }
    labels = {name: np.array(values, object) for name, values in texts.items()}
    return Block(images, {"gaze": gaze, "head_pose": pose, "mirrored": flipped.astype(np.uint8), **labels})
