"""Tags as the page asks for them: shown, set and cleared, and written as a list for `prepare eyes --rows-in`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from gazeaug.outputs import beside, replacing, writing_to
from gazeaug_studio.answers import BytesResponse, JSONResponse
from gazeaug_studio.errors import Refused
from gazeaug_studio.eye_files import Seen, seen_as, seen_by
from gazeaug_studio.selection import chosen_rows, parsed
from gazeaug_studio.tags import SUFFIX, Bits, Tags, rows_in

MOST_LISTED = 10_000  # rows of an answer; of more, the bits tell
COLUMN = "row"
ROWS_FILE = ".tagged.csv"


def show(request: Request) -> Response:
    """The tags of a file: as JSON, or with bits=1 a bit a row."""
    seen = seen_by(request)
    if request.query_params.get("bits"):
        return BytesResponse(Tags.of(seen).read().tobytes())
    return listed(seen)


def change(request: Request, body: dict[str, Any]) -> JSONResponse:
    """Clear tags, tag rows of a selection, tag rows, untag rows; in this order."""
    seen = seen_as(request, body.get("file"), body.get("state"))
    tags = Tags.of(seen)
    add, remove = (numbers(body.get(what), what, tags.n_images, seen.name) for what in ("add", "remove"))
    chosen = body.get("all_of")
    if chosen is not None and not isinstance(chosen, dict):
        raise Refused(400, "all_of must be a selection.")
    if chosen is not None:
        add = np.concatenate([chosen_rows(seen, parsed(chosen)).astype(np.int64), add])
    with tags.held():
        bits = np.zeros((tags.n_images + 7) // 8, np.uint8) if body.get("clear") is True else tags.read()
        np.bitwise_or.at(bits, add >> 3, bit_of(add))
        np.bitwise_and.at(bits, remove >> 3, ~bit_of(remove))
        tags.write(bits, seen.name)
    return listed(seen)


def write_rows_file(request: Request, body: dict[str, Any]) -> JSONResponse:
    """The tagged rows as NAME.tagged.csv beside the file, over an earlier one; `prepare eyes --rows-in` takes it.

    Raises:
        Refused: 422 where no row is tagged, 409 where something else has that name.
    """
    seen = seen_as(request, body.get("file"), body.get("state"))
    rows = rows_in(Tags.of(seen))
    if not len(rows):
        raise Refused(422, f"{seen.name}: no row is tagged.")
    path = beside(seen.path.with_suffix(""), ROWS_FILE)
    if path.exists() and not is_rows_file(path):
        raise Refused(409, f"{seen.workspace.name(path)}: exists and is no list of rows; rename it first.")
    was_there = path.exists()
    with replacing(path) as partial, writing_to(path), partial.open("w", newline="", encoding="ascii") as file:
        csv.writer(file).writerows([[COLUMN], *([row] for row in rows.tolist())])
    return JSONResponse({"path": seen.workspace.name(path), "n": len(rows), "overwritten": was_there})


def is_rows_file(path: Path) -> bool:
    """Whether a file is a list of rows, as `write_rows_file` writes it."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.readline(16).strip() == COLUMN.encode()


def listed(seen: Seen) -> JSONResponse:
    """How many rows are tagged, and which where they are not too many to list; what else should be known."""
    tags = Tags.of(seen)
    rows = rows_in(tags)
    n_earlier = sum(
        path != tags.path for path in tags.path.parent.glob(f"{tags.path.name.partition('-')[0]}-*{SUFFIX}")
    )
    note = f"Tags of an earlier file named {seen.name} are kept, and shown when its pictures are back."
    return JSONResponse(
        {
            "n": len(rows),
            "rows": rows.tolist() if len(rows) <= MOST_LISTED else None,
            "note": note if n_earlier else None,
        }
    )


def bit_of(rows: NDArray[np.int64]) -> Bits:
    """The bit of each row in its byte."""
    return np.asarray(np.left_shift(1, rows & 7), np.uint8)


def numbers(value: Any, what: str, n_images: int, name: str) -> NDArray[np.int64]:
    """Row numbers of a request.

    Raises:
        Refused: 400 for what is no list of them, 404 for rows that are not there.
    """
    if value is None:
        return np.empty(0, np.int64)
    if not isinstance(value, list) or any(type(row) is not int for row in value):
        raise Refused(400, f"{what} must be a list of row numbers.")
    beyond = next((row for row in value if not 0 <= row < n_images), None)
    if beyond is not None:
        raise Refused(404, f"{name}: has {n_images:,} rows, asked for row {beyond}; was it replaced? Reload it.")
    return np.array(value, np.int64)
