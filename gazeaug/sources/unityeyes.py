"""What UnityEyes writes: N.jpg with N.json, every number a string, landmarks with y counted from the bottom.

What its `head_pose` is: see `gazeaug.gaze.head_conventions.unityeyes_rotations`.

Shape suffixes: K landmarks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.images import natural_order
from gazeaug.pictures.crops import Box
from gazeaug.pictures.decoding import check_inside, cut_out, opened
from gazeaug.preparing.items import Eye, Items
from gazeaug.preparing.walking import find_here, instead
from gazeaug.sources.frames import check_frame, looks_at_the_eye
from gazeaug.sources.options import CropOptions
from gazeaug.sources.plain_json import parse_json

LANDMARKS = {"interior_margin_2d": 16, "caruncle_2d": 7, "iris_2d": 32}
ASKED = 24  # items of a folder, about its camera
OUTER_CORNER = 8  # number of the interior margin's point at the corner far from the caruncle
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
LIKE_ITEMS = (".jpg", ".jpeg", ".png", ".json")
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?")
WHOLE = re.compile(r"[-+]?\d+")
VECTOR = re.compile(r"\s*\(([^()]*)\)\s*")


def find_items(folder: Path) -> Items:
    """The items of a UnityEyes folder, or of its `imgs`, by their names without ending, in natural order (1, 2, 10).

    Raises:
        InputError: no such folder, no item in it, items both here and in `imgs`, or two files of one item.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with UnityEyes' N.jpg and N.json, but there is no such folder.")
    here, inside = find_here(folder, is_item, like=LIKE_ITEMS, but=("imgs",)), find_imgs(folder)
    if here and inside:
        raise InputError(
            f"{folder}: holds {len(here):,} files of UnityEyes and {len(inside):,} more in imgs/, so it is not "
            f"clear which are meant: give {folder / 'imgs'}, or move those of one of the two elsewhere."
        )
    found = here or inside
    if not found:
        raise InputError(f"{folder}: expected UnityEyes' N.jpg and N.json here or in imgs/, found none{instead(here)}.")
    seen: dict[tuple[str, str], str] = {}
    for name in found.names:
        path = Path(name)
        other = seen.setdefault((path.stem, path.suffix.lower()), name)
        if other != name:
            raise InputError(f"{found.folder / name}: {other} is of the same item; take away one of the two.")
    stems = sorted({stem for stem, _ in seen}, key=natural_order)
    left_out = [*here.left_out, *inside.left_out] if found is inside else here.left_out
    return Items(found.folder, stems, left_out)


def find_imgs(folder: Path) -> Items:
    """What lies in the folder `imgs`, in which UnityEyes leaves its pictures."""
    place = folder / "imgs"
    return find_here(place, is_item, like=LIKE_ITEMS) if place.is_dir() else Items(place, [])


def is_item(path: Path) -> bool:
    """Whether a file is one of a pair; endings come in large letters too."""
    return path.suffix.lower() in (".jpg", ".json") and path.stem.isdecimal()


def file_of(item: Path, ending: str) -> Path:
    """The file of an item with an ending, in whatever letters it stands on the disk."""
    paths = [item.with_name(item.name + one) for one in (ending, ending.upper(), f".{ending[1:].capitalize()}")]
    return next((path for path in paths if path.exists()), paths[0])


def pair_of(item: Path) -> tuple[Path, Path]:
    """The JSON and the picture of an item."""
    return file_of(item, ".json"), file_of(item, ".jpg")


def camera_is_known(items: Items) -> bool:
    """Whether the folder's camera is known to look at the eye, by some of its JSONs; see `gazeaug.sources.frames`."""
    irises = []
    for number in sorted({int(i) for i in np.linspace(0, len(items) - 1, min(len(items), ASKED))}):
        json_path = pair_of(items[number])[0]
        try:
            described = read_json(json_path)
            with naming(json_path):
                look_vec = parse_look_vec(described["eye_details"]["look_vec"], str(json_path))
                irises.append((read_points(described, "iris_2d", str(json_path)), look_vec))
        except InputError:  # said when it is its turn
            continue
    return looks_at_the_eye(irises)


def read_item(item: Path, crop: CropOptions, *, is_known: bool = False) -> Eye:
    """Read one item and cut the eye out of it.

    Args:
        item: without its ending.
        crop: how to cut.
        is_known: that the folder's camera looks at the eye.

    Raises:
        InputError: a file of the pair is missing or damaged, or the picture was resized; it is named.
    """
    json_path, picture_path = pair_of(item)
    check_inside(json_path, item.parent)
    described = read_json(json_path)
    with naming(json_path):
        details = described["eye_details"]
        labels = {
            "look_vec": four(parse_look_vec(details["look_vec"], str(json_path))),
            "pupil_size": np.float32(parse_number(details["pupil_size"], str(json_path))),
        }
    return crop_eye(picture_path, described, json_path, labels, crop, is_known=is_known)


