"""Eyes out of one picture: each face's eyes measured, cut level and to scale, and kept or left out for a reason.

Shape suffixes: H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.pixel_labels import IN_CROP
from gazeaug.file_kinds import but_found
from gazeaug.gaze.head_conventions import PITCH_YAW_ROLL
from gazeaug.keywords import with_options_of
from gazeaug.photos.face_eyes import FaceEye, eyes_of, head_pose_of
from gazeaug.photos.faces import Face, FaceFinder
from gazeaug.photos.iris_fit import fit_iris
from gazeaug.photos.mediapipe_faces import open_finder
from gazeaug.photos.options import PhotoOptions
from gazeaug.photos.quality import contrast_of, sharpness_of
from gazeaug.photos.windows import Window
from gazeaug.pictures.decoding import in_8_bits, read_upright
from gazeaug.preparing.items import Eye

MEASURED = (70, 110)  # (H, W) of the cut in which iris and sharpness are measured, whatever is asked for
MEASURED_MARGIN = 1.25
ESTIMATE = {**PITCH_YAW_ROLL.attributes, "estimated": True}


@dataclass(frozen=True, kw_only=True)
class PhotoEye:
    """An eye that was found, kept or not."""

    image: NDArray[np.uint8]
    labels: Mapping[str, Any]
    left_out: str | None
    """Why it is not kept: a word, a colon, the figures, and where it is in the picture; None where it is kept."""


def photo_labels(options: PhotoOptions) -> dict[str, Label]:
    """The labels of eyes out of photographs."""
    of_picture = {"units": "pixels", "axes": "x right, y down, edges not centres, of the photograph"}
    lids = {**IN_CROP, "order": "corner near the nose, upper lid, other corner, lower lid"}
    labels = {
        "path": TEXT,
        "frame": Label.of(np.int64, (), {"meaning": "number of the frame in a video, from 0; -1 for a picture"}),
        "face_box": Label.of(np.float32, (4,), {**of_picture, "order": "left, top, right, bottom"}),
        "eye": replace(TEXT, attributes={"meaning": "left or right, of the person"}),
        "mirrored": Label.of(np.uint8, (), {"meaning": "1 where the crop was flipped left to right"}),
        "landmarks_2d": Label.of(np.float32, (16, 2), lids),
        "iris_2d": Label.of(np.float32, (4, 2), {**IN_CROP, "meaning": "rim of the iris; the mean is its centre"}),
        "eye_width_px": Label.of(np.float32, (), {"units": "pixels", "meaning": "corner to corner in the photograph"}),
        "openness": Label.of(np.float32, (), {"meaning": "distance of the lids over the eye's width"}),
        "sharpness": Label.of(np.float32, (), {"meaning": "deviation of the Laplacian over that of the grey levels"}),
        "confidence": Label.of(np.float32, (), {"meaning": "of the face, 0 to 1; NaN where the model gives none"}),
    }
    return {**labels, "head_pose": Label.of(np.float32, (3,), ESTIMATE)} if options.head_pose else labels


@with_options_of(PhotoOptions, after=1)
def find_eyes(picture: Path | str | Image.Image | NDArray[np.uint8], **options: Any) -> list[Eye]:
    """Find and cut out the eyes in a photograph.

    Args:
        picture: a file, a Pillow picture, or uint8 (H, W) or RGB (H, W, 3).
        options: those of `PhotoOptions`: how they are cut, and which are left out.

    Returns:
        Of every face, the most confident first, the right eye and the left one, if it passes the filters: `image` and
        `labels` as `gazeaug prepare photos` writes them. Empty where there is no face.

    Raises:
        InputError: the extra is missing, or the picture is damaged or too large.

    Example:
        >>> eyes = gazeaug.find_eyes("photo.jpg", size=(36, 60))
        >>> [(eye.labels["eye"], eye.image.shape) for eye in eyes]
        [('right', (36, 60)), ('left', (36, 60))]
    """
    how = PhotoOptions(**options)
    path = str(picture) if isinstance(picture, (str, Path)) else ""
    if isinstance(picture, (str, Path)):
        if not Path(picture).is_file():
            raise InputError(f"{path}: expected a picture, {but_found(Path(picture))}.")
        upright = read_upright(Path(picture), color=True, max_megapixels=how.max_megapixels)
    else:
        upright = upright_in_memory(picture)
    finder = open_finder(how.face_model, thorough=how.thorough)
    found = eyes_in(upright, finder, how)
    return [Eye(eye.image, {**eye.labels, "path": path, "frame": -1}) for eye in found if eye.left_out is None]


def upright_in_memory(picture: Image.Image | NDArray[np.uint8]) -> Image.Image:
    """A picture as RGB, turned as its camera was held.

    Raises:
        InputError: neither grey nor RGB, or of levels that do not tell what they mean.
    """
    if isinstance(picture, np.ndarray):
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)):
            raise InputError(
                f"picture must be a uint8 array (H, W) or (H, W, 3), found {picture.dtype} of shape {picture.shape}."
            )
        picture = Image.fromarray(picture)
    try:
        return in_8_bits(ImageOps.exif_transpose(picture), color=True)
    except ValueError as error:
        raise InputError(f"picture: {error}.") from error


def eyes_in(picture: Image.Image, finder: FaceFinder, options: PhotoOptions) -> Iterator[PhotoEye]:
    """All eyes of a picture that are asked for, kept or not, without `path` and `frame`.

    Args:
        picture: upright, mode RGB.
        finder: of faces.
        options: how to cut.
    """
    for face in finder.find_faces(picture):
        for eye in eyes_of(face):
            if options.eye in (eye.side, "both"):
                yield measured(picture, face, eye, options)


def measured(picture: Image.Image, face: Face, eye: FaceEye, options: PhotoOptions) -> PhotoEye:
    """An eye with its crop, labels and the reason to leave it out, if there is one."""
    close = window_of(eye, MEASURED, MEASURED_MARGIN)
    look = grey(close.cut(picture))
    rim = close.out_of(fit_iris(look, close.into(eye.lids), close.into(eye.iris)))
    eye = replace(eye, iris=rim)
    small = np.asarray(Image.fromarray(look).reduce(2))
    sharpness = sharpness_of(small)
    mirrored = options.mirror == eye.side
    window = window_of(eye, options.size, options.margin, level=options.align == "eyes", mirrored=mirrored)
    image = window.cut(picture) if options.color else grey(window.cut(picture))
    labels = {
        "face_box": np.array(face.box, np.float32),
        "eye": eye.side,
        "mirrored": np.uint8(mirrored),
        "landmarks_2d": window.into(eye.lids).astype(np.float32),
        "iris_2d": window.into(eye.iris).astype(np.float32),
        "eye_width_px": np.float32(eye.width),
        "openness": np.float32(eye.openness),
        "sharpness": np.float32(sharpness),
        "confidence": np.float32(face.confidence),
    }
    if options.head_pose:
        labels["head_pose"] = head_pose_of(face) * np.array((1, -1, -1) if mirrored else (1, 1, 1), np.float32)
    reason = why_not(eye, sharpness, contrast_of(small), picture.size, options)
    return PhotoEye(
        image=equalized(image) if options.equalize else image,
        labels=labels,
        left_out=None if reason is None else f"{reason}; {place_of(eye)}",
    )


def place_of(eye: FaceEye) -> str:
    """Where an eye is in the upright picture, to be found again by a reader."""
    x, y = eye.centre
    return f"{eye.width:.0f} pixels wide at {x:.0f}, {y:.0f}"


def window_of(
    eye: FaceEye, size: tuple[int, int], margin: float, *, level: bool = True, mirrored: bool = False
) -> Window:
    """Where an eye is cut out: about the middle between its corners, `margin` times as wide as it is."""
    return Window(
        centre=eye.centre,
        width=margin * max(eye.width, 1.0),
        angle=eye.angle if level else 0.0,
        size=size,
        mirrored=mirrored,
    )


REASONS = ("small", "profile", "closed", "flat", "blurred", "clipped", "twin", "no face", "ends early")


def why_not(
    eye: FaceEye, sharpness: float, contrast: float, picture_size: tuple[int, int], options: PhotoOptions
) -> str | None:
    """The first reason of `REASONS` to leave an eye out, with its figures."""
    for word, value, least in [
        ("small: eye width", eye.width, options.min_eye_width),
        ("profile: eye width over face height", eye.share_of_face, options.min_share_of_face),
        ("closed: openness", eye.openness, options.min_openness),
        ("flat: contrast", contrast, options.min_contrast),
        ("blurred: sharpness", sharpness, options.min_sharpness),
    ]:
        if value < least:
            return f"{word} {value:.3g} is below {least:g}"
    if (eye.lids < 0).any() or (eye.lids > picture_size).any():
        return "clipped: the eye reaches beyond the picture's border"
    return None


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB as grey."""
    return np.asarray(Image.fromarray(image).convert("L"))


def equalized(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey levels, or the brightness of colours, spread evenly."""
    if image.ndim == 2:
        return np.asarray(ImageOps.equalize(Image.fromarray(image)))
    brightness, *colour = Image.fromarray(image).convert("YCbCr").split()
    return np.asarray(Image.merge("YCbCr", (ImageOps.equalize(brightness), *colour)).convert("RGB"))
