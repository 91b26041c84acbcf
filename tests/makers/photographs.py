"""Pictures with faces whose eyes stand where a test says, for tests that need no face finder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from gazeaug.photos.face_eyes import CHIN, FOREHEAD, IRIS, LIDS, SIDES
from gazeaug.photos.faces import Face

SIZE = (320, 240)  # (W, H) of the pictures
CENTRE = {"right": (110.0, 120.0), "left": (210.0, 120.0)}
HEIGHT = 200.0  # from forehead to chin


def ring(centre: tuple[float, float], width: float, openness: float, *, flip: bool) -> np.ndarray:
    """Lids: an ellipse from the corner near the nose, over the upper lid, to the other corner and back."""
    turn = np.arange(16) * 2 * np.pi / 16
    x, y = np.cos(turn) * width / 2, -np.sin(turn) * width * openness / 2
    return np.column_stack([(x if flip else -x) + centre[0], y + centre[1]])


def face(
    *, width: float = 48.0, openness: float = 0.35, shift: float = 0.0, height: float = HEIGHT, confidence: float = 0.9
) -> Face:
    """A face that looks into the camera; `shift` moves it to the right."""
    points = np.full((478, 2), np.nan)
    for side in SIDES:
        x, y = CENTRE[side][0] + shift, CENTRE[side][1]
        points[list(LIDS[side])] = ring((x, y), width, openness, flip=side == "right")
        radius = 0.2 * width
        points[list(IRIS[side])] = [(x + radius, y), (x, y - radius), (x - radius, y), (x, y + radius)]
    middle = 160.0 + shift
    points[FOREHEAD], points[CHIN] = (middle, 120 - 0.4 * height), (middle, 120 + 0.6 * height)
    box = (middle - 80, 60.0, middle + 80, 220.0)
    return Face(box=box, confidence=confidence, points=points, depths=np.zeros(478))


def paint(drawn: Face | None, code: tuple[int, int, int]) -> Image.Image:
    """A picture of a face's eyes, with a code in its first pixel for `CodedFinder`."""
    picture = Image.new("RGB", SIZE, (190, 160, 140))
    draw = ImageDraw.Draw(picture)
    for side in SIDES if drawn is not None else ():
        draw.polygon([tuple(p) for p in drawn.points[list(LIDS[side])]], fill=(235, 235, 235))
        (right, _), (_, top), (left, _), (_, bottom) = drawn.points[list(IRIS[side])]
        draw.ellipse((left - 0.5, top - 0.5, right - 0.5, bottom - 0.5), fill=(40, 30, 20))
    picture.putpixel((0, 0), code)
    return picture


def coded(*, width: int = 48, openness: int = 35, shift: int = 0) -> Image.Image:
    """A picture in which `CodedFinder` finds a face: eye width in pixels, openness in per cent, shift in pixels."""
    return paint(face(width=width, openness=openness / 100, shift=shift), (width, openness, shift))


def faceless() -> Image.Image:
    """A picture in which `CodedFinder` finds nothing."""
    return paint(None, (0, 0, 0))


class CodedFinder:
    """Finds the faces of `coded` pictures."""

    def find_faces(self, picture: Image.Image) -> list[Face]:
        width, openness, shift = picture.getpixel((0, 0))
        return [face(width=width, openness=openness / 100, shift=shift)] if width else []


def write_video(path: Path, pictures: list[Image.Image], *, codec: str = "libx264", gop: int = 12) -> Path:
    """A video of pictures, 25 a second."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuv420p"  # ffv1 keeps every pixel as it is
        stream.gop_size = gop
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return path
