"""MPIIGaze as it is distributed: Data/Normalized/pXX/dayYY.mat, and the lists of its evaluation subset.

Facts about the format: the data set's own page and readme. A .mat file holds `filenames`, and `data.left` and
`data.right` with `image` (n, 36, 60) uint8, `gaze` (n, 3) unit vectors and `pose` (n, 3) rotation vectors in OpenCV's
camera frame.
"""

from __future__ import annotations

import multiprocessing
import re
import struct
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.blocks import Block, BlocksOptions, write_blocks
from gazeaug.conventions import OPENCV_ATTRIBUTES
from gazeaug.errors import InputError
from gazeaug.images import natural_order
from gazeaug.labels import Label

SIDES = ("left", "right")
EYES = ("left", "right", "both")
POSE = {"units": "radians", "frame": "opencv_camera", "kind": "rotation vector of the head"}
TEXT = Label.of(h5py.string_dtype())
LABELS = {
    "gaze": Label.of(np.float64, (3,), OPENCV_ATTRIBUTES),
    "head_pose": Label.of(np.float64, (3,), POSE),
    "subject": TEXT,
    "day": TEXT,
    "side": TEXT,
    "path": TEXT,
    "mirrored": Label.of(np.uint8, (), {"meaning": "1: flipped left to right, with gaze and head_pose"}),
}
MEMORY_BYTES = 4 << 30  # of address space for the process that reads
DAY = re.compile(r"p\d+/day\d+\.mat")
LISTED = re.compile(r"(day\d+)/(\S+)\s+(left|right)")
DAMAGED = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OSError,
    NotImplementedError,
    struct.error,
    zlib.error,
    MemoryError,
)


@dataclass(frozen=True)
class Day:
    """What one .mat file holds, for both sides."""

    names: list[str]
    images: dict[str, NDArray[np.uint8]]
    gaze: dict[str, NDArray[np.float64]]
    pose: dict[str, NDArray[np.float64]]


def prepare_mpiigaze(
    folder: Path | str,
    output: Path | str,
    *,
    eye: str = "both",
    mirror_right: bool = False,
    lists: Path | str | None = None,
    **options: Any,
) -> int:
    """Bring the Normalized eyes of MPIIGaze into an eye file, person by person and day by day; the number of eyes.

    Without lists, the pictures of a day come in the file's order, the left eye before the right one.

    Args:
        folder: the data set, its Data/Normalized, or one person's folder.
        output: the eye file.
        eye: "left", "right" or "both".
        mirror_right: flip right eyes left to right with their gaze and head pose, as the evaluation subset wants it.
        lists: folder with pXX.txt of the evaluation subset; rows then come in the order of the lists.
        options: those of `BlocksOptions`: size, color, limit, overwrite.

    Raises:
        InputError: no such files, one that is not as it should be, or a listed eye that is not there.
    """
    if eye not in EYES:
        raise InputError(f"--eye must be one of {', '.join(EYES)}, got '{eye}'.")
    sides = SIDES if eye == "both" else (eye,)
    days = find_days(Path(folder))
    listed = None if lists is None else read_lists(Path(lists), days)
    reader = DayReader()
    blocks = (
        chosen(path, reader.read(path), sides, mirror_right, None if listed is None else wanted)
        for path, wanted in (listed or [(path, []) for path in days])
    )
    facts = {"source": "MPIIGaze Normalized", "folder": Path(folder).name, "eye": eye, "mirror_right": mirror_right}
    facts["lists"] = None if lists is None else Path(lists).name
    with reader:
        return write_blocks(blocks, Path(output), LABELS, facts, BlocksOptions(**options))


class DayReader:
    """Reads .mat files in a process of its own, since SciPy's reader crashes on some damaged ones."""

    def __init__(self) -> None:
        self._process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), limit_memory)

    def read(self, path: Path) -> Day:
        """As `read_day`.

        Raises:
            InputError: as there, or the process came to its end.
        """
        try:
            return self._process.submit(read_day, path).result()
        except (BrokenProcessPool, MemoryError) as error:
            raise InputError(
                f"{path}: damaged; reading it ended the reading process ({type(error).__name__})."
            ) from error

    def __enter__(self) -> DayReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.shutdown()


