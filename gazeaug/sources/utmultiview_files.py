"""A recording of UT Multiview: a CSV of labels, and the pictures that its lines belong to, in a zip or a folder.

Picture N (N.bmp, eight digits) belongs to line N of the CSV, counted from 0. A line has no header above it and nine
numbers: gaze, rotation vector of the head, and where the eye is, in the axes of OpenCV's camera.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.file_kinds import kind_of
from gazeaug.pictures.decoding import in_8_bits, opened
from gazeaug.pictures.whole_jpeg import load_whole
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import LeftOut
from gazeaug.sources.utmultiview_pictures import Pictures, archive_of, folder_of, opened_pictures

N_NUMBERS = 9
LONGEST_CSV = 16 << 20  # bytes; a true one has some 15 kB
MOST_PIXELS = 1 << 20  # a true one has 36x60
NOT_UNIT = 0.01
FULL_TURN = 2 * np.pi + 1e-3


def files_of(recording: Path) -> list[Path]:
    """The CSV, and the files with its pictures."""
    if archive_of(recording).is_file():
        return [recording, archive_of(recording)]
    try:
        return [recording, *sorted(folder_of(recording).iterdir())]
    except OSError:  # told of when it is read
        return [recording]


def read_recording(recording: Path, *, mirror_right: bool) -> list[Block | LeftOut]:
    """The eyes of a recording in order of their numbers, after those of them that cannot be had.

    Raises:
        InputError: the CSV cannot be read, or there are no pictures.
    """
    labels_N9 = read_labels(recording)
    left_out: list[Block | LeftOut] = []
    eyes: dict[int, NDArray[np.uint8]] = {}
    with opened_pictures(recording) as pictures:
        for number in sorted({*range(len(labels_N9)), *pictures.names}):
            try:
                eyes[number] = read_eye(recording, pictures, labels_N9, number)
            except InputError as error:
                name = pictures.names.get(number, f"{number:08d}.bmp")
                left_out.append(LeftOut(place_of(recording, name), str(error)))
        names = [place_of(recording, pictures.names[number]) for number in eyes]
    shapes = {image.shape for image in eyes.values()}
    if len(shapes) > 1:
        raise InputError(f"{pictures.where}: expected pictures of one size, found {sorted(shapes)}.")
    return [*left_out, block_of(recording, eyes, labels_N9, names, mirror_right=mirror_right)] if eyes else left_out


def place_of(recording: Path, name: str) -> str:
    """A picture's path from its person on."""
    return "/".join([*folder_of(recording).parts[-3:], Path(name).name])


def read_labels(recording: Path) -> NDArray[np.float64]:
    """The numbers of a CSV, (N, 9), as they are; empty lines count for nothing, as in other readers of tables.

    Raises:
        InputError: it is no text, or a line is not nine numbers; then no line can be counted on.
    """
    try:
        if recording.stat().st_size > LONGEST_CSV:
            raise InputError(
                f"{recording}: expected a line of nine numbers a picture, found more than {LONGEST_CSV} bytes."
            )
        lines = recording.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{recording}: expected a table of numbers, found {kind_of(recording)} ({error}).") from error
    numbers = [numbers_of(line, f"{recording}: line {i}") for i, line in enumerate(lines, 1) if line.strip()]
    return np.array(numbers).reshape(-1, N_NUMBERS)


def numbers_of(line: str, where: str) -> list[float]:
    """The first nine numbers of a line, separated by commas or blanks; raises InputError."""
    parts = line.split(",") if "," in line else line.split()
    try:
        numbers = [float(part.replace("_", "?")) for part in parts[:N_NUMBERS]]  # which Python would pass over
    except ValueError:
        numbers = []
    if len(numbers) < N_NUMBERS:
        raise InputError(
            f"{where}: expected nine numbers (gaze, head rotation, eye position), separated by commas, no header above "
            f"them; found {line[:60]!r}."
        )
    return numbers


def read_eye(recording: Path, pictures: Pictures, labels_N9: NDArray[np.float64], number: int) -> NDArray[np.uint8]:
    """The picture of a number, its labels looked at.

    Raises:
        InputError: it has no line or no picture, or one of them is not as it should be.
    """
    if number >= len(labels_N9):
        raise InputError(f"{recording}: has {len(labels_N9)} lines, none for the picture {pictures.names[number]}.")
    if number not in pictures.names:
        raise InputError(
            f"{pictures.where}: holds no picture {number:08d}.bmp, which a line of {recording.name} is for."
        )
    if why := lacks_of(labels_N9[number]):
        raise InputError(f"{recording}: line {number + 1}: {why}.")
    name = pictures.names[number]
    path = pictures.where / Path(name).name
    with opened(path, data=pictures.read(name)) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise InputError(f"{path}: expected a picture of an eye, found {picture.width}x{picture.height}.")
        load_whole(picture)
        image = np.asarray(in_8_bits(picture, color=picture.mode != "L"))
    is_grey = image.ndim == 3 and (image == image[..., :1]).all()
    return np.ascontiguousarray(image[..., 0]) if is_grey else image


def lacks_of(numbers_9: NDArray[np.float64]) -> str:
    """What keeps nine numbers from being labels; empty where nothing does."""
    gaze, head, eye = numbers_9[:3], numbers_9[3:6], numbers_9[6:]
    if not np.isfinite(numbers_9).all():
        return "expected numbers, found NaN or infinity"
    if abs(np.linalg.norm(gaze) - 1) > NOT_UNIT:
        return f"its gaze must be a unit vector, found the length {np.linalg.norm(gaze):.4g}"
    if np.linalg.norm(head) > FULL_TURN:
        return "its head rotation must be a rotation vector in radians, found more than a full turn"
    return "" if eye[2] > 0 else f"its eye must be in front of the camera, found z = {eye[2]:.4g}"


def block_of(
    recording: Path,
    eyes: Mapping[int, NDArray[np.uint8]],
    labels_N9: NDArray[np.float64],
    names: list[str],
    *,
    mirror_right: bool,
) -> Block:
    """Eyes as rows."""
    person, subset, stem = folder_of(recording).parts[-3:]
    target, side = stem.split("_")
    n, numbers = len(eyes), list(eyes)
    images = np.stack(list(eyes.values()))
    gaze, head, eye = (labels_N9[numbers][:, start : start + 3].copy() for start in (0, 3, 6))
    is_flipped = mirror_right and side == "right"
    if is_flipped:
        images = np.ascontiguousarray(images[:, :, ::-1])
        gaze *= (-1, 1, 1)
        head *= (1, -1, -1)  # mirroring turns a rotation about x into itself, the others round
        eye *= (-1, 1, 1)
    texts = {"subject": [person] * n, "subset": [subset] * n, "side": [side] * n, "path": names}
    return Block(
        images,
        {
            "gaze": gaze,
            "head_pose": head,
            "eye_position": eye,
            "target": np.full(n, int(target), np.int32),
            "view": np.array(numbers, np.int32),
            "mirrored": np.full(n, is_flipped, np.uint8),
            **{name: np.array(values, object) for name, values in texts.items()},
        },
    )
