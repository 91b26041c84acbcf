"""What the page Compare asks for: rows that go together, their labels, how far irises moved, how much was changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from gazeaug.pictures.crops import resize_pictures
from gazeaug_studio.answers import BytesResponse, JSONResponse
from gazeaug_studio.bodies import needed, whole_number
from gazeaug_studio.changes import CHANGES, ChangeWork
from gazeaug_studio.errors import Refused
from gazeaug_studio.eye_files import seen_as, seen_by
from gazeaug_studio.label_pairs import LabelledRow, compared_labels
from gazeaug_studio.pairs import DRIFT, Pairing, paired
from gazeaug_studio.rows import check_rows, pictures, wanted_rows
from gazeaug_studio.studio import studio_of

MOST_FITTED = 256  # rows of one answer: resizing takes its time


def pair(request: Request) -> JSONResponse:
    """Whether files go together, how, and what speaks against it."""
    return JSONResponse(pairing_of(request).facts)


def rows(request: Request) -> Response:
    """Rows of each file, pair by pair: uint32 little-endian, all of the first file, then all of the next."""
    return numbers(np.stack(pairing_of(request).rows).astype("<u4"))


def fitted(request: Request) -> Response:
    """Rendered pictures of some rows as they are in the size of the refined ones, cut as `--resize` cuts them."""
    wanted = wanted_rows(request)
    if len(wanted) > MOST_FITTED:
        raise Refused(400, f"A request may ask for {MOST_FITTED} resized rows at most.")
    first = seen_as(request, needed(request, "first"), request.query_params.get("state"))
    _, refined = paired(first, seen_as(request, needed(request, "second"))).sides
    with first.reading() as eyes:
        check_rows(eyes, wanted, first.name)
        found = pictures(eyes, wanted)
    return numbers(resize_pictures(found, refined.shape[:2]))


def labels(request: Request) -> JSONResponse:
    """The labels of a rendered row and of its refined twin, and whether they are equal."""
    before, after = (
        LabelledRow.of(seen_as(request, needed(request, side)), whole_number(needed(request, f"{side}_row"), "row"))
        for side in ("first", "second")
    )
    return JSONResponse({"labels": compared_labels(before, after)})


def drift(request: Request) -> Response:
    """How far the iris of each row moved, pixels: float32, NaN where it was not measured.

    Raises:
        Refused: 404 where the file does not say.
    """
    seen = seen_by(request)
    with seen.reading() as eyes:
        if DRIFT not in eyes.labels or eyes.labels[DRIFT].shape != ():
            raise Refused(404, f"{seen.name}: has no label '{DRIFT}'; gazeaug drift --flag writes it.")
        return numbers(eyes.read_label(DRIFT, 0, eyes.n_images).astype("<f4"))


def start_change(request: Request, body: dict[str, Any]) -> JSONResponse:
    """Begin to measure how much each pair was changed, or go on with it."""
    key, work = CHANGES.start(*(seen_as(request, body.get(side)) for side in ("first", "second")))
    return JSONResponse({"id": key, **state_of_work(work)})


def change(request: Request) -> JSONResponse:
    """How far it is."""
    return JSONResponse(state_of_work(CHANGES.find(studio_of(request).workspace, needed(request, "id"))))


def stop_change(request: Request, body: dict[str, Any]) -> JSONResponse:
    """Stop measuring; what is done stays, for the next time."""
    work = CHANGES.find(studio_of(request).workspace, str(body.get("id")))
    work.is_stopped = True
    return JSONResponse(state_of_work(work))


def change_values(request: Request) -> Response:
    """Grey levels by row of the refined file, float32 from row `from` on as far as they are; X-Next: the row behind."""
    work = CHANGES.find(studio_of(request).workspace, needed(request, "id"))
    start, stop = whole_number(request.query_params.get("from", "0"), "from"), work.rows_done
    answer = numbers(work.values[start:stop].astype("<f4"))
    answer.headers["X-Next"] = str(max(start, stop))
    return answer


def state_of_work(work: ChangeWork) -> dict[str, Any]:
    """Pairs done and in all, whether it runs, and the sentence of what went wrong."""
    problem = None if work.problem is None else work.pairing.sides[0].seen.in_folder(str(work.problem))
    return {"done": work.done, "total": work.total, "is_running": work.is_running, "problem": problem}


def pairing_of(request: Request) -> Pairing:
    """The pairing of an address: first=&second= and, where there are two refined files, third=."""
    names = [needed(request, "first"), needed(request, "second"), request.query_params.get("third")]
    return paired(*(seen_as(request, name) for name in names if name))


def numbers(values: NDArray[Any]) -> Response:
    """An array as its bytes."""
    return BytesResponse(np.ascontiguousarray(values).tobytes())
