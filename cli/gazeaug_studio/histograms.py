"""How a file's gaze is spread, pitch by yaw, and how a label's numbers are; found once for a file that stays as it is.

Shape suffixes: P cells of pitch, Y cells of yaw.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import EyeFile
from gazeaug.gaze.checks import doubts
from gazeaug.gaze.conventions import VectorConvention
from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.bodies import needed, whole_number
from gazeaug_studio.directions import angles_of, are_directions, directions, gaze_of
from gazeaug_studio.errors import Refused
from gazeaug_studio.eye_files import Seen, seen_by
from gazeaug_studio.selection import check_label, numbers_of

FINEST = 0.5  # degrees of a cell; others are whole multiples that part a right angle
CELLS = (0.5, 1.0, 2.0, 3.0, 5.0, 6.0, 10.0, 15.0, 30.0, 45.0)
N_PITCH, N_YAW = int(180 / FINEST), int(360 / FINEST)
BINS, MOST_BINS = 60, 360
KEPT = 32  # histograms


def gaze_map(request: Request) -> JSONResponse:
    """Rows by pitch and yaw."""
    return JSONResponse(mapped(seen_by(request), bins_of(request)))


def histogram(request: Request) -> JSONResponse:
    """Rows by a label's number."""
    return JSONResponse(counted(seen_by(request), needed(request, "label"), bins_of(request)))


def bins_of(request: Request) -> int:
    """How many cells there may be along an axis; raises Refused with 400."""
    bins = whole_number(request.query_params.get("bins", str(BINS)), "bins")
    if not 2 <= bins <= MOST_BINS:
        raise Refused(400, f"bins must be from 2 to {MOST_BINS}, got {bins}.")
    return bins


@lru_cache(KEPT)
def mapped(seen: Seen, bins: int) -> dict[str, Any]:
    """The map: ends of its axes in degrees, the side of a cell, and counts from low to high.

    Raises:
        Refused: 422 where the file has no gaze whose convention is known.
    """
    counts, n_missing, sizes = np.zeros(N_PITCH * N_YAW, np.int64), 0, [np.inf, 0.0, 0.0]
    for in_cells, missing, found in seen.scan(_cells):
        counts += np.bincount(in_cells, minlength=len(counts))
        n_missing += missing
        sizes = [min(sizes[0], found[0]), max(sizes[1], found[1]), max(sizes[2], found[2])]
    with seen.reading() as eyes:
        gaze, n_images = gaze_of(eyes), eyes.n_images
        said = list(gaze.doubts)
        if gaze.known is not None and n_missing < n_images:
            said += doubts(eyes.labels[gaze.known.label], gaze.known.convention, *sizes)
    return {**cropped(counts.reshape(N_PITCH, N_YAW), bins), "n_missing": n_missing, "doubts": said}


def _cells(eyes: EyeFile, start: int, stop: int) -> tuple[NDArray[np.int64], int, list[float]]:
    """The finest cells of a block's rows, how many rows have none, and sizes as `gazeaug.gaze.checks.doubts` takes."""
    gaze = gaze_of(eyes).known
    if gaze is None:
        raise InputError(f"{eyes.path}: has no gaze whose convention is known.")
    wide = np.asarray(eyes.read_label(gaze.label, start, stop), np.float64)
    wide = wide[are_directions(gaze, wide)]
    pitch, yaw = angles_of(directions(gaze, wide)).T
    row = np.clip(np.floor((pitch + 90) / FINEST), 0, N_PITCH - 1).astype(np.int64)
    column = np.clip(np.floor((yaw + 180) / FINEST), 0, N_YAW - 1).astype(np.int64)
    is_vector = isinstance(gaze.convention, VectorConvention)
    sizes = np.linalg.norm(wide[:, :3], axis=1) if is_vector else np.abs(wide)
    fourth = float(np.abs(wide[:, 3:]).max(initial=0))
    found = [float(sizes.min(initial=np.inf)), float(sizes.max(initial=0)), fourth]
    return row * N_YAW + column, stop - start - len(wide), found


def cropped(counts_PY: NDArray[np.int64], bins: int) -> dict[str, Any]:
    """The part that holds any rows, in cells large enough that there are at most so many along an axis."""
    spans = [np.flatnonzero(counts_PY.any(axis=axis)) for axis in (1, 0)]
    if not len(spans[0]):
        return {"pitch": [0, 0], "yaw": [0, 0], "cell": CELLS[0], "counts": []}
    for cell in CELLS:
        step = int(cell / FINEST)
        ends = [(int(span[0]) // step * step, (int(span[-1]) // step + 1) * step) for span in spans]
        if max(stop - start for start, stop in ends) <= bins * step:
            break
    (bottom, top), (left, right) = ends
    part = counts_PY[bottom:top, left:right]
    whole = part.reshape(part.shape[0] // step, step, part.shape[1] // step, step).sum(axis=(1, 3))
    return {
        "pitch": [bottom * FINEST - 90, top * FINEST - 90],
        "yaw": [left * FINEST - 180, right * FINEST - 180],
        "cell": cell,
        "counts": whole.tolist(),
    }


@lru_cache(KEPT)
def counted(seen: Seen, name: str, bins: int) -> dict[str, Any]:
    """A label's numbers: ends, counts from low to high, and how many rows have none that is finite.

    Whole numbers that are few have a bin each, with the number in its middle.

    Raises:
        Refused: 422 where the file has no such label of one number a row.
    """
    with seen.reading() as eyes:
        check_label(eyes, name, "number")
        is_whole, n_images = eyes.labels[name].dtype.kind in "iub", eyes.n_images
    low, high, n = np.inf, -np.inf, 0
    for values in seen.scan(lambda eyes, start, stop: finite(numbers_of(eyes, name, start, stop))):
        low, high = min(low, values.min(initial=np.inf)), max(high, values.max(initial=-np.inf))
        n += len(values)
    if not n:
        return {"low": None, "high": None, "counts": [], "n_missing": n_images}
    if is_whole and high - low < bins:
        low, high, bins = low - 0.5, high + 0.5, int(high - low) + 1
    elif not high / 2 - low / 2 > 1e-300:
        low, high, bins = low - 0.5, high + 0.5, 1
    counts, width = np.zeros(bins, np.int64), (high / 2 - low / 2) / bins
    for values in seen.scan(lambda eyes, start, stop: finite(numbers_of(eyes, name, start, stop))):
        places = np.clip(np.floor((values / 2 - low / 2) / width), 0, bins - 1).astype(np.int64)
        counts += np.bincount(places, minlength=bins)
    return {"low": float(low), "high": float(high), "counts": counts.tolist(), "n_missing": n_images - n}


def finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those that are."""
    return values[np.isfinite(values)]