def crop_eye(
    picture_path: Path,
    described: Any,
    json_path: Path,
    labels: dict[str, Any],
    options: CropOptions,
    *,
    is_known: bool | None = None,
) -> Eye:
    """Cut the eye out of its picture.

    Args:
        picture_path: of the whole render.
        described: the part of the JSON that holds landmarks and head pose.
        json_path: that JSON, for messages.
        labels: further ones that are known already.
        options: how to cut.
        is_known: that the camera looks at the eye; None where nothing is known of how the camera stands.

    Raises:
        InputError: the picture is damaged, or is not the one that the landmarks are of.
    """
    check_inside(picture_path, picture_path.parent)
    with opened(picture_path, max_megapixels=options.max_megapixels) as picture:
        with naming(json_path):
            landmarks = {name: read_landmarks(described, name, picture.size, str(json_path)) for name in LANDMARKS}
            head_pose = parse_vector(described["head_pose"], (3,), str(json_path)).astype(np.float32)
        if is_known is not None:
            upward = landmarks["iris_2d"] * (1, -1) + (0, picture.height)
            check_frame(upward, labels["look_vec"], picture.size, str(picture_path), is_known=is_known)
        check_seen(landmarks["iris_2d"], picture.size, str(picture_path))
        box = eye_box(landmarks, options)
        image = cut_out(picture, box, options.size, color=options.color)
    moved = {name: into_crop(points, box, options.size) for name, points in landmarks.items()}
    path = f"{picture_path.parent.name}/{picture_path.name}"
    return Eye(image, {**labels, **moved, "head_pose": head_pose, "path": path})


@contextmanager
def naming(json_path: Path) -> Iterator[None]:
    """Turn a key that is missing from UnityEyes' JSON, or of another kind, into one sentence."""
    try:
        yield
    except (KeyError, TypeError) as error:
        raise InputError(f"{json_path}: expected UnityEyes' keys, {error} is missing or of another kind.") from error


def four(look_vec: NDArray[np.float64]) -> NDArray[np.float32]:
    """A look_vec with the fourth number, 0, that UnityEyes writes."""
    return np.pad(look_vec, (0, 4 - len(look_vec))).astype(np.float32)


def read_json(path: Path) -> dict[str, Any]:
    """Parse one of UnityEyes' JSON files."""
    try:
        found = parse_json(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: missing; every picture needs its JSON.") from None
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"{path}: expected JSON as UnityEyes writes it ({error}).") from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: expected a JSON object as UnityEyes writes it.")
    return found


def parse_number(text: Any, where: str) -> float:
    """A number out of a string, never evaluated; its decimal sign is a point or a comma."""
    number = str(text).strip()
    if isinstance(text, str) and DECIMAL_COMMA.fullmatch(number):
        number = number.replace(",", ".")
    if not isinstance(text, (str, int, float)) or not NUMBER.fullmatch(number):
        raise InputError(f"{where}: expected a number, found {text!r:.100}.")
    found = float(number)
    if not math.isfinite(found):
        raise InputError(f"{where}: expected a number that a computer holds, found {text!r:.100}.")
    return found


def parse_vector(text: Any, lengths: tuple[int, ...], where: str) -> NDArray[np.float64]:
    """Numbers out of a string such as "(0.1, -0.2, -0.9, 0.0000)", never evaluated.

    Where the renderer wrote decimal commas, "(0,1, -0,2, -0,9)", the number of parts proves it.

    Raises:
        InputError: no such string, or one that can be read in two ways.
    """
    inside = VECTOR.fullmatch(text) if isinstance(text, str) else None
    if inside is None:
        raise InputError(f"{where}: expected numbers in parentheses, found {text!r:.100}.")
    readings = [parts for parts in (inside[1].split(","), with_points(inside[1])) if len(parts) in lengths]
    if not readings:
        raise InputError(f"{where}: expected {' or '.join(map(str, lengths))} numbers, found {text!r:.100}.")
    if len(readings) > 1:
        raise InputError(
            f"{where}: commas may stand between numbers or in them, found {text!r:.100}; write decimal points."
        )
    return np.array([parse_number(part, where) for part in readings[0]])


