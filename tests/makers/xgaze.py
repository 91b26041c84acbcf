"""A subject's file as ETH-XGaze's own script writes it, and a folder of them as its loader reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.gaze.conventions import rotation_of

Array = NDArray[Any]
WRITTEN = 448  # pixels of a side
N_LANDMARKS, N_CAMERAS = 68, 18


def faces(n: int, size: int, seed: int) -> Array:
    """Pictures of which no two channels are alike: blue before green before red, as OpenCV reads them."""
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def landmarks(n: int, size: int, seed: int) -> Array:
    """Points as `cv2.perspectiveTransform` gives them: about the middle of the picture, where the face's centre is."""
    spread = np.random.default_rng(seed).normal(size=(n, N_LANDMARKS, 2)) * size / 6
    return np.asarray(spread + size / 2)


def unit_vectors(n: int, seed: int) -> Array:
    """Directions within some 40 degrees of the way to the camera, in OpenCV's axes."""
    vectors = np.random.default_rng(seed).normal(size=(n, 3)) * (0.3, 0.3, 0) + (0, 0, -1)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def write_subject(path: Path, n: int, *, size: int = WRITTEN, seed: int = 0) -> Path:
    """What normalization_example.py writes of one subject: a row a camera of a frame, int64 and float64.

    Every dataset has chunks of one row and cannot grow; of each row's only number the axis stays. All of that as in a
    file that the script itself wrote, of made pictures.
    """
    dice = np.random.default_rng(seed)
    gaze = -unit_vectors(n, seed + 1)
    turned = rotation_of(dice.normal(size=(n, 3)) * 0.3)[:, :, 2]
    columns = {
        "frame_index": np.arange(n, dtype=np.int64)[:, None] // N_CAMERAS,
        "cam_index": np.arange(n, dtype=np.int64)[:, None] % N_CAMERAS,
        "facial_landmarks": landmarks(n, size, seed + 2),
        "face_patch": faces(n, size, seed + 3),
        "face_mat_norm": rotation_of(dice.normal(size=(n, 3)) * 0.2),
        "face_gaze": np.stack([np.arcsin(gaze[:, 1]), np.arctan2(gaze[:, 0], gaze[:, 2])], axis=1),
        "face_head_pose": np.stack([np.arcsin(turned[:, 1]), np.arctan2(turned[:, 0], turned[:, 2])], axis=1),
    }
    with h5py.File(path, "w") as file:
        for name, values in columns.items():
            packed = {"compression": "lzf"} if name == "face_patch" else {}
            file.create_dataset(name, data=values, chunks=(1, *values.shape[1:]), **packed)
    return path


def datasets(path: Path) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    """Every dataset of a file, to be compared: type, shape, and the bytes of its values."""
    with h5py.File(path) as file:
        return {name: (one.dtype.str, one.shape, one[()].tobytes()) for name, one in file.items()}
