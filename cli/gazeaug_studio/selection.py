"""Rows that a page asks for: by gaze, by ranges of numbers, by text, by tags; in the order of the file or sorted.

Labels are read block by block, so that memory is 4 bytes a row that is chosen, and 8 more where they are sorted.

Shape suffixes: N rows of a block.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import EyeFile
from gazeaug.suggestions import did_you_mean
from gazeaug_studio.answers import BytesResponse
from gazeaug_studio.directions import angles_of, directions, gaze_of
from gazeaug_studio.errors import Refused
from gazeaug_studio.eye_files import Seen, seen_as
from gazeaug_studio.eye_info import kind_of
from gazeaug_studio.tags import ROW, Tags

MOST_CONDITIONS = 32
LONGEST_NEEDLE = 1000

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Conditions that all must hold, and an order."""

    gaze: tuple[Range, Range] | None = None
    """Pitch (up positive) and yaw (image-left positive) in degrees, ends included."""
    ranges: Mapping[str, Range] = field(default_factory=dict)
    """Of labels of numbers, ends included; a number that is missing is in none."""
    text: Mapping[str, str] = field(default_factory=dict)
    """What labels of text hold, capital or small letters."""
    tagged: bool | None = None
    sort: str | None = None
    """A label of numbers; missing ones come last."""
    descending: bool = False


def select(request: Request, body: dict[str, Any]) -> Response:
    """Numbers of the chosen rows, uint32."""
    seen = seen_as(request, body.get("file"), body.get("state"))
    found = chosen_rows(seen, parsed(body))
    return BytesResponse(found.tobytes())


def parsed(body: Mapping[str, Any]) -> Selection:
    """The selection of a request; raises Refused with 400."""
    gaze, sort, tagged = (body.get(name) for name in ("gaze", "sort", "tagged"))
    if gaze is not None and not isinstance(gaze, dict):
        raise Refused(400, "gaze must be {pitch: [low, high], yaw: [low, high]}.")
    if sort is not None and not (isinstance(sort, dict) and isinstance(sort.get("by"), str)):
        raise Refused(400, "sort must be {by: label, descending: true or false}.")
    if tagged not in (None, True, False):
        raise Refused(400, "tagged must be true, false or null.")
    return Selection(
        gaze=None if gaze is None else (a_range(gaze.get("pitch"), "pitch"), a_range(gaze.get("yaw"), "yaw")),
        ranges={name: a_range(value, name) for name, value in conditions(body, "ranges").items()},
        text={name: a_needle(value, name) for name, value in conditions(body, "text").items()},
        tagged=tagged,
        sort=None if sort is None else sort["by"],
        descending=sort is not None and sort.get("descending") is True,
    )


def conditions(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A mapping of labels in a request."""
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict) or len(found) > MOST_CONDITIONS:
        raise Refused(400, f"{name} must name at most {MOST_CONDITIONS} labels.")
    return found


def a_range(value: Any, name: str) -> Range:
    """Two numbers; an end that is null is open."""
    if isinstance(value, list) and len(value) == 2 and all(end is None or is_number(end) for end in value):
        low, high = value
        return -math.inf if low is None else float(low), math.inf if high is None else float(high)
    raise Refused(400, f"'{name[:80]}' needs two numbers, [low, high].")


def is_number(value: Any) -> bool:
    """Whether JSON had a number that is one."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300


def a_needle(value: Any, name: str) -> str:
    """Text to look for."""
    if not isinstance(value, str) or len(value) > LONGEST_NEEDLE:
        raise Refused(400, f"'{name[:80]}' needs text of at most {LONGEST_NEEDLE} letters.")
    return value.casefold()


def chosen_rows(seen: Seen, selection: Selection) -> NDArray[np.uint32]:
    """Rows of a file that fulfil a selection.

    Raises:
        Refused: 422 for a label that is not there or of another kind, as for a file that cannot be read.
    """
    with seen.reading() as eyes:
        check(eyes, selection)
    bits = None if selection.tagged is None else Tags.of(seen).read()
    rows, keys = [np.empty(0, ROW)], [np.empty(0)]
    for start, chosen, values in seen.scan(lambda eyes, start, stop: _block(eyes, selection, bits, start, stop)):
        rows.append((start + np.flatnonzero(chosen)).astype(ROW))
        keys.append(values)
    found = np.concatenate(rows)
    if selection.sort is None:
        return found
    key = np.concatenate(keys)
    return found[np.argsort(-key if selection.descending else key, kind="stable")]


def check(eyes: EyeFile, selection: Selection) -> None:
    """Refuse what the labels of a file cannot tell; raises InputError."""
    if selection.gaze is not None and gaze_of(eyes).known is None:
        raise InputError(f"{eyes.path}: has no gaze whose convention is known.")
    numbers = [*selection.ranges, *([] if selection.sort is None else [selection.sort])]
    for kind, names in (("number", numbers), ("text", selection.text)):
        for name in names:
            check_label(eyes, name, kind)


def check_label(eyes: EyeFile, name: str, kind: str) -> None:
    """Refuse a label that is not there, or has not one number (or text) a row; raises InputError."""
    there = [label for label, found in eyes.labels.items() if kind_of(found) == kind]
    if name not in there:
        listed = ", ".join(sorted(there)) or "none"
        raise InputError(
            f"{eyes.path}: no label '{name}' of one {kind} a row; those there are: {listed}{did_you_mean(name, there)}"
        )


def _block(
    eyes: EyeFile, selection: Selection, bits: NDArray[np.uint8] | None, start: int, stop: int
) -> tuple[int, NDArray[np.bool_], NDArray[np.float64]]:
    """The first row of a block, which of its rows are chosen, and what those are sorted by."""
    chosen = np.ones(stop - start, bool)
    if bits is not None:
        rows = np.arange(start, stop)
        chosen &= (bits[rows >> 3] >> (rows & 7) & 1).astype(bool) == selection.tagged
    gaze = gaze_of(eyes).known if selection.gaze is not None else None
    if gaze is not None and selection.gaze is not None:
        angles = angles_of(directions(gaze, eyes.read_label(gaze.label, start, stop)))
        for angle, (low, high) in zip(angles.T, selection.gaze, strict=True):
            chosen &= (angle >= low) & (angle <= high)
    for name, (low, high) in selection.ranges.items():
        values = numbers_of(eyes, name, start, stop)
        chosen &= (values >= low) & (values <= high)
    for name, needle in selection.text.items():
        if chosen.any():
            texts = eyes.read_label(name, start, stop).reshape(-1)
            chosen &= [needle in as_text(text) for text in texts]
    keys = np.empty(0) if selection.sort is None else numbers_of(eyes, selection.sort, start, stop)[chosen]
    return start, chosen, keys


def numbers_of(eyes: EyeFile, name: str, start: int, stop: int) -> NDArray[np.float64]:
    """Rows of a label of one number each, (N,)."""
    return np.asarray(eyes.read_label(name, start, stop), np.float64).reshape(-1)


def as_text(value: Any) -> str:
    """A label's text as it is searched."""
    return (value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)).casefold()
