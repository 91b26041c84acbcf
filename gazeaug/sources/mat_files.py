"""MPIIGaze's .mat files, of MATLAB's format 5 or 7.3, read in processes of their own."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.labels import is_text
from gazeaug.eyefile.links import open_inside
from gazeaug.eyefile.pixels import in_grey_levels
from gazeaug.file_kinds import kind_of
from gazeaug.preparing.pool import follow_the_parent
from gazeaug.preparing.processes import APART

SIDES = ("left", "right")
MAT_KINDS = ("a MATLAB file of format 5", "an HDF5 file")
DAYS_AHEAD = 2  # for each process
MEMORY_BYTES = 768 << 20  # that reading may take on top of what the process has when it begins
DAMAGED = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OSError,
    NotImplementedError,
    RuntimeError,
    AttributeError,
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
    unfit: dict[tuple[int, str], str] = field(default_factory=dict)
    """What is wrong with single eyes, by row and side."""


T = TypeVar("T")
Choose = Callable[[Path, Day], T]
"""Takes from a day, and the path of its file, what is wanted of it; can be sent to another process."""


class DayReader:
    """Reads .mat files in a process of its own, since SciPy's reader crashes on some damaged ones."""

    def __init__(self) -> None:
        self._process = self._started()

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, APART, begin_reading)

    def read(self, path: Path, choose: Choose[T]) -> T:
        """What is chosen of a day, in the process, so that nothing else crosses to this one.

        Raises:
            InputError: as `read_day`, or the process came to its end.
        """
        try:
            return self._process.submit(read_and_choose, path, choose).result()
        except (BrokenProcessPool, MemoryError) as error:
            self._process.shutdown()
            self._process = self._started()  # for the next day
            raise InputError(
                f"{path}: damaged; reading it ended the reading process ({type(error).__name__})."
            ) from error

    def close(self) -> None:
        """End the process."""
        self._process.shutdown()


class DaysAhead(Generic[T]):
    """Reads .mat files in several processes, ahead of what is asked for; use as a context manager.

    Args:
        paths: in the order in which they will be asked for.
        workers: processes.
        choose: what is wanted of each.
    """

    def __init__(self, paths: Sequence[Path], workers: int, choose: Sequence[Choose[T]]) -> None:
        self._paths, self._choose, self._days, self._n_begun = paths, choose, dict[int, Future[T]](), 0
        self._readers = [DayReader() for _ in range(workers)]
        self._idle: SimpleQueue[DayReader] = SimpleQueue()
        for reader in self._readers:
            self._idle.put(reader)
        self._threads = ThreadPoolExecutor(workers)

    def read(self, number: int) -> T:
        """What is wanted of the file of this number, while the next are begun; raises as `DayReader.read`."""
        stop = min(number + DAYS_AHEAD * len(self._readers), len(self._paths))
        for ahead in range(max(number, self._n_begun), stop):
            self._days[ahead] = self._threads.submit(self._read, ahead)
        self._n_begun = max(self._n_begun, stop)
        return self._days.pop(number).result()

    def _read(self, number: int) -> T:
        reader = self._idle.get()
        try:
            return reader.read(self._paths[number], self._choose[number])
        finally:
            self._idle.put(reader)

    def __enter__(self) -> DaysAhead[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        for reader in self._readers:
            reader.close()


def begin_reading() -> None:
    """Live no longer than the parent, and let a damaged length in a file fail rather than fill the machine's memory."""
    follow_the_parent()
    if sys.platform != "win32":
        import resource

        taken = Path("/proc/self/statm")
        pages = int(taken.read_text().split()[0]) if taken.exists() else 0
        most = MEMORY_BYTES + pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def read_and_choose(path: Path, choose: Choose[T]) -> T:
    """A task of the process; raises as `read_day`."""
    return choose(path, read_day(path))


def read_day(path: Path) -> Day:
    """Read one .mat file, of MATLAB's format 5 or 7.3.

    Raises:
        InputError: it is damaged, or does not hold what MPIIGaze's files hold; SciPy is missing for format 5.
    """
    kind = kind_of(path)
    if kind not in MAT_KINDS and not kind.startswith("no known kind"):  # format 4 has no signature
        raise InputError(f"{path}: expected a .mat file of MPIIGaze, found {kind}.")
    try:
        fields, names = read_hdf5(path) if h5py.is_hdf5(path) else read_format_5(path)
        day = Day(
            names,
            {side: in_grey_levels(fields[side, "image"], f"{path}: data.{side}.image") for side in SIDES},
            {side: np.asarray(fields[side, "gaze"], np.float64) for side in SIDES},
            {side: np.asarray(fields[side, "pose"], np.float64) for side in SIDES},
        )
    except DAMAGED as error:
        raise InputError(f"{path}: expected MPIIGaze's data.left, data.right and filenames ({error}).") from error
    n = len(names)
    for row, name in enumerate(names):
        if not is_text(name):
            reason = f"row {row} of filenames must be text, found {name[:60]!a}."
            day.unfit.update({(row, side): reason for side in SIDES})
    for side in SIDES:
        shapes = day.images[side].shape, day.gaze[side].shape, day.pose[side].shape
        if len(shapes[0]) != 3 or shapes[0][0] != n or shapes[1:] != ((n, 3), (n, 3)):
            raise InputError(f"{path}: {n} filenames, but data.{side} has image, gaze and pose of {shapes}.")
        if shapes[0] != (left := day.images[SIDES[0]].shape):
            raise InputError(f"{path}: data.left.image has the shape {left}, data.right.image {shapes[0]}.")
        is_unit = np.abs(np.linalg.norm(day.gaze[side], axis=1) - 1) < 0.01
        for row in np.flatnonzero(~is_unit).tolist():
            day.unfit[row, side] = f"data.{side}.gaze must be unit vectors, row {row} is not."
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
    return fields, [str(name.item(0)) for name in np.ravel(found["filenames"])]


def read_hdf5(path: Path) -> tuple[dict[tuple[str, str], NDArray[Any]], list[str]]:
    """MATLAB's format 7.3, which is HDF5 with the axes in reverse and text as references to numbers."""
    with open_hdf5(path) as file:
        try:
            fields = {
                (side, name): restored(open_inside(file, f"data/{side}/{name}")[()].T, name)
                for side in SIDES
                for name in ("image", "gaze", "pose")
            }
            references = np.ravel(open_inside(file, "filenames")[()])
        except InputError as error:  # a link, or a virtual dataset
            raise ValueError(str(error)) from error
        names = ["".join(map(chr, np.ravel(file[reference][()]))) for reference in references]
    return fields, names


def restored(values: NDArray[Any], name: str) -> NDArray[Any]:
    """A field with its first axis, which a day of one picture may have lost."""
    rank = 3 if name == "image" else 2
    return values[None] if values.ndim == rank - 1 else values
