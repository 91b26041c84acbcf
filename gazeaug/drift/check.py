"""Rows of a refined file whose iris moved, flagged in a label `drift_px`; no row is ever dropped. Imports no torch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.drift.registration import iris_drift
from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.reader import open_eyes
from gazeaug.outputs import writing_to
from gazeaug.units.checksums import ADDED_LABELS

DRIFT, GAP = "drift_px", "one_row_in"  # the label, and its attribute
SHARE_OF_TIME = 0.02  # of the refining; what reading costs comes on top
USUAL_ROW_SECONDS = 0.005  # taken where nothing was left to refine
ROWS_AT_ONCE, ROWS_TIMED = 2048, 64
LARGEST_GAP = 4096  # rows between two that are measured
MOST_NAMED = 8

Read = Callable[[int, int], NDArray[np.uint8]]


@dataclass(frozen=True, kw_only=True, eq=False)
class DriftCheck:
    """What was measured."""

    limit: float
    """Pixels; rows above are named."""
    gap: int
    """One row in so many was measured, from row 0."""
    drift_px: NDArray[np.float32]
    """Pixels, NaN where it was not measured."""

    @property
    def measured(self) -> NDArray[np.float32]:
        """Pixels of the measured rows alone."""
        return self.drift_px[:: self.gap]

    @property
    def above(self) -> list[int]:
        """Measured rows that moved further than the limit."""
        return [int(row) for row in np.flatnonzero(self.drift_px > self.limit)]

    def to_json(self) -> dict[str, Any]:
        """Plain values: the limit and the gap, and of the measured rows how many, their mean, and those above."""
        mean, p99 = float(self.measured.mean()), float(np.percentile(self.measured, 99))
        n_measured = len(self.measured)
        return {"limit": self.limit, "gap": self.gap, "n": n_measured, "mean": mean, "p99": p99, "above": self.above}

    def __str__(self) -> str:
        which = "all rows" if self.gap == 1 else f"one row in {self.gap}"
        mean, p99, above = self.measured.mean(), np.percentile(self.measured, 99), self.above
        said = f"iris drift, {which}: mean {mean:.2f} px, 99 % below {p99:.2f} px"
        if not above:
            return f"{said}, none above {self.limit:g}"
        rows = ", ".join(map(str, above[:MOST_NAMED])) + (" ..." if len(above) > MOST_NAMED else "")
        return (
            f"{said}\nwarning: {len(above):,} of {len(self.measured):,} measured rows moved more than "
            f"{self.limit:g} px, so their gaze labels are doubtful: rows {rows} ('{DRIFT}' holds the drift, NaN where "
            "it was not measured)"
        )

    def write(self, file: h5py.File) -> None:
        """Add the label, or replace it; the file says that it came after the checksums."""
        if DRIFT in file:
            del file[DRIFT]
        attributes = {"units": "pixels", "limit": self.limit, GAP: self.gap}
        file.create_dataset(DRIFT, data=self.drift_px).attrs.update(attributes)
        file.attrs[ADDED_LABELS] = [DRIFT]


def check_drift(
    read: Read, read_refined: Read, n_images: int, *, limit: float, refining_seconds: float | None = None
) -> DriftCheck:
    """Measure how far irises moved.

    Args:
        read: input pictures of rows start..stop-1, in the refined pictures' size.
        read_refined: refined pictures of the same rows.
        n_images: how many there are.
        limit: pixels that are still right.
        refining_seconds: that the refining of a row took: then as many rows are measured, evenly spread, as 2 % of it
            pays for, one in a power of two. None measures all.
    """
    first = min(n_images, ROWS_TIMED)
    began = time.process_time()
    iris_drift(read(0, first), read_refined(0, first))
    row_seconds = (time.process_time() - began) / first
    gap = 1 if refining_seconds is None else gap_for(row_seconds, refining_seconds)
    drift = np.full(n_images, np.nan, np.float32)
    rows_at_once = max(ROWS_AT_ONCE // gap, 1) * gap
    for start in range(0, n_images, rows_at_once):
        stop = min(start + rows_at_once, n_images)
        drift[start:stop:gap] = iris_drift(read(start, stop)[::gap], read_refined(start, stop)[::gap])
    return DriftCheck(limit=limit, gap=gap, drift_px=drift)


def flag_file(read: Read, refined: Path, *, limit: float) -> DriftCheck:
    """Measure all rows of a refined file and write `drift_px` into it; `read` gives its input.

    Raises:
        RunError: the disk is full.
    """
    with open_eyes(refined) as eyes:
        found = check_drift(read, eyes.read_images, eyes.n_images, limit=limit)
    with writing_to(refined), open_hdf5(refined, "r+") as file:
        found.write(file)
    return found


def written_check(refined: Path, *, limit: float) -> DriftCheck | None:
    """What an earlier check wrote into a file, None where there was none."""
    with open_hdf5(refined) as file:
        if DRIFT not in file:
            return None
        return DriftCheck(limit=limit, gap=int(file[DRIFT].attrs[GAP]), drift_px=file[DRIFT][()])


def gap_for(row_seconds: float, refining_seconds: float) -> int:
    """The smallest power of two that keeps the check within its share of the time, given seconds for a row of each."""
    wanted = row_seconds / max(SHARE_OF_TIME * refining_seconds, 1e-12)
    return int(min(2 ** np.ceil(np.log2(max(wanted, 1))), LARGEST_GAP))


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
