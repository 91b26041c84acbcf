"""What `prepare photos` made of photographs and videos, one by one: eyes that were kept, and what was left out and why.

Kept eyes are rows of the eye file; what was left out stands in `<file>.rejected.csv`. Nothing is looked for anew.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.requests import Request

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.eyefile.labels import text_of
from gazeaug.eyefile.reader import EyeFile
from gazeaug.outputs import rejected_name
from gazeaug.photos.eyes import REASONS
from gazeaug.photos.videos import is_video
from gazeaug.pictures.decoding import is_picture
from gazeaug.preparing.walking import WORDS
from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.bodies import whole_number
from gazeaug_studio.errors import Refused
from gazeaug_studio.eye_files import Seen, seen_by
from gazeaug_studio.file_states import State
from gazeaug_studio.studio import studio_of
from gazeaug_studio.workspace import Workspace

LABELS = ("path", "frame", "eye")
MOST_LINES = 200_000  # of kept eyes, and of the list
AT_ONCE = 60  # photographs in an answer
MOST_EYES = 120  # of one of them: videos have many
OF_EYES = frozenset(REASONS) - {"no face", "ends early"}
PLACE = re.compile(r"; (\d+) pixels wide at (-?\d+), (-?\d+)$")
FRAME = re.compile(r"(?P<path>.*)#(?P<frame>\d+)", re.DOTALL)


@dataclass
class Photograph:
    """A picture or a video, and what was found in it."""

    path: str
    eyes: list[dict[str, Any]] = field(default_factory=list)
    """side, frame, row (None where it was left out), word, reason (None where it was kept), and of those that were left
    out at: [x, y, width] in pixels, None where the list does not say."""
    reasons: list[str] = field(default_factory=list)
    """Why it gave no eyes, or fewer."""


@dataclass(frozen=True)
class Found:
    """Of a whole eye file."""

    photographs: list[Photograph]
    n_kept: int
    counts: dict[str, int]
    """How often each word of `REASONS`, or of the reasons why files were passed over, stands in the list."""
    others: list[tuple[str, str]]
    """Files that were not looked into, with the reason."""


def found(request: Request) -> JSONResponse:
    """Photographs of an eye file from number `start` on, all or those with what was kept or left out for a reason."""
    workspace = studio_of(request).workspace
    start = whole_number(request.query_params.get("start", "0"), "start")
    word = request.query_params.get("only", "")
    every = found_in(seen_by(request))
    some = [one for one in every.photographs if not word or has(one, word)]
    return JSONResponse(
        {
            "photographs": [as_json(one, workspace) for one in some[start : start + AT_ONCE]],
            "n_photographs": len(every.photographs),
            "n_shown": len(some),
            "n_kept": every.n_kept,
            "n_left_out": sum(n for each, n in every.counts.items() if each in OF_EYES),
            "counts": every.counts,
            "words": list(REASONS),
            "others": every.others[:AT_ONCE],
            "n_others": len(every.others),
        }
    )


def has(photograph: Photograph, word: str) -> bool:
    """Whether an eye of a photograph was kept, or something of it left out for a reason, by its word."""
    if word == "kept":
        return any(eye["row"] is not None for eye in photograph.eyes)
    return word in map(word_of, [*photograph.reasons, *(eye["reason"] or "" for eye in photograph.eyes)])


def word_of(reason: str) -> str:
    """The word that a reason begins with."""
    return reason.partition(":")[0]


def as_json(photograph: Photograph, workspace: Workspace) -> dict[str, Any]:
    """A photograph for the page; what it holds, and whether it can be shown."""
    path = photograph.path
    return {
        "path": path,
        "is_there": is_picture(Path(path)) and is_in(workspace, path),
        "is_video": is_video(Path(path)),
        "eyes": photograph.eyes[:MOST_EYES],
        "n_eyes": len(photograph.eyes),
        "reasons": photograph.reasons[:MOST_EYES],
    }


def is_in(workspace: Workspace, name: str) -> bool:
    """Whether a file is in the folder."""
    try:
        return workspace.path(name).is_file()
    except Refused:
        return False


def found_in(seen: Seen) -> Found:
    """What is known of an eye file out of photographs.

    Raises:
        Refused: it is gone, damaged, or not out of photographs.
    """
    listed = rejected_name(seen.path)
    return read(seen, State.of(listed) if listed.is_file() else None)


@lru_cache(maxsize=4)
def read(seen: Seen, list_state: State | None) -> Found:
    """The same, read from files in those states."""
    photographs: dict[str, Photograph] = {}
    kept = kept_eyes(seen)
    for path, eye in kept:
        photographs.setdefault(path, Photograph(path)).eyes.append(eye)
    counts: Counter[str] = Counter()
    others: list[tuple[str, str]] = []
    for item, reason in lines_of(rejected_name(seen.path) if list_state else None):
        word = word_of(reason)
        if word not in REASONS:
            counts[word if word in WORDS else "unreadable"] += 1
            others.append((item, reason))
            continue
        counts[word] += 1
        place, _, side = item.rpartition(" ") if word in OF_EYES else (item, "", "")
        path, frame = place_of(place)
        photograph = photographs.setdefault(path, Photograph(path))
        if word in OF_EYES:
            photograph.eyes.append(left_out(side, frame, reason))
        else:
            photograph.reasons.append(reason if frame < 0 else f"{reason} (frame {frame})")
    for photograph in photographs.values():
        photograph.eyes.sort(key=lambda eye: eye["frame"])
    in_order = sorted(photographs.values(), key=lambda each: natural_order(each.path))
    return Found(in_order, len(kept), dict(counts.most_common()), others)


def kept_eyes(seen: Seen) -> list[tuple[str, dict[str, Any]]]:
    """Path and description of each row of an eye file."""
    with seen.reading() as eyes:
        if missing := [label for label in LABELS if label not in eyes.labels]:
            raise Refused(422, f"{seen.name}: not out of photographs; it has no label {missing[0]}.")
        if eyes.n_images > MOST_LINES:
            raise Refused(422, f"{seen.name}: has more than {MOST_LINES:,} eyes; open it under Data.")

    def block(eyes: EyeFile, start: int, stop: int) -> list[tuple[Any, ...]]:
        return list(zip(*(eyes.read_label(label, start, stop) for label in LABELS), strict=True))

    rows = [row for some in seen.scan(block) for row in some]
    return [
        (text_of(path), {"side": text_of(side), "frame": int(frame), "row": row, "word": "kept", "reason": None})
        for row, (path, frame, side) in enumerate(rows)
    ]


def left_out(side: str, frame: int, reason: str) -> dict[str, Any]:
    """An eye that was left out, where the list says so."""
    at = PLACE.search(reason)
    return {
        "side": side,
        "frame": frame,
        "row": None,
        "word": word_of(reason),
        "reason": PLACE.sub("", reason),
        "at": [int(at[2]), int(at[3]), int(at[1])] if at else None,
    }


def place_of(place: str) -> tuple[str, int]:
    """Path and frame of an item of the list; -1 for a picture."""
    matched = FRAME.fullmatch(place)
    return (matched["path"], int(matched["frame"])) if matched and is_video(Path(matched["path"])) else (place, -1)


def lines_of(path: Path | None) -> Iterator[tuple[str, str]]:
    """Item and reason of each line of a list of what was left out.

    Raises:
        InputError: it is no such list, or too long to be shown.
    """
    if path is None:
        return
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        try:
            for number, row in enumerate(csv.DictReader(file)):
                if number == MOST_LINES:
                    raise InputError(f"{path.name}: has more than {MOST_LINES:,} lines; open it in another program.")
                yield row["item"], row["reason"] or ""
        except (csv.Error, KeyError, TypeError) as error:
            raise InputError(f"{path.name}: expected the columns item and reason.") from error
