"""Sources as their makers write them, rendered here with known truth: where the pupil is, and where it looks."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gazeaug.samples.anatomy import BLOCK
from gazeaug.samples.renderer import SampleEyes, render_eyes

Array = NDArray[Any]
SMALL_WINDOW = (400, 300)  # (W, H) of items that are drawn, not rendered
PICTURE = (600, 800)  # (H, W) of UnityEyes' window
EYE = (210, 330)  # of the rendered eye within it
HALF_WIDTH, HALF_HEIGHT = 111, 60  # of the eye from corner to corner and lid to lid, in those pixels


ENLARGED = 2  # sides of a pixel of the eyes as they are rendered, in those of the window


@cache
def render() -> SampleEyes:
    """The eyes of all sources, rendered once; at half the size, since whole ones would take seconds."""
    eyes = render_eyes(BLOCK, domain="synthetic", seed=5, size=(EYE[0] // ENLARGED, EYE[1] // ENLARGED))
    large = [
        np.asarray(Image.fromarray(image).resize(EYE[::-1], Image.Resampling.BICUBIC), np.uint8)
        for image in eyes.images
    ]
    return SampleEyes(np.stack(large), eyes.look_vec, (eyes.iris_centre + 0.5) * ENLARGED - 0.5)


def rendered(n: int) -> SampleEyes:
    """The first `n` of them; more than there are repeat, and stand elsewhere in their windows."""
    eyes, rows = render(), np.arange(n) % BLOCK
    return SampleEyes(eyes.images[rows], eyes.look_vec[rows], eyes.iris_centre[rows])


def corner_of(number: int) -> tuple[int, int]:
    """Where the eye's picture starts in the window: elsewhere for every item."""
    return 150 + 7 * number % 60, 220 + 11 * number % 90


def window(image: Array, number: int) -> Image.Image:
    """The window of UnityEyes, flat grey around the eye."""
    top, left = corner_of(number)
    pixels = np.full(PICTURE, 128, np.uint8)
    pixels[top : top + EYE[0], left : left + EYE[1]] = image
    return Image.fromarray(pixels).convert("RGB")


def points(n: int, centre: tuple[float, float], radius: tuple[float, float]) -> list[str]:
    """Landmarks as UnityEyes writes them, from a centre in array indices: x from the left, y from the bottom."""
    angles = np.arange(n) * 2 * np.pi / n + np.pi
    xs = centre[0] + 0.5 + radius[0] * np.cos(angles)
    ys = PICTURE[0] - (centre[1] + 0.5 + radius[1] * np.sin(angles))
    return [f"({x:.4f}, {y:.4f}, 9.0000)" for x, y in zip(xs, ys, strict=True)]


def landmarks(iris_centre: Array, number: int) -> dict[str, Any]:
    """What UnityEyes knows of a picture."""
    top, left = corner_of(number)
    middle = (left + (EYE[1] - 1) / 2, top + (EYE[0] - 1) / 2)
    iris = (left + float(iris_centre[0]), top + float(iris_centre[1]))
    return {
        "interior_margin_2d": points(16, middle, (HALF_WIDTH, HALF_HEIGHT)),
        "caruncle_2d": points(7, (middle[0] - HALF_WIDTH - 8, middle[1]), (6, 6)),
        "iris_2d": points(32, iris, (43, 43)),
        "head_pose": "(350.0000, 180.0000, 0.0000)",
    }


def details(look_vec: Array) -> dict[str, str]:
    """eye_details: every number a string."""
    return {"look_vec": vector(look_vec, 4), "pupil_size": "1.5E-2", "iris_size": "0.95"}


def vector(numbers: Any, decimals: int) -> str:
    """(0.1000, -0.2000, -0.9000)."""
    return "(" + ", ".join(f"{number:.{decimals}f}" for number in numbers) + ")"


