"""Folders as GazeHub's own scripts write them: headers, order of columns, names, signs and formulas.

Source: its data_processing_mpii (eyes and faces), _diap, _gaze360, _rtgene, _eth, _ut, and GazeTo2d, GazeTo3d, HeadTo2d
of data_processing_core, written anew here. Pictures are grey JPEGs of noise, another for each line and column.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[Any]
SIZE = (36, 60)
SETS = ("eye", "ut", "face", "eyediap", "gaze360", "eth", "rt-gene")


def rotation_matrix(vector: Array) -> Array:
    """A rotation vector as a matrix, by the exponential of its cross product matrix."""
    x, y, z = vector
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix, term = np.eye(3), np.eye(3)
    for k in range(1, 40):
        term = term @ cross / k
        matrix = matrix + term
    return matrix


def gaze_to_2d(gaze: Array) -> Array:
    """Yaw, pitch of a vector in OpenCV's camera frame."""
    return np.array([np.arctan2(-gaze[0], -gaze[2]), np.arcsin(-gaze[1])])


def gaze360_to_2d(gaze: Array) -> Array:
    """Yaw, pitch of a vector in Gaze360's own frame."""
    return np.array([np.arctan2(gaze[0], -gaze[2]), np.arcsin(gaze[1])])


def gaze_to_3d(angles: Array) -> Array:
    """Yaw, pitch as a vector."""
    yaw, pitch = angles
    return np.array([-np.cos(pitch) * np.sin(yaw), -np.sin(pitch), -np.cos(pitch) * np.cos(yaw)])


def head_to_2d(head: Array) -> Array:
    """Yaw, pitch of the third column of a rotation vector's matrix."""
    axis = rotation_matrix(head)[:, 2]
    return np.array([np.arctan2(axis[0], axis[2]), np.arcsin(axis[1])])


def field(values: Array) -> str:
    """Numbers as the scripts write them."""
    return ",".join(np.asarray(values).astype("str"))


def write_gazehub(folder: Path, kind: str = "eye", *, persons: int = 2, each: int = 3, seed: int = 0) -> Path:
    """A folder of one of `SETS`; persons stand one after the other."""
    dice = np.random.default_rng(seed)
    for person in range(persons):
        for n in range(1, each + 1):
            row = person * each + n
            direction = np.array([dice.uniform(-0.5, 0.5), dice.uniform(-0.4, 0.4), -1])
            pose = dice.normal(size=3) * 0.4
            pictures, label, line = LINES[kind](person, n, row, direction / np.linalg.norm(direction), pose, dice)
            path = folder / "Label" / label
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a") as file:
                file.write((f"{HEADERS[kind]}\n" if not file.tell() else "") + f"{line}\n")
            for name in pictures:
                (folder / "Image" / name).parent.mkdir(parents=True, exist_ok=True)
                noise = dice.integers(0, 256, SIZE, dtype=np.uint8)
                Image.fromarray(noise).save(folder / "Image" / name, "JPEG")
    return folder


HEADERS: Mapping[str, str] = {
    "eye": "Image Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead Rmat Smat GazeOrigin",
    "ut": "Image Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead",
    "face": "Face Left Right Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead Rmat Smat GazeOrigin",
    "eyediap": "Face Left Right metapath 3DGaze 3DHead 2DGaze 2DHead Rvec Svec GazeOrigin",
    "gaze360": "Face Left Right Origin 3DGaze 2DGaze",
    "eth": "face gaze head origin cam_index frame_index normmat",
    "rt-gene": "Face Left Right Origin 3DGaze 3DHead 2DGaze 2DHead",
}
Line = tuple[list[str], str, str]


def normalisation(dice: np.random.Generator) -> str:
    """Rmat, Smat and GazeOrigin."""
    return " ".join(map(field, (dice.normal(size=3), [1.0, 1.0, 0.93], dice.normal(size=3) * 10 + (0, 0, 600))))


def both(gaze: Array, pose: Array) -> str:
    """3DGaze 3DHead 2DGaze 2DHead."""
    return " ".join(map(field, (gaze, pose, gaze_to_2d(gaze), head_to_2d(pose))))


