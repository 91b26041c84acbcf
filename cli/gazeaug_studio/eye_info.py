"""What an eye file is, as JSON: sizes, labels, gaze, what made it."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request

from gazeaug.eyefile.labels import Label, text_of
from gazeaug.eyefile.pixel_labels import would_be_left_behind
from gazeaug.eyefile.reader import GAZE_LABELS, EyeFile
from gazeaug.provenance import in_words
from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.directions import gaze_of
from gazeaug_studio.eye_files import seen_by

MOST_ROWS = 4096  # of a request
MOST_BYTES = 8 << 20  # of pictures of a request
MOST_POINTS = 1000  # of a row, that are drawn
LONGEST_ATTRIBUTE = 300  # letters


def info(request: Request) -> JSONResponse:
    """What a file holds."""
    seen = seen_by(request)
    with seen.reading() as eyes:
        gaze = gaze_of(eyes)
        found = {
            "path": seen.name,
            "state": str(seen.state),
            "n_images": eyes.n_images,
            "height": eyes.height,
            "width": eyes.width,
            "channels": eyes.channels,
            "rows_per_chunk": eyes.rows_per_chunk,
            "most_rows": most_rows(eyes),
            "labels": [described(label_name, label) for label_name, label in sorted(eyes.labels.items())],
            "gaze": None
            if gaze.known is None
            else {"label": gaze.known.label, "convention": gaze.known.convention.name},
            "doubts": list(gaze.doubts),
            "points": points_of(eyes),
            "made_by": in_words(eyes.provenance),
            "notes": [seen.in_folder(note) for note in eyes.notes],
        }
    return JSONResponse(found)


def most_rows(eyes: EyeFile) -> int:
    """Rows that one request may ask for: fewer of large pictures, so that an answer takes a few MB."""
    return max(1, min(MOST_ROWS, MOST_BYTES // int(np.prod(eyes.image_shape))))


def described(name: str, label: Label) -> dict[str, Any]:
    """A label's name, type, shape of a row, what can be done with it, and its attributes as text."""
    attributes = {str(key): text_of(value)[:LONGEST_ATTRIBUTE] for key, value in label.attributes.items()}
    dtype = "text" if is_text(label) else str(label.dtype)
    return {"name": name, "dtype": dtype, "shape": list(label.shape), "kind": kind_of(label), "attributes": attributes}


def is_text(label: Label) -> bool:
    """Whether its values are text, of one length or any."""
    import h5py

    return not label.is_raw and h5py.check_string_dtype(label.dtype) is not None


def kind_of(label: Label) -> str:
    """ "number" or "text" where a row has one, else "other"."""
    if label.shape not in ((), (1,)) or label.is_raw:
        return "other"
    return "number" if label.dtype.kind in "iufb" else "text" if is_text(label) else "other"


def points_of(eyes: EyeFile) -> list[str]:
    """Labels that are points (x, y) in pixels of the pictures, one a row or several."""
    return sorted(name for name, label in eyes.labels.items() if name not in GAZE_LABELS and are_points(name, label))


def are_points(name: str, label: Label) -> bool:
    """Whether a label is one or more points in pixels of the picture: it says so, or has the name and the shape."""
    is_pair = label.shape[-1:] == (2,) and len(label.shape) <= 2 and not label.is_raw
    if label.shape[:-1] > (MOST_POINTS,):
        return False
    return is_pair and label.dtype.kind in "iuf" and would_be_left_behind(name, label)