def write_unityeyes(folder: Path, n: int) -> Path:
    """N.jpg and N.json, from 1."""
    folder.mkdir(parents=True, exist_ok=True)
    eyes = rendered(n)
    for number in range(1, n + 1):
        window(eyes.images[number - 1], number).save(folder / f"{number}.jpg", quality=95)
        described = {
            **landmarks(eyes.iris_centre[number - 1], number),
            "eye_details": details(eyes.look_vec[number - 1]),
        }
        (folder / f"{number}.json").write_text(json.dumps(described))
    return folder


def write_item(folder: Path, number: int, *, centre: tuple[float, float] = (210, 130)) -> None:
    """A UnityEyes item: a dark iris on grey, and the JSON that UnityEyes would write for it."""
    x, y = centre
    picture = Image.new("RGB", SMALL_WINDOW, (150, 150, 150))
    ImageDraw.Draw(picture).ellipse((x - 20, y - 20, x + 20, y + 20), fill=(20, 20, 20))
    picture.save(folder / f"{number}.jpg", quality=95)

    def points(n: int, radius_x: float, radius_y: float, middle: float) -> list[str]:
        angles = np.arange(n) * 2 * np.pi / n + np.pi
        xs, ys = middle + radius_x * np.cos(angles), SMALL_WINDOW[1] - (y + radius_y * np.sin(angles))
        return [f"({px:.4f}, {py:.4f}, 9.0000)" for px, py in zip(xs, ys, strict=True)]

    described = {
        "interior_margin_2d": points(16, 60, 25, x),
        "caruncle_2d": points(7, 3, 3, x - 64),
        "iris_2d": points(32, 20, 20, x),
        "eye_details": {"look_vec": f"(0.1000, -0.2000, -0.{9000 + number}, 0.0000)", "pupil_size": "1.5E-2"},
        "head_pose": "(350.0000, 180.0000, 0.0000)",
    }
    (folder / f"{number}.json").write_text(json.dumps(described))


def write_unityeyes2(folder: Path, n: int) -> Path:
    """Two cameras, `cam0` and `far left`; the second sees another eye. look_vec is of neither, as truly happens."""
    folder.mkdir(parents=True, exist_ok=True)
    eyes = rendered(2 * n)
    for number in range(1, n + 1):
        cameras = {}
        for place, camera in enumerate(["cam0", "far left"]):
            row = 2 * (number - 1) + place
            window(eyes.images[row], row).save(folder / f"{number}_{camera}.jpg", quality=95)
            u, centre = eyes.look_vec[row, :3].astype(float), np.array([0.004, -0.002, 0.05])
            mixed = 0.01 * (centre + u * (1, 1, 1)) * (1, -1, 1)
            truth = {"iris_center": vector(centre, 6), "gaze_vector": vector(mixed, 6)}
            cameras[camera] = {**landmarks(eyes.iris_centre[row], row), "ground_truth": truth}
        described = {"eye_details": details(np.array([0.0, 0.6, -0.8, 0.0])), "cameras": cameras}
        (folder / f"{number}.json").write_text(json.dumps(described))
    return folder


def write_syntheseyes(folder: Path, n: int, *, protocol: int = 2) -> Path:
    """f01/f01_N.png with its pkl: NumPy arrays and lists, look_vec in OpenGL's axes."""
    (folder / "f01").mkdir(parents=True, exist_ok=True)
    eyes = rendered(n)
    for i in range(n):
        Image.fromarray(eyes.images[i]).convert("RGBA").save(folder / "f01" / f"f01_{i}.png")
        angles = np.arange(8) * np.pi / 4
        ring = eyes.iris_centre[i] + 0.5 + 43 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        described = {
            "look_vec": eyes.look_vec[i, :3].astype(float) * (1, 1, -1),
            "head_pose": np.eye(3),
            "ldmks": {
                "ldmks_lids_2d": [tuple(point) for point in ring.tolist()],
                "ldmks_iris_2d": list(ring),
                "ldmks_pupil_2d": ring[:4],
                "ldmks_iris_3d": np.zeros((8, 3)),
            },
        }
        (folder / "f01" / f"f01_{i}.pkl").write_bytes(pickle.dumps(described, protocol=protocol))
    return folder


