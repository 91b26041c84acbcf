"""Sources as their makers write them, rendered here with known truth: where the pupil is, and where it looks."""

from __future__ import annotations

import json
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gazeaug.eye_renderer import SampleEyes, render_eyes

PICTURE = (600, 800)  # (H, W) of UnityEyes' window
EYE = (210, 330)  # of the rendered eye within it
HALF_WIDTH, HALF_HEIGHT = 111, 60  # of the eye from corner to corner and lid to lid, in those pixels


MOST = 40  # eyes that are rendered, once for all tests


@cache
def render() -> SampleEyes:
    """The eyes of all sources."""
    return render_eyes(MOST, domain="synthetic", seed=5, size=EYE)


def rendered(n: int) -> SampleEyes:
    """The first `n` of them."""
    eyes = render()
    assert n <= MOST
    return SampleEyes(eyes.images[:n], eyes.look_vec[:n], eyes.iris_centre[:n])


def corner_of(number: int) -> tuple[int, int]:
    """Where the eye's picture starts in the window: elsewhere for every item."""
    return 150 + 7 * number % 60, 220 + 11 * number % 90


def window(image: np.ndarray, number: int) -> Image.Image:
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


def landmarks(iris_centre: np.ndarray, number: int) -> dict[str, Any]:
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


def details(look_vec: np.ndarray) -> dict[str, str]:
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