def limit_memory() -> None:
    """Let a damaged length in a file fail rather than fill the machine's memory."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def find_days(folder: Path) -> list[Path]:
    """pXX/dayYY.mat in or below a folder, in natural order."""
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with MPIIGaze's pXX/dayYY.mat, but there is no such folder.")
    found = [path for path in folder.resolve().rglob("day*.mat") if DAY.fullmatch(f"{path.parent.name}/{path.name}")]
    if not found:
        raise InputError(f"{folder}: expected MPIIGaze's pXX/dayYY.mat in it or below, found none.")
    return sorted(found, key=lambda path: natural_order(f"{path.parent.name}/{path.name}"))


def read_lists(folder: Path, days: list[Path]) -> list[tuple[Path, list[tuple[str, str]]]]:
    """The listed eyes as runs of one day each: (day's file, [(picture, side)])."""
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
    return runs


def chosen(
    path: Path, day: Day, sides: tuple[str, ...], mirror_right: bool, wanted: list[tuple[str, str]] | None
) -> Block:
    """The eyes of a day that are asked for, in order."""
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


def read_day(path: Path) -> Day:
    """Read one .mat file, of MATLAB's format 5 or 7.3.

    Raises:
        InputError: it is damaged, or does not hold what MPIIGaze's files hold; SciPy is missing for format 5.
    """
    try:
        fields, names = read_hdf5(path) if h5py.is_hdf5(path) else read_format_5(path)
        day = Day(
            names,
            {side: np.asarray(fields[side, "image"], np.uint8) for side in SIDES},
            {side: np.asarray(fields[side, "gaze"], np.float64) for side in SIDES},
            {side: np.asarray(fields[side, "pose"], np.float64) for side in SIDES},
        )
    except DAMAGED as error:
        raise InputError(f"{path}: expected MPIIGaze's data.left, data.right and filenames ({error}).") from error
    n = len(names)
    for side in SIDES:
        shapes = day.images[side].shape, day.gaze[side].shape, day.pose[side].shape
        if len(shapes[0]) != 3 or shapes[0][0] != n or shapes[1:] != ((n, 3), (n, 3)):
            raise InputError(f"{path}: {n} filenames, but data.{side} has image, gaze and pose of {shapes}.")
        lengths = np.linalg.norm(day.gaze[side], axis=1)
        if not np.all(np.abs(lengths - 1) < 0.01):
            raise InputError(
                f"{path}: data.{side}.gaze must be unit vectors, row {int(np.argmax(np.abs(lengths - 1)))} is not."
            )
    return day


def read_format_5(path: Path) -> tuple[dict[tuple[str, str], NDArray[Any]], list[str]]:
    """MATLAB's format 5, through SciPy; axes of length 1 are kept, so a day of one picture reads like any other."""
    try:
        from scipy.io import loadmat
        from scipy.io.matlab import MatReadError
    except ImportError:
        raise InputError(f"{path}: reading MATLAB's format 5 needs SciPy: pip install 'gazeaug[mat]'.") from None
    try:
        found = loadmat(path)
    except MatReadError as error:
        raise ValueError(str(error)) from error
    fields: dict[tuple[str, str], NDArray[Any]] = {}
    for side in SIDES:
        eye = found["data"][0, 0][side][0, 0]
        fields |= {(side, name): restored(eye[name], name) for name in ("image", "gaze", "pose")}
    return fields, [str(np.ravel(name)[0]) for name in np.ravel(found["filenames"])]


def read_hdf5(path: Path) -> tuple[dict[tuple[str, str], NDArray[Any]], list[str]]:
    """MATLAB's format 7.3, which is HDF5 with the axes in reverse and text as references to numbers."""
    with h5py.File(path, "r") as file:
        fields = {
            (side, name): restored(file["data"][side][name][()].T, name)
            for side in SIDES
            for name in ("image", "gaze", "pose")
        }
        names = ["".join(map(chr, np.ravel(file[reference][()]))) for reference in np.ravel(file["filenames"][()])]
    return fields, names


def restored(values: NDArray[Any], name: str) -> NDArray[Any]:
    """A field with its first axis, which a day of one picture may have lost."""
    rank = 3 if name == "image" else 2
    return values[None] if values.ndim == rank - 1 else values


def blocks_of(path: Path, rows_at_once: int = 1024) -> Iterator[tuple[str, h5py.Group, int, int]]:
    """The people of an MPIIGaze.h5 in slabs: (person, group, first row, row behind the last)."""
    with h5py.File(path, "r") as file:
        people = sorted((name for name in file if re.fullmatch(r"p\d+", name)), key=natural_order)
        if not people:
            raise InputError(f"{path}: expected groups p00, p01, ... as MPIIGaze.h5 has them, found none.")
        for person in people:
            group = file[person]
            if not isinstance(group, h5py.Group) or not {"image", "gaze", "pose"} <= set(group):
                raise InputError(f"{path}: expected image, gaze and pose in '{person}'.")
            n = len(group["image"])
            for start in range(0, n, rows_at_once):
                yield person, group, start, min(start + rows_at_once, n)
