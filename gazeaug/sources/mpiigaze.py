"""MPIIGaze as it is distributed: Data/Normalized/pXX/dayYY.mat, and the lists of its evaluation subset.

Facts about the format: the data set's own page and readme. A .mat file holds `filenames`, and `data.left` and
`data.right` with `image` (n, 36, 60) uint8, `gaze` (n, 3) unit vectors and `pose` (n, 3) rotation vectors in OpenCV's
camera frame.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.gaze.conventions import HEAD_ROTATION, OPENCV_ATTRIBUTES
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import Items, LeftOut
from gazeaug.preparing.job import PrepareReport, prepare
from gazeaug.preparing.source import Source
from gazeaug.preparing.walking import OTHER_NAME, find_files, instead, names_in
from gazeaug.sources.mat_files import SIDES, Day, DaysAhead
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
PERSON_LIST = re.compile(r"p\d+\.txt")
LISTED = re.compile(r"(day\d+)/(\S+)\s+(left|right)")


@dataclass(frozen=True, repr=False)
class Run:
    """Eyes of one day."""

    number: int
    """Among the runs."""
    path: Path
    """The day's file."""
    eyes: list[tuple[str, str]] | None = None
    """Picture and side of those wanted, in order; None for all."""

    @property
    def name(self) -> str:
        """pXX/dayYY.mat."""
        return two_names(self.path)

    def __repr__(self) -> str:
        return f"{self.name} {self.eyes}"


def prepare_mpiigaze(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring the Normalized eyes of MPIIGaze into an eye file, person by person and day by day.

    Without lists, the pictures of a day come in the file's order, the left eye before the right one.

    Args:
        folder: the data set, its Data/Normalized, or one person's folder.
        output: the eye file.
        options: those of `MpiigazeOptions`; keep_going leaves out eyes, or a day that cannot be read at all.

    Raises:
        InputError: no such files, one that is not as it should be, or a listed eye that is not there.
    """
    how = MpiigazeOptions(**options)
    sides = SIDES if how.eye == "both" else (how.eye,)
    found, lists = find_days(Path(folder)), None if how.lists is None else Path(how.lists)
    days = list(found)
    runs = [Run(number, path) for number, path in enumerate(days)] if lists is None else read_lists(lists, days)
    notes = [] if lists is None else notes_on(lists, runs)
    n_processes = min(how.workers or os.cpu_count() or 1, len(runs))
    facts = {
        "source": "MPIIGaze Normalized",
        "folder": Path(folder).name,
        "eye": how.eye,
        "mirror_right": how.mirror_right,
        "lists": lists and lists.name,
    }
    with DaysAhead([run.path for run in runs], n_processes) as reader:

        def read(run: Run) -> Iterator[Block | LeftOut]:
            try:
                yield from chosen(run, reader.read(run.number), sides, how.mirror_right)
            except InputError as error:
                yield LeftOut(run.name, str(error))

        source = Source(
            parts=runs,
            given=[Path(folder).resolve()],
            left_out=found.left_out,
            notes=notes,
            read=read,
            files_of=lambda run: (run.path,),
            parts_per_unit=DAYS_PER_UNIT,
            labels=LABELS,
            facts=facts,
        )
        return prepare(source, Path(output), how)


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


def notes_on(lists: Path, runs: Sequence[Run]) -> list[str]:
    """What should be known of lists: those of persons who are not here, and eyes that they name more than once."""
    people = {run.path.parent.name for run in runs}
    there = sorted((path.stem for path in names_in(str(lists)) if PERSON_LIST.fullmatch(path.name)), key=natural_order)
    unused = [name for name in there if name not in people]
    notes = [f"{lists}: no person here for {', '.join(f'{name}.txt' for name in unused)}."] if unused else []
    times = Counter((run.name, *eye) for run in runs for eye in run.eyes or [])
    if n := sum(count > 1 for count in times.values()):
        notes.append(f"{lists}: {n:,} eyes are named more than once, and are in the output as often.")
    return notes


def read_lists(folder: Path, days: list[Path]) -> list[Run]:
    """The listed eyes as runs of one day each."""
    by_name = {f"{path.parent.name}/{path.stem}": path for path in days}
    runs: list[tuple[Path, list[tuple[str, str]]]] = []
    people = sorted({path.parent.name for path in days}, key=natural_order)
    for person in people:
        place = folder / f"{person}.txt"
        if not place.is_file():
            raise InputError(f"{place}: missing; --lists names a folder with one pXX.txt for every person.")
        for number, line in enumerate(read_lines(place), start=1):
            if not line.strip():
                continue
            parts = LISTED.fullmatch(line.strip().replace("\\", "/"))
            if parts is None:
                raise InputError(f"{place}: line {number}: expected 'dayNN/NNNN.jpg left|right', found {line[:60]!r}.")
            day, picture, side = parts.groups()
            if f"{person}/{day}" not in by_name:
                raise InputError(f"{place}: line {number}: {person}/{day}.mat is not there.")
            path = by_name[f"{person}/{day}"]
            if not runs or runs[-1][0] != path:
                runs.append((path, []))
            runs[-1][1].append((picture, side))
    return [Run(number, path, eyes) for number, (path, eyes) in enumerate(runs)]


def read_lines(path: Path) -> list[str]:
    """The lines of a list.

    Raises:
        InputError: it cannot be read as text.
    """
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a list of eyes as text in UTF-8 ({error}).") from error


def chosen(run: Run, day: Day, sides: tuple[str, ...], mirror_right: bool) -> Iterator[Block | LeftOut]:
    """The eyes of a day that are asked for, in order, after those of them that cannot be had."""
    path = run.path
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(day.names):
        rows_of.setdefault(name, []).append(row)
    wanted = [(name, side) for name in day.names for side in sides] if run.eyes is None else run.eyes
    pairs = []
    for number, (picture, side) in enumerate(wanted):
        rows = rows_of.get(picture, []) if run.eyes is not None else [number // len(sides)]
        if side not in sides:
            continue
        if len(rows) != 1:
            what = "no picture" if not rows else f"{len(rows)} pictures of the name"
            yield LeftOut(f"{run.name} {picture} {side}", f"{path}: holds {what} '{picture}', which the lists name.")
        elif (rows[0], side) in day.unfit:
            yield LeftOut(f"{run.name} {picture} {side}", f"{path}: {day.unfit[rows[0], side]}")
        else:
            pairs.append((rows[0], side))
    yield block_of(run, day, pairs, mirror_right=mirror_right)


def block_of(run: Run, day: Day, pairs: Sequence[tuple[int, str]], *, mirror_right: bool) -> Block:
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
    person, stem = run.path.parent.name, run.path.stem
    texts = {
        "subject": [person] * len(pairs),
        "day": [stem] * len(pairs),
        "side": [side for _, side in pairs],
        "path": [f"{person}/{stem}/{day.names[row]}" for row, _ in pairs],
    }
    labels = {name: np.array(values, object) for name, values in texts.items()}
    return Block(images, {"gaze": gaze, "head_pose": pose, "mirrored": flipped.astype(np.uint8), **labels})
