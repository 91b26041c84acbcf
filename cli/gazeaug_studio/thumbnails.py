"""Small pictures of photographs: a whole one, or the surroundings of an eye in it."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from pathlib import Path

from PIL import Image, ImageOps
from starlette.requests import Request
from starlette.responses import Response

from gazeaug.errors import InputError
from gazeaug.pictures.crops import cut
from gazeaug.pictures.decoding import in_8_bits, opened, read_upright
from gazeaug.pictures.whole_jpeg import load_whole
from gazeaug_studio.answers import not_modified
from gazeaug_studio.bodies import needed
from gazeaug_studio.errors import Refused
from gazeaug_studio.file_states import State
from gazeaug_studio.files import shown_file
from gazeaug_studio.studio import studio_of

SIDE = 320  # most pixels of a whole picture's thumbnail
MARGIN = 1.25  # of an eye's width, as `prepare photos` cuts by default
EYE_SIZE = (140, 220)  # (H, W)
PLACE = re.compile(r"(-?\d{1,6}),(-?\d{1,6}),(\d{1,6})")
ONE_AT_A_TIME = threading.Lock()  # a large photograph takes 300 MB while it is decoded


def thumbnail(request: Request) -> Response:
    """GET ?file=PATH: a JPEG of it; with &at=X,Y,WIDTH of an eye about that centre."""
    workspace, at = studio_of(request).workspace, request.query_params.get("at", "")
    path = shown_file(workspace, needed(request, "file"))
    etag = f'"{hashlib.sha256(f"{path} {State.of(path)} {at}".encode()).hexdigest()[:32]}"'
    if (known := not_modified(request, etag)) is not None:
        return known
    try:
        with ONE_AT_A_TIME:
            picture = eye_of(path, at) if at else whole(path)
    except InputError as error:
        raise Refused(422, workspace.in_folder(str(error))) from error
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=88)
    return Response(stream.getvalue(), media_type="image/jpeg", headers={"ETag": etag})


def whole(path: Path) -> Image.Image:
    """A whole photograph, upright, of at most `SIDE` pixels."""
    with opened(path) as picture:
        draft = "RGB", (2 * SIDE, 2 * SIDE)
        picture.draft(*draft)
        load_whole(picture, draft)
        small = in_8_bits(ImageOps.exif_transpose(picture), color=True)
    small.thumbnail((SIDE, SIDE))
    return small


def eye_of(path: Path, at: str) -> Image.Image:
    """The surroundings of an eye, as wide as `prepare photos` cuts them out, not turned.

    Raises:
        Refused: 400 for a place that is none.
    """
    found = PLACE.fullmatch(at)
    if found is None:
        raise Refused(400, "at must be X,Y,WIDTH in pixels.")
    x, y, width = map(int, found.groups())
    picture = read_upright(path, color=True)
    if not (0 <= x <= picture.width and 0 <= y <= picture.height and width <= 2 * picture.width):
        raise Refused(400, "at must lie inside the picture.")
    half = MARGIN * max(width, 1) / 2
    up = half * EYE_SIZE[0] / EYE_SIZE[1]
    return Image.fromarray(cut(picture, (x - half, y - up, x + half, y + up), EYE_SIZE))