SIDES = ("left", "right")


def make_day(n: int, seed: int) -> dict[str, dict[str, Array]]:
    """What a day of MPIIGaze holds, for both sides: noise, with gaze about the camera."""
    dice = np.random.default_rng(seed)
    found = {}
    for side in SIDES:
        gaze = dice.normal(size=(n, 3)) * (0.2, 0.2, 0) + (0, 0, -1)
        found[side] = {
            "image": dice.integers(0, 256, (n, 36, 60), dtype=np.uint8),
            "gaze": gaze / np.linalg.norm(gaze, axis=1, keepdims=True),
            "pose": dice.normal(size=(n, 3)) * 0.2,
        }
    return found


def names_of(n: int) -> list[str]:
    """The pictures of a day."""
    return [f"{i + 1:04d}.jpg" for i in range(n)]


def write_format_5(path: Path, day: dict[str, Any]) -> None:
    """As MATLAB does: a struct `data` of structs, and a column of cells with the names."""
    from scipy import io

    names = names_of(len(day["left"]["gaze"]))
    cells = np.empty((len(names), 1), object)
    cells[:, 0] = names
    path.parent.mkdir(parents=True, exist_ok=True)
    io.savemat(path, {"data": day, "filenames": cells})


def write_hdf5(path: Path, day: dict[str, Any]) -> None:
    """As MATLAB 7.3 does: axes in reverse, text as numbers behind references, a user block in front."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", userblock_size=512) as file:
        for side, fields in day.items():
            for name, values in fields.items():
                file[f"data/{side}/{name}"] = values.T
        references = []
        for i, text in enumerate(names_of(len(day["left"]["gaze"]))):
            file[f"#refs#/{i}"] = np.array([[ord(letter)] for letter in text], np.uint16)
            references.append(file[f"#refs#/{i}"].ref)
        file["filenames"] = np.array([references], h5py.ref_dtype)


def write_mpiigaze_h5(path: Path, n: int) -> Path:
    """MPIIGaze.h5: one group a person, of up to 3,000 rows."""
    with h5py.File(path, "w") as file:
        for person, start in enumerate(range(0, n, 3000)):
            rows = min(3000, n - start)
            file[f"p{person:02d}/image"] = np.random.default_rng(person).integers(
                0, 256, (rows, 36, 60), dtype=np.uint8
            )
            file[f"p{person:02d}/gaze"] = file[f"p{person:02d}/pose"] = np.zeros((rows, 2), "f4")
    return path


def write_faze(path: Path, persons: dict[str, int], *, n_columns: int = 4, **options: Any) -> Path:
    """A file of FAZE, as faze_preprocess writes it: chunks of one row, strips of 64x256, angles as float32."""
    options = {"compression": "lzf", **options}
    with h5py.File(path, "w") as file:
        for i, (person, n) in enumerate(persons.items()):
            dice = np.random.default_rng(i)
            pixels = np.repeat(dice.integers(0, 256, (n, 1, 256, 3), dtype=np.uint8), 64, axis=1)
            labels = (dice.normal(size=(n, n_columns)) * 0.3).astype("f4")
            for name, values in (("pixels", pixels), ("labels", labels)):
                # HDF5 takes chunks of one row of what has no rows yet too.
                grows = (None, *values.shape[1:])
                file.create_dataset(
                    f"{person}/{name}", data=values, maxshape=grows, chunks=(1, *values.shape[1:]), **options
                )
    return path


def write_xgaze(path: Path, n: int, *, size: int = 224) -> Path:
    """A file of ETH-XGaze: faces, BGR."""
    faces = np.random.default_rng(0).integers(0, 256, (n, size, size, 3), dtype=np.uint8)
    with h5py.File(path, "w") as file:
        file["face_patch"], file["face_gaze"] = faces, np.zeros((n, 2), "f4")
        file["cam_index"] = np.arange(n)[:, None]
    return path


def write_kaggle(path: Path, n: int, *, size: tuple[int, int] = (35, 55)) -> Path:
    """gaze.h5: a dataset a picture, named by `path`."""
    images = np.random.default_rng(0).integers(0, 256, (n, *size), dtype=np.uint8)
    with h5py.File(path, "w") as file:
        for i in range(n):
            file[f"image/{i}"] = images[i]
        file["path"] = np.array([f"imgs/{i}.jpg".encode() for i in range(n)])
        gaze = np.random.default_rng(1).normal(size=(n, 3)) * (0.2, 0.2, 0) + (0, 0, -1)
        file["look_vec"] = gaze / np.linalg.norm(gaze, axis=1, keepdims=True)
    return path


def write_columbia(folder: Path, n: int) -> Path:
    """Rendered eyes under the names of Columbia's pictures."""
    eyes = rendered(n)
    for i in range(n):
        name = f"{i // 105 + 1:04d}_2m_{15 * (i % 5 - 2)}P_{10 * (i // 5 % 3 - 1)}V_{5 * (i // 15 % 7 - 3)}H.jpg"
        (folder / f"{i // 105 + 1:04d}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(eyes.images[i]).save(folder / f"{i // 105 + 1:04d}" / name)
    return folder


TRUE_LINE = (0.657246, 0.0937712, -0.74782, -0.0511348, -0.548227, -0.0143822, -7.6967e-06, 1.92417e-06, 600.0)
"""The first line of the true s00/test/000_left.csv, as two public threads quote it: swook/GazeML, issue 20."""


@dataclass(frozen=True)
class Recording:
    """A file of labels of UT Multiview, and its pictures."""

    name: str
    """sNN/test/NNN_left"""
    images: Array
    numbers: Array
    """(N, 9) as they are in the file."""


def make_recording(name: str, n: int, seed: int) -> Recording:
    """Noise, with gaze and head about the camera, in the digits that the true files have."""
    dice = np.random.default_rng(seed)
    gaze = dice.normal(size=(n, 3)) * (0.4, 0.3, 0) + (0, 0, -1)
    gaze /= np.linalg.norm(gaze, axis=1, keepdims=True)
    given = np.hstack([gaze, dice.normal(size=(n, 3)) * 0.3, np.tile([-7.6967e-06, 1.92417e-06, 600.0], (n, 1))])
    numbers = np.array([[float(f"{number:g}") for number in line] for line in given])
    return Recording(name, dice.integers(0, 256, (n, 36, 60), dtype=np.uint8), numbers)


def write_recording(folder: Path, recording: Recording, *, packed: bool = True) -> Path:
    """As it is distributed: NNN_left.csv without a header beside NNN_left.zip of 00000000.bmp, or the zip unpacked."""
    path = folder / f"{recording.name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(f"{number:g}" for number in line) + "\n" for line in recording.numbers))
    pictures = {}
    for number, image in enumerate(recording.images):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "BMP")
        pictures[f"{number:08d}.bmp"] = file.getvalue()
    if packed:
        with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in pictures.items():
                archive.writestr(name, data)
    else:
        path.with_suffix("").mkdir()
        for name, data in pictures.items():
            (path.with_suffix("") / name).write_bytes(data)
    return path


def write_utmultiview(folder: Path, n_targets: int = 2, *, n_people: int = 2, packed: bool = True) -> list[Recording]:
    """Persons s00, s01, ... with 8 cameras' pictures in test and 12 views in synth; in the order of the output."""
    made = [
        make_recording(f"s{person:02d}/{subset}/{target:03d}_{side}", n, 100 * person + 10 * target + i + n)
        for person in range(n_people)
        for subset, n in (("synth", 12), ("test", 8))
        for target in range(n_targets)
        for i, side in enumerate(SIDES)
    ]
    for recording in made:
        write_recording(folder, recording, packed=packed)
    return made
