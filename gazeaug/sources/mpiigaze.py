"""MPIIGaze as it is distributed: Data/Normalized/pXX/dayYY.mat, and the lists of its evaluation subset.

Facts about the format: the data set's own page and readme. A .mat file holds `filenames`, and `data.left` and
`data.right` with `image` (n, 36, 60) uint8, `gaze` (n, 3) unit vectors and `pose` (n, 3) rotation vectors in OpenCV's
camera frame.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.gaze.conventions import HEAD_ROTATION, OPENCV_ATTRIBUTES
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import LeftOut
from gazeaug.preparing.job import PrepareReport, prepare
from gazeaug.preparing.source import Source
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
DAY = re.compile(r"p\d+/day\d+\.mat")
DAYS_PER_UNIT = 8  # what a kill can cost
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
        return f"{self.path.parent.name}/{self.path.name}"

    def __repr__(self) -> str:
        return f"{self.name} {self.eyes}"


def prepare_mpiigaze(folder: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """Bring the Normalized eyes of MPIIGaze into an eye file, person by person and day by day.

    Without lists, the pictures of a day come in the file's order, the left eye before the right one.

    Args:
        folder: the data set, its Data/Normalized, or one person's folder.
        output: the eye file.
        options: those of `MpiigazeOptions`; keep_going leaves out whole days.

    Raises:
        InputError: no such files, one that is not as it should be, or a listed eye that is not there.
    """
    how = MpiigazeOptions(**options)
    sides = SIDES if how.eye == "both" else (how.eye,)
    days, lists = find_days(Path(folder)), None if how.lists is None else Path(how.lists)
    runs = [Run(number, path) for number, path in enumerate(days)] if lists is None else read_lists(lists, days)
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
                yield chosen(run, reader.read(run.number), sides, how.mirror_right)
            except InputError as error:
                yield LeftOut(run.name, str(error))

        source = Source(
            parts=runs,
            given=[Path(folder).resolve()],
            read=read,
            files_of=lambda run: (run.path,),
            parts_per_unit=DAYS_PER_UNIT,
            labels=LABELS,
            facts=facts,
        )
        return prepare(source, Path(output), how)


def find_days(folder: Path) -> list[Path]:
    """pXX/dayYY.mat in or below a folder, in natural order."""
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with MPIIGaze's pXX/dayYY.mat, but there is no such folder.")
    found = [path for path in folder.resolve().rglob("day*.mat") if DAY.fullmatch(f"{path.parent.name}/{path.name}")]
    if not found:
        raise InputError(f"{folder}: expected MPIIGaze's pXX/dayYY.mat in it or below, found none.")
    return sorted(found, key=lambda path: natural_order(f"{path.parent.name}/{path.name}"))


def read_lists(folder: Path, days: list[Path]) -> list[Run]:
    """The listed eyes as runs of one day each."""
    by_name = {f"{path.parent.name}/{path.stem}": path for path in days}
    runs: list[tuple[Path, list[tuple[str, str]]]] = []
    people = sorted({path.parent.name for path in days}, key=natural_order)
    for person in people:
        place = folder / f"{person}.txt"
        if not place.is_file():
            raise InputError(f"{place}: missing; --lists names a folder with one pXX.txt for every person.")
        for number, line in enumerate(place.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            parts = LISTED.fullmatch(line.strip())
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


def chosen(run: Run, day: Day, sides: tuple[str, ...], mirror_right: bool) -> Block:
    """The eyes of a day that are asked for, in order."""
    path, wanted = run.path, run.eyes
    if wanted is None:
        pairs = [(row, side) for row in range(len(day.names)) for side in sides]
    else:
        row_of = {name: row for row, name in enumerate(day.names)}
        for picture, _ in wanted:
            if picture not in row_of:
                raise InputError(f"{path}: holds no picture '{picture}', which the lists name.")
        pairs = [(row_of[picture], side) for picture, side in wanted if side in sides]
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
