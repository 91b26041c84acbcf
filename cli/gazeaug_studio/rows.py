"""Rows of an eye file: raw pictures with ETags, marks that are drawn over them, and all labels of one.

Shape suffixes: N rows, K points.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import text_of
from gazeaug.eyefile.pixel_labels import EDGES
from gazeaug.eyefile.reader import EyeFile
from gazeaug_studio.answers import BytesResponse, JSONResponse, not_modified
from gazeaug_studio.bodies import needed, whole_number
from gazeaug_studio.directions import angles_of, directions, gaze_of
from gazeaug_studio.errors import Refused
from gazeaug_studio.eye_files import Seen, seen_by
from gazeaug_studio.eye_info import MOST_ROWS, most_rows, points_of
from gazeaug_studio.label_values import shown

ROWS_AT_ONCE = 256  # of scattered ones: what lies between two near ones is read along with them
DIGITS = 5  # of numbers for drawing

Wanted = range | list[int]


def rows(request: Request) -> Response:
    """Pictures of some rows as raw uint8, one after the other; 304 where the page has them."""
    seen, wanted = seen_by(request), wanted_rows(request)
    etag = etag_of(seen, wanted)
    if (known := not_modified(request, etag)) is not None:
        return known
    with seen.reading() as eyes:
        check_rows(eyes, wanted, seen.name)
        content = pictures(eyes, wanted)
    headers = {"ETag": etag, "X-Shape": ",".join(map(str, content.shape))}
    return BytesResponse(content.tobytes(), headers=headers)


def marks(request: Request) -> JSONResponse:
    """Gaze and points of some rows."""
    seen, wanted = seen_by(request), wanted_rows(request)
    found: dict[str, Any] = {"rows": list(wanted), "look_vec": None, "angles": None, "points": {}}
    with seen.reading() as eyes:
        check_rows(eyes, wanted, seen.name)
        gaze = gaze_of(eyes).known
        if gaze is not None:
            look_vec = directions(gaze, label_rows(eyes, gaze.label, wanted))
            found |= {"look_vec": plain(look_vec), "angles": plain(angles_of(look_vec))}
        found["points"] = {label: plain(points_in(eyes, label, wanted)) for label in points_of(eyes)}
    return JSONResponse(found)


def labels(request: Request) -> JSONResponse:
    """All labels of a row; one that cannot be read says why in its place."""
    seen, row = seen_by(request), whole_number(needed(request, "row"), "row")
    found = {}
    with seen.reading() as eyes:
        check_rows(eyes, [row], seen.name)
        for label in sorted(eyes.labels):
            try:
                found[label] = shown(eyes.read_label(label, row, row + 1)[0])
            except InputError as error:
                found[label] = {"problem": seen.in_folder(str(error))}
    return JSONResponse(found)


def wanted_rows(request: Request) -> Wanted:
    """The rows of an address: start=&stop= or rows=5,9,2.

    Raises:
        Refused: 400 for what is no such selection, or too many.
    """
    listed = request.query_params.get("rows")
    if listed is not None:
        wanted: Wanted = [whole_number(text, "rows") for text in listed.split(",", MOST_ROWS)]
    else:
        start, stop = (whole_number(needed(request, end), end) for end in ("start", "stop"))
        if start > stop:
            raise Refused(400, f"start={start} is behind stop={stop}.")
        wanted = range(start, stop)
    if len(wanted) > MOST_ROWS:
        raise Refused(400, f"A request may ask for {MOST_ROWS:,} rows at most.")
    return wanted


def check_rows(eyes: EyeFile, wanted: Wanted, name: str) -> None:
    """Refuse rows that are not there, and more than an answer may hold.

    Raises:
        Refused: 404 for the former, 400 for the latter.
    """
    last = max(wanted, default=0)
    if last >= eyes.n_images:
        raise Refused(404, f"{name}: has {eyes.n_images:,} rows, asked for row {last}; was it replaced? Reload it.")
    if len(wanted) > most_rows(eyes):
        raise Refused(400, f"{name}: of pictures this large, a request may ask for {most_rows(eyes):,} rows at most.")


def etag_of(seen: Seen, wanted: Wanted) -> str:
    """What changes when other bytes would be answered."""
    chosen = f"{wanted.start}-{wanted.stop}" if isinstance(wanted, range) else ",".join(map(str, wanted))
    return f'"{seen.state}-{hashlib.sha256(chosen.encode()).hexdigest()[:24]}"'


def pictures(eyes: EyeFile, wanted: Wanted) -> NDArray[np.uint8]:
    """Pictures of rows in the order asked for, (N, H, W) or (N, H, W, 3)."""
    if isinstance(wanted, range):
        return eyes.read_images(wanted.start, wanted.stop)
    numbers = np.array(wanted, np.int64)
    pieces = [eyes.read_rows(numbers[at : at + ROWS_AT_ONCE]) for at in range(0, len(numbers), ROWS_AT_ONCE)]
    return np.concatenate(pieces)


def label_rows(eyes: EyeFile, name: str, wanted: Wanted) -> NDArray[Any]:
    """Rows of a label in the order asked for."""
    if isinstance(wanted, range):
        return eyes.read_label(name, wanted.start, wanted.stop)
    return eyes.read_label_rows(name, np.array(wanted, np.int64))


def points_in(eyes: EyeFile, name: str, wanted: Wanted) -> NDArray[np.float64]:
    """Points of a label in pixels, centres at integers, (N, K, 2)."""
    points = np.asarray(label_rows(eyes, name, wanted), np.float64)
    from_edge = EDGES.search(text_of(eyes.labels[name].attributes.get("axes", "")).lower())
    return points.reshape(len(points), int(np.prod(points.shape[1:-1])), 2) - (0.5 if from_edge else 0.0)


def plain(values: NDArray[np.float64]) -> list[Any]:
    """Numbers for JSON, rounded for drawing; None in place of a row or a point of which a number is not finite."""
    rounded: list[Any] = np.round(values, DIGITS).tolist()
    is_finite = np.asarray(np.isfinite(values).all(axis=-1))
    return rounded if is_finite.all() else without(rounded, is_finite.tolist())


def without(values: list[Any], is_finite: list[Any]) -> list[Any]:
    """Nested lists with None in the place of those that are not finite."""
    pairs = zip(values, is_finite, strict=True)
    return [without(one, ok) if isinstance(ok, list) else one if ok else None for one, ok in pairs]
