"""Photographs with faces, and copies of them changed in known ways: what finding eyes is tested and measured on.

The photographs come with scikit-image (astronaut: public domain) and Matplotlib (grace_hopper.jpg).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.photos.eyes import find_eyes, window_of
from gazeaug.photos.face_eyes import INNER, OUTER, eyes_of
from gazeaug.photos.faces import Face
from gazeaug.photos.mediapipe_faces import open_finder
from gazeaug.photos.windows import Points, Window
from gazeaug.samples.options import GazeRange
from gazeaug.samples.renderer import render_eyes

RENDERED = 37 / 55  # an eye's share of the sample renderer's pictures
SAMPLES = 4  # along each side of a pixel
DIFFERENT = 40  # pictures; what is more are copies


def read_photographs() -> dict[str, Image.Image]:
    """Two photographs with a face each."""
    import matplotlib
    import skimage.data

    hopper = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    with Image.open(hopper) as picture:
        return {"astronaut": Image.fromarray(skimage.data.astronaut()), "hopper": picture.convert("RGB")}


def corners(face: Face) -> Points:
    """(4, 2): the corners of the right eye and of the left one."""
    return np.concatenate([eye.lids[[INNER, OUTER]] for eye in eyes_of(face)])


def error_of(found: Face, true_42: Points) -> float:
    """Mean distance of the corners over the eyes' mean width."""
    width = np.linalg.norm(true_42[[0, 2]] - true_42[[1, 3]], axis=1).mean()
    return float(np.linalg.norm(corners(found) - true_42, axis=1).mean() / width)


Change = tuple[Callable[[Image.Image], Image.Image], Callable[[Points, Image.Image], Points]]
"""What is done to a picture, and where its points go."""


def scaled(factor: float) -> Change:
    """Larger or smaller."""
    return lambda p: p.resize((round(p.width * factor), round(p.height * factor)), 1), lambda xy, _: xy * factor


def rotated(degrees: float) -> Change:
    """Turned counter-clockwise about its middle."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))

    def moved(points: Points, picture: Image.Image) -> Points:
        middle = np.array(picture.size) / 2
        turned: Points = (points - middle) @ np.array([[c, -s], [s, c]]) + middle
        return turned

    return lambda p: p.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(90, 90, 90)), moved


def unmoved(change: Callable[[Image.Image], Image.Image]) -> Change:
    """A change that moves nothing."""
    return change, lambda points, _: points


def noisy(picture: Image.Image) -> Image.Image:
    """With a sensor's noise of 15 grey levels."""
    noise = np.random.default_rng(0).normal(0, 15, (picture.height, picture.width, 3))
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


def in_a_corner(picture: Image.Image) -> Image.Image:
    """In the lower right corner of a frame of 1920x1080."""
    frame = Image.new("RGB", (1920, 1080), (120, 120, 110))
    frame.paste(picture, (1920 - picture.width, 1080 - picture.height))
    return frame


CHANGES: dict[str, Change] = {
    "twice as large": scaled(2),
    "three quarters": scaled(0.75),
    "turned 20": rotated(20),
    "turned 45": rotated(45),
    "turned -45": rotated(-45),
    "dark": unmoved(lambda p: p.point(lambda v: v * 0.4)),
    "bright": unmoved(lambda p: p.point(lambda v: min(255, v * 1.4))),
    "noise": unmoved(noisy),
    "in a corner of 1920x1080": (in_a_corner, lambda xy, p: xy + np.subtract((1920, 1080), p.size)),
}


def pasted(photograph: Image.Image, image: NDArray[np.uint8], window: Window) -> Image.Image:
    """A photograph with a rendered eye laid over the window, its edges soft, in the light and colour of the skin."""
    ends = window.corners()
    left, top = np.floor(ends.min(axis=0)).astype(int)
    right, bottom = np.ceil(ends.max(axis=0)).astype(int)
    part = np.asarray(photograph.crop((left, top, right, bottom)), float)
    fine = (np.arange(SAMPLES) + 0.5) / SAMPLES  # a camera's pixel is the mean over its area
    y, x = np.meshgrid(
        *((np.arange(a, b)[:, None] + fine).ravel() for a, b in [(top, bottom), (left, right)]), indexing="ij"
    )
    at = window.into(np.stack([x, y], axis=-1).reshape(-1, 2)).reshape(*x.shape, 2)
    height, width = image.shape
    inside = 1 - np.maximum(np.abs(at[..., 0] / (width - 1) - 0.5), np.abs(at[..., 1] / (height - 1) - 0.5)) * 2
    columns, rows = (np.rint(at[..., i]).astype(int).clip(0, n - 1) for i, n in ((0, width), (1, height)))
    shape = (bottom - top, SAMPLES, right - left, SAMPLES)
    weight = np.clip(inside / 0.25, 0, 1).reshape(shape).mean(axis=(1, 3))[..., None]
    eye = image[rows, columns].astype(float).reshape(shape).mean(axis=(1, 3))
    rim = (weight[..., 0] > 0) & (weight[..., 0] < 0.5)
    tint = part[rim].mean(axis=0) / eye[rim].mean()
    mixed = np.clip(part * (1 - weight) + weight * eye[..., None] * tint, 0, 255).astype(np.uint8)
    result = photograph.copy()
    result.paste(Image.fromarray(mixed), (int(left), int(top)))
    return result