def eye(person: int, n: int, row: int, gaze: Array, pose: Array, dice: np.random.Generator) -> Line:
    """Of MPIIGaze: right eyes are flipped, and called right."""
    name, side = f"p{person:02d}/{n}.jpg", ("left", "right")[n % 2]
    line = f"{name} day{n:02d}/{row:04d}.jpg {side} {both(gaze, pose)} {normalisation(dice)}"
    return [name], f"p{person:02d}.label", line


def ut(person: int, n: int, row: int, gaze: Array, pose: Array, dice: np.random.Generator) -> Line:
    """Of UT Multiview: left eyes, in a folder for each of its parts."""
    name = f"s{person:02d}/synth/{n}.jpg"
    return [name], f"synth/s{person:02d}.label", f"{name} {n}_{row}.bmp left {both(gaze, pose)}"


def face(person: int, n: int, row: int, gaze: Array, pose: Array, dice: np.random.Generator) -> Line:
    """Of MPIIFaceGaze."""
    names = [f"p{person:02d}/{part}/{n}.jpg" for part in ("face", "left", "right")]
    side = ("left", "right")[n % 2]
    line = f"{' '.join(names)} day{n:02d}/{row:04d}.jpg {side} {both(gaze, pose)} {normalisation(dice)}"
    return names, f"p{person:02d}.label", line


def eyediap(person: int, n: int, row: int, gaze: Array, pose: Array, dice: np.random.Generator) -> Line:
    """Of EyeDiap."""
    names = [f"p{person + 1}/{part}/{n}.jpg" for part in ("face", "left", "right")]
    line = f"{' '.join(names)} {person + 1}_A_DS_S_{row} {both(gaze, pose)} {normalisation(dice)}"
    return names, f"p{person + 1}.label", line


def gaze360(person: int, n: int, row: int, gaze: Array, pose: Array, dice: np.random.Generator) -> Line:
    """Of Gaze360: its own frame, a file for each part of the set."""
    split = ("train", "val")[person % 2]
    names = [f"{split}/{part}/{row}.jpg" for part in ("Face", "Left", "Right")]
    own = gaze * (-1, -1, 1)
    origin = f"rec_{person:03d}/head/{person:06d}/{n:06d}.jpg"
    return names, f"{split}.label", f"{' '.join(names)} {origin} {field(own)} {field(gaze360_to_2d(own))}"


def eth(person: int, n: int, row: int, gaze: Array, pose: Array, dice: np.random.Generator) -> Line:
    """Of ETH-XGaze: pitch before yaw, as in its own files, float32."""
    name, subject = f"subject{person:04d}/{row}.jpg", f"subject{person:04d}"
    angles = gaze_to_2d(gaze)[::-1].astype("f4"), head_to_2d(pose)[::-1].astype("f4")
    matrix = rotation_matrix(pose).ravel()
    fields = [*map(field, angles), f"{subject}/{n - 1}.jpg", str(n % 18), str(row), field(matrix)]
    return [f"train/{name}"], "train.label", f"{name} {' '.join(fields)}"


def rt_gene(person: int, n: int, row: int, gaze: Array, pose: Array, dice: np.random.Generator) -> Line:
    """Of RT-Gene: 3DHead is an axis, the person stands in the column Origin, and three persons make three files."""
    names = [f"s{person:03d}_glasses/original/{part}/{part}_{n}_rgb.png" for part in ("face", "left", "right")]
    angles = gaze_to_2d(gaze), head_to_2d(pose)
    fields = [field(gaze_to_3d(each)) for each in angles] + [field(each) for each in angles]
    return names, f"train/train{person % 3 + 1}.label", f"{' '.join(names)} s{person:03d} {' '.join(fields)}"


LINES = {
    "eye": eye,
    "ut": ut,
    "face": face,
    "eyediap": eyediap,
    "gaze360": gaze360,
    "eth": eth,
    "rt-gene": rt_gene,
}