def with_points(text: str) -> list[str]:
    """The numbers of a vector in which some or all have a decimal comma; none where not one has."""
    if " " in text:  # it stands behind the commas between numbers
        parts = [part.strip() for part in re.split(r",\s+", text)]
    else:
        halves = text.split(",")
        whole, behind = halves[::2], halves[1::2]
        parts = [f"{a},{b}" for a, b in zip(whole, behind, strict=False)] if len(whole) == len(behind) else []
    is_meant = any("," in part for part in parts) and all(
        DECIMAL_COMMA.fullmatch(part) or WHOLE.fullmatch(part) for part in parts
    )
    return [part.replace(",", ".") for part in parts] if is_meant else []


def notes_on(json_path: Path) -> list[str]:
    """What to say of how a first JSON is read: its decimal commas. Nothing where it cannot be read."""
    try:
        look_vec = read_json(json_path)["eye_details"]["look_vec"]
        parse_vector(look_vec, (3, 4), "")
    except (InputError, KeyError, TypeError):
        return []
    inside = look_vec.strip().strip("()")
    return [f"{json_path}: decimal commas are read, as in {look_vec}."] if with_points(inside) else []


def parse_look_vec(text: Any, where: str) -> NDArray[np.float64]:
    """A gaze direction: three or four finite numbers that have a length."""
    look_vec = parse_vector(text, (3, 4), where)
    if not 0.5 < np.linalg.norm(look_vec[:3]) < 2:
        raise InputError(f"{where}: expected a look_vec of length 1, found {text!r:.100}.")
    return look_vec


def read_landmarks(described: dict[str, Any], name: str, size: tuple[int, int], where: str) -> NDArray[np.float64]:
    """Landmarks as (K, 2) in pixels of the picture, x right and y down (UnityEyes counts y from the bottom).

    Args:
        described: the item's JSON.
        name: one of `LANDMARKS`.
        size: (width, height) of the picture.
        where: the file, for messages.
    """
    points = read_points(described, name, where)
    check_near(points, size, f"{where}: {name}")
    return np.stack([points[:, 0], size[1] - points[:, 1]], axis=1)


def read_points(described: dict[str, Any], name: str, where: str) -> NDArray[np.float64]:
    """Landmarks as (K, 2) in pixels, y counted from the bottom, as UnityEyes writes them."""
    texts = described[name]
    if not isinstance(texts, list) or len(texts) != LANDMARKS[name]:
        found = f"{len(texts)}" if isinstance(texts, list) else repr(texts)
        raise InputError(f"{where}: expected {LANDMARKS[name]} points of {name}, found {found}.")
    return np.array([parse_vector(text, (2, 3), where)[:2] for text in texts])


def check_seen(iris_K2: NDArray[np.float64], size: tuple[int, int], where: str) -> None:
    """Refuse a picture in which the middle of the iris is not.

    Raises:
        InputError: beginning with `where`.
    """
    x, y = iris_K2.mean(axis=0)
    if not (0 <= x <= size[0] and 0 <= y <= size[1]):
        raise InputError(
            f"{where}: is {size[0]}x{size[1]} pixels, and the iris of its JSON lies outside, at ({x:.0f}, {y:.0f}): it "
            "was resized or cut after that was written, or belongs to another JSON."
        )


def check_near(points_K2: NDArray[np.float64], size: tuple[int, int], what: str) -> None:
    """Refuse points far from their picture of (width, height): a crop around one would be padded to any size.

    Raises:
        InputError: beginning with `what`.
    """
    if not (np.all(points_K2 > -np.array(size)) and np.all(points_K2 < 2 * np.array(size))):
        raise InputError(f"{what} lies far outside its picture of {size[0]}x{size[1]} pixels.")


def eye_box(landmarks: dict[str, NDArray[np.float64]], options: CropOptions) -> Box:
    """Box about the middle of the lid margin, `margin` times as wide as the eye from caruncle to outer corner."""
    lids, caruncle = landmarks["interior_margin_2d"], landmarks["caruncle_2d"]
    corner_to_corner = abs(caruncle[:, 0].mean() - lids[OUTER_CORNER, 0])
    # Seen from the side the corners may stand behind each other; the lids then still have a width.
    width = options.margin * max(corner_to_corner, float(np.ptp(lids[:, 0])), 8.0)
    height = width * options.size[0] / options.size[1]
    x, y = (lids.min(axis=0) + lids.max(axis=0)) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def into_crop(points: NDArray[np.float64], box: Box, size: tuple[int, int]) -> NDArray[np.float32]:
    """Points of the picture in pixels of the crop, where pixel centres lie at whole numbers."""
    scale = size[1] / (box[2] - box[0])
    moved: NDArray[np.float32] = ((points - np.array(box[:2])) * scale - 0.5).astype(np.float32)
    return moved