def pupil_errors(photographs: dict[str, Image.Image], n: int, *, domain: str, seed: int) -> NDArray[np.float64]:
    """How far `iris_2d` lies from the known pupils of rendered eyes in the place of the photographs' own.

    Nothing is filtered out: neither blurred nor nearly closed eyes.

    Returns:
        (2 n,) in pixels of a crop 55 wide.
    """
    size = (70, 110)
    rendered = render_eyes(n, domain=domain, seed=seed, size=size, gaze=GazeRange(yaw=(-20, 20), pitch=(-12, 12)))
    finder, errors = open_finder(), []
    for i, image in enumerate(rendered.images):
        photograph = list(photographs.values())[i % len(photographs)]
        photograph = photograph.resize((photograph.width * 3 // 2, photograph.height * 3 // 2))
        places = []
        for eye in eyes_of(finder.find_faces(photograph)[0]):
            places.append(window_of(eye, size, 1 / RENDERED, mirrored=eye.side == "right"))
            photograph = pasted(photograph, image, places[-1])
        crops = [window_of(eye, (35, 55), 1.25) for eye in eyes_of(finder.find_faces(photograph)[0])]
        eyes = find_eyes(photograph, min_openness=0, min_sharpness=0)
        for found, place, crop in zip(eyes, places, crops, strict=True):
            true = crop.into(place.out_of(rendered.iris_centre[i : i + 1].astype(np.float64)))[0]
            errors.append(float(np.linalg.norm(found.labels["iris_2d"].mean(axis=0) - true)))
    return np.array(errors)


def with_closed_eyes(picture: Image.Image, face: Face) -> Image.Image:
    """A face with its upper lids drawn down over the eyes: the skin above is stretched, and the lashes come with it."""
    pixels = np.asarray(picture)
    result = pixels.copy()
    for eye in eyes_of(face):
        upper, lower = (
            lid[np.argsort(lid[:, 0])] for lid in (eye.lids[INNER : OUTER + 1], eye.lids[[*range(OUTER, 16), INNER]])
        )
        skin = 0.5 * eye.width  # above the lid, that is stretched
        for x in range(int(np.ceil(upper[0, 0])), int(upper[-1, 0])):
            open_at, shut_at = (float(np.interp(x + 0.5, *lid.T)) for lid in (upper, lower))
            top = open_at - skin
            rows = np.arange(int(top), int(np.ceil(shut_at)))
            came_from = top + (rows + 0.5 - top) * skin / max(shut_at - top, 1e-9) - 0.5
            above = np.floor(came_from).astype(int).clip(0, len(pixels) - 2)
            share = (came_from - above).clip(0, 1)[:, None]
            result[rows, x] = pixels[above, x] * (1 - share) + pixels[above + 1, x] * share
    return Image.fromarray(result)


def turned_away(picture: Image.Image, face: Face, share: float) -> Image.Image:
    """A picture in which all that is to the right of the nose's root is squeezed to a share of its width."""
    right, left = eyes_of(face)
    middle = round((right.lids[INNER, 0] + left.lids[INNER, 0]) / 2)
    far = picture.crop((middle, 0, *picture.size))
    narrow = far.resize((max(1, round(far.width * share)), far.height), Image.Resampling.BOX)
    result = Image.new("RGB", (middle + narrow.width, picture.height))
    result.paste(picture.crop((0, 0, middle, picture.height)), (0, 0))
    result.paste(narrow, (middle, 0))
    return result


def copies(photographs: dict[str, Image.Image], folder: Path, n: int, size: tuple[int, int]) -> Path:
    """A folder of JPEGs of one size, the photographs in turn, in `DIFFERENT` lights and places."""
    folder.mkdir()
    for i in range(min(n, DIFFERENT)):
        picture = list(photographs.values())[i % len(photographs)]
        frame = Image.new("RGB", size, (110, 110, 100))
        least = min(picture.height, size[1])
        smaller = picture.resize((picture.width * least // picture.height, least))
        frame.paste(smaller.point(lambda v, i=i: v * (1 - i % 40 / 100)), ((7 * i) % (size[0] - smaller.width + 1), 0))
        frame.save(folder / f"{i}.jpg", quality=90)
    for i in range(DIFFERENT, n):
        shutil.copyfile(folder / f"{i % DIFFERENT}.jpg", folder / f"{i}.jpg")
    return folder
