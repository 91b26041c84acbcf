"""Rows of a refined file whose iris moved, flagged in a label `drift_px`; no row is ever dropped. Imports no torch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.checksums import ADDED_LABELS
from gazeaug.errors import InputError
from gazeaug.eyes import open_eyes
from gazeaug.iris_registration import iris_drift
from gazeaug.outputs import writing_to

DRIFT = "drift_px"
SHARE_OF_TIME = 0.02  # of the refining; what reading costs comes on top
USUAL_ROW_SECONDS = 0.005  # taken where nothing was left to refine
ROWS_AT_ONCE, ROWS_TIMED = 2048, 64
LARGEST_GAP = 4096  # rows between two that are measured
MOST_NAMED = 8

Read = Callable[[int, int], NDArray[np.uint8]]


@dataclass(frozen=True, kw_only=True)
class DriftCheck:
    """What was measured."""

    limit: float
    """Pixels; rows above are named."""
    n_images: int
    n_measured: int
    gap: int
    """One row in so many was measured, from row 0."""
    mean: float
    p99: float
    above: list[int]
    """Measured rows that moved further than the limit."""

    def __str__(self) -> str:
        which = "all rows" if self.gap == 1 else f"one row in {self.gap}"
        said = f"iris drift, {which}: mean {self.mean:.2f} px, 99 % below {self.p99:.2f} px"
        if not self.above:
            return f"{said}, none above {self.limit:g}"
        rows = ", ".join(map(str, self.above[:MOST_NAMED])) + (" ..." if len(self.above) > MOST_NAMED else "")
        return (
            f"{said}\nwarning: {len(self.above):,} of {self.n_measured:,} measured rows moved more than "
            f"{self.limit:g} px, so their gaze labels are doubtful: rows {rows} ('{DRIFT}' holds the drift, NaN where "
            "it was not measured)"
        )


def flag_drift(read: Read, refined: Path, *, limit: float, refining_seconds: float | None = None) -> DriftCheck:
    """Measure the iris drift of a refined file and write it into the file, in pixels, NaN where it was not measured.

    Args:
        read: input pictures of rows start..stop-1, in the refined pictures' size.
        refined: the refined file; it gets the label `drift_px`, an earlier one is replaced.
        limit: pixels that are still right.
        refining_seconds: that the refining of a row took: then as many rows are measured, evenly spread, as 2 % of it
            pays for, one in a power of two. None measures all.

    Raises:
        RunError: the disk is full.
    """
    with open_eyes(refined) as eyes:
        n = eyes.n_images
        first = slice(0, min(n, ROWS_TIMED))
        began = time.process_time()
        iris_drift(read(first.start, first.stop), eyes.read_images(first.start, first.stop))
        row_seconds = (time.process_time() - began) / first.stop
        gap = 1 if refining_seconds is None else gap_for(row_seconds, refining_seconds)
        drift = np.full(n, np.nan, np.float32)
        rows_at_once = max(ROWS_AT_ONCE // gap, 1) * gap
        for start in range(0, n, rows_at_once):
            stop = min(start + rows_at_once, n)
            drift[start:stop:gap] = iris_drift(read(start, stop)[::gap], eyes.read_images(start, stop)[::gap])
    write_drift(refined, drift, {"units": "pixels", "limit": limit, "one_row_in": gap})
    measured = drift[::gap]
    return DriftCheck(
        limit=limit,
        n_images=n,
        n_measured=len(measured),
        gap=gap,
        mean=float(measured.mean()),
        p99=float(np.percentile(measured, 99)),
        above=[int(row) for row in np.flatnonzero(drift > limit)],
    )


def flag_file(synthetic: Path, refined: Path, *, limit: float) -> DriftCheck:
    """Flag all rows of a refined file, given its input.

    Raises:
        RunError: the disk is full.
    """
    with open_eyes(synthetic) as eyes:
        return flag_drift(eyes.read_images, refined, limit=limit)


def gap_for(row_seconds: float, refining_seconds: float) -> int:
    """The smallest power of two that keeps the check within its share of the time, given seconds for a row of each."""
    wanted = row_seconds / max(SHARE_OF_TIME * refining_seconds, 1e-12)
    return int(min(2 ** np.ceil(np.log2(max(wanted, 1))), LARGEST_GAP))


def write_drift(path: Path, drift: NDArray[np.float32], attributes: dict[str, object]) -> None:
    """Add the label; the file says that it came after the checksums."""
    with writing_to(path), h5py.File(path, "r+") as file:
        if DRIFT in file:
            del file[DRIFT]
        file.create_dataset(DRIFT, data=drift).attrs.update(attributes)
        file.attrs[ADDED_LABELS] = [DRIFT]


def check_limit(limit: float | None, labels: list[str], source: Path) -> None:
    """Refuse a check that could not be done.

    Raises:
        InputError: a limit out of range, or a label of the input in the place of the one to be written.
    """
    if limit is None:
        return
    if not 0 < limit < 100:
        raise InputError(f"--check-drift must be above 0 and below 100 pixels, got {limit:g}.")
    if DRIFT in labels:
        raise InputError(f"{source}: has a label '{DRIFT}' already; leave it out by naming the others with --labels.")
