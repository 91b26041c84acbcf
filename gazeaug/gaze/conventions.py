"""Conventions of gaze labels: what each number means, and the way from any of them to any other.

Everything passes through one vector: unit length, in UnityEyes' camera frame (x right, y up, z forward, so that a gaze
into the camera is (0, 0, -1)). Computed in float64. Which frame and signs a public loader has was read off its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import text_of
from gazeaug.eyefile.reader import GAZE_LABELS
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES, look_vec_to_pitchyaw, pitchyaw_to_look_vec, unit
from gazeaug.suggestions import did_you_mean


@dataclass(frozen=True, kw_only=True)
class VectorConvention:
    """Gaze as a vector; `signs` turn its axes into x right, y up, z forward."""

    name: str
    used_by: str
    signs: tuple[int, int, int]
    attributes: Mapping[str, str]
    """As they stand at a label."""

    columns = ("x", "y", "z")

    def to_look_vec(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(N, 3), or (N, 4) with a fourth number of no meaning, to (N, 3) unit vectors in UnityEyes' frame."""
        vectors: NDArray[np.float64] = unit(values) * np.array(self.signs)
        return vectors

    def of_look_vec(self, look_vec: NDArray[Any]) -> NDArray[np.float64]:
        """The way back; the vectors have length 1."""
        return self.to_look_vec(look_vec)  # signs undo themselves


@dataclass(frozen=True, kw_only=True)
class AngleConvention:
    """Gaze as two angles: their order, their signs against pitch up and yaw to the image's left, their unit."""

    name: str
    used_by: str
    yaw_first: bool = False
    pitch_sign: int = 1
    yaw_sign: int = 1
    degrees: bool = False

    @property
    def columns(self) -> tuple[str, str]:
        """The angles in their order."""
        return ("yaw", "pitch") if self.yaw_first else ("pitch", "yaw")

    @property
    def attributes(self) -> dict[str, str]:
        """As they stand at a label."""
        return {
            "angle_order": ", ".join(self.columns),
            "units": "degrees" if self.degrees else "radians",
            "pitch_positive": "up" if self.pitch_sign > 0 else "down",
            "yaw_positive": "image left" if self.yaw_sign > 0 else "image right",
        }

    def to_look_vec(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(N, 2) angles to (N, 3) unit vectors in UnityEyes' frame."""
        angles = np.asarray(values, np.float64)
        radians = np.deg2rad(angles) if self.degrees else angles
        return pitchyaw_to_look_vec(self._swapped(radians) * (self.pitch_sign, self.yaw_sign))

    def of_look_vec(self, look_vec: NDArray[Any]) -> NDArray[np.float64]:
        """The way back: (N, 3) or (N, 4) to (N, 2)."""
        radians = self._swapped(look_vec_to_pitchyaw(look_vec) * (self.pitch_sign, self.yaw_sign))
        return np.rad2deg(radians) if self.degrees else radians

    def to_pitchyaw(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(N, 2) angles to pitch (up positive) and yaw (image-left positive) in radians: to the last bit where only
        their order or signs are others, and folded where they go beyond straight up or behind."""
        angles = np.asarray(values, np.float64)
        found = self._swapped(np.deg2rad(angles) if self.degrees else angles) * (self.pitch_sign, self.yaw_sign)
        beyond = (np.abs(found) > (np.pi / 2, np.pi)).any(axis=1)
        found[beyond] = look_vec_to_pitchyaw(pitchyaw_to_look_vec(found[beyond]))
        return found

    def _swapped(self, angles: NDArray[np.float64]) -> NDArray[np.float64]:
        return angles[:, ::-1] if self.yaw_first else angles


Convention = VectorConvention | AngleConvention
OPENGL_ATTRIBUTES = {
    "frame": "opengl_camera",
    "units": "unit_vector",
    "handedness": "right",
    "convention": "x right, y up, z backward; a gaze into the camera is (0, 0, 1)",
}
OPENCV_ATTRIBUTES = {
    "frame": "opencv_camera",
    "units": "unit_vector",
    "handedness": "right",
    "convention": "x right, y down, z forward; a gaze into the camera is (0, 0, -1)",
}
HEAD_ROTATION = "rotation vector of the head"  # attribute `kind` of such a label
NAMED: tuple[Convention, ...] = (
    VectorConvention(name="unityeyes", used_by="UnityEyes' look_vec", signs=(1, 1, 1), attributes=LOOK_VEC_ATTRIBUTES),
    VectorConvention(
        name="opencv", used_by="MPIIGaze's Normalized .mat files", signs=(1, -1, 1), attributes=OPENCV_ATTRIBUTES
    ),
    VectorConvention(name="opengl", used_by="SynthesEyes' look_vec", signs=(1, 1, -1), attributes=OPENGL_ATTRIBUTES),
    AngleConvention(name="mpiigaze", used_by="MPIIGaze.h5, ETH-XGaze, FAZE, GazeML's UnityEyes loader"),
    AngleConvention(name="gazehub", used_by="GazeHub's text labels", yaw_first=True),
    AngleConvention(name="pitch-down", used_by="loaders that take -asin(u_y)", pitch_sign=-1),
    AngleConvention(name="degrees", used_by="tables for people", degrees=True),
    AngleConvention(name="columbia", used_by="the names of Columbia Gaze's pictures", yaw_sign=-1, degrees=True),
)
CONVENTIONS: dict[str, Convention] = {convention.name: convention for convention in NAMED}


def convert(values: NDArray[Any], source: Convention, target: Convention) -> NDArray[np.float64]:
    """Gaze in one convention to another.

    Args:
        values: (N, columns of the source).

    Returns:
        (N, columns of the target), float64.
    """
    return target.of_look_vec(source.to_look_vec(values))


def convention_of(
    attributes: Mapping[str, Any], where: str, *, stated: str | None = None, option: str = "--convention"
) -> Convention:
    """The convention of a label, from its attributes or as the user states it; it is never guessed.

    Args:
        attributes: of the label.
        where: file and label, for messages.
        stated: a name of `CONVENTIONS`.
        option: by which it is stated, for messages.

    Raises:
        InputError: none is known, or what is stated contradicts the attributes, or one of them.
    """
    if stated is not None and stated not in CONVENTIONS:
        meant = did_you_mean(stated, CONVENTIONS)
        raise InputError(f"{option} must be one of {', '.join(CONVENTIONS)}, got '{stated}'{meant}")
    found = [convention for convention in NAMED if agrees(convention, attributes)]
    if stated is None and not found:
        raise InputError(
            f"{where}: its attributes name no convention of gaze that is known here; state it with {option} "
            f"({', '.join(CONVENTIONS)}; see docs/conventions.md)."
        )
    if stated is None:
        return found[0]
    if found and found[0].name != stated:
        raise InputError(f"{where}: its attributes say '{found[0].name}', {option} says '{stated}'.")
    names = {"angle_order": "order", "units": "unit"}  # under which others say it
    for key, value in CONVENTIONS[stated].attributes.items():
        name = key if key in attributes else names.get(key, key)
        if key != "convention" and name in attributes and meaning(attributes[name]) != meaning(value):
            said = text_of(attributes[name])
            raise InputError(f"{where}: its attribute {name} says '{said}', {option} {stated} says '{value}'.")
    return CONVENTIONS[stated]


def meaning(value: Any) -> str:
    """An attribute's text as it is compared: rad and radian are radians."""
    words = ", ".join(part.strip() for part in text_of(value).lower().replace("_", " ").split(","))
    short = {
        "rad": "radians",
        "radian": "radians",
        "deg": "degrees",
        "degree": "degrees",
        "unit vectors": "unit vector",
    }
    return short.get(words, words)


def agrees(convention: Convention, attributes: Mapping[str, Any]) -> bool:
    """Whether a label's attributes are those of a convention; of a vector the frame says all."""
    needed = ("frame",) if isinstance(convention, VectorConvention) else tuple(convention.attributes)
    return all(text_of(attributes.get(key)) == convention.attributes[key] for key in needed)


def find_gaze(names: Mapping[str, Any], where: str, *, label: str | None = None) -> str:
    """The label that holds a file's gaze.

    Raises:
        InputError: there is none of the usual names, or not the one that is named.
    """
    candidates = [label] if label is not None else [name for name in GAZE_LABELS if name in names]
    if not candidates or candidates[0] not in names:
        wanted = f"'{label}'" if label else "of the names " + ", ".join(GAZE_LABELS)
        raise InputError(f"{where}: no label {wanted}; the labels there are: {', '.join(sorted(names)) or 'none'}.")
    return candidates[0]


def mirrored(look_vec: NDArray[Any]) -> NDArray[np.float64]:
    """The gaze of a picture flipped left to right: only its horizontal part changes sign."""
    return unit(look_vec) * (-1, 1, 1)


def rotation_of(vectors: NDArray[Any]) -> NDArray[np.float64]:
    """Rotation vectors (N, 3) to matrices (N, 3, 3), by Rodrigues' formula."""
    rotations = np.asarray(vectors, np.float64)
    angles = np.linalg.norm(rotations, axis=1)[:, None, None]
    axes = np.divide(rotations, angles[:, :, 0], out=np.zeros_like(rotations), where=angles[:, :, 0] > 0)
    x, y, z = axes.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    matrices: NDArray[np.float64] = np.eye(3) + np.sin(angles) * cross + (1 - np.cos(angles)) * (cross @ cross)
    return matrices


def head_angles(pose_N3: NDArray[Any]) -> NDArray[np.float64]:
    """MPIIGaze's rotation vectors of the head to pitch and yaw, (N, 2) radians: where the head's z axis points.

    Source: MPIIGaze's own scripts and pytorch_mpiigaze: asin(z_y), atan2(z_x, z_z) with z the third column of R.
    """
    return rotation_angles(rotation_of(pose_N3))


def rotation_angles(rotations_N33: NDArray[Any]) -> NDArray[np.float64]:
    """The same of rotations (N, 3, 3), of the head's axes to OpenCV's camera frame."""
    z = rotations_N33[:, :, 2]
    return np.stack([np.arcsin(np.clip(z[:, 1], -1, 1)), np.arctan2(z[:, 0], z[:, 2])], axis=1)


def head_rotation(pitchyaw_N2: NDArray[Any]) -> NDArray[np.float64]:
    """Pitch and yaw of the head to rotation vectors, (N, 3) radians, without a roll; `head_angles` is the way back.

    The head is turned by -pitch about its x axis, then by yaw about the camera's y axis (OpenCV's frame).
    """
    half = np.asarray(pitchyaw_N2, np.float64) / 2
    (cos_p, cos_y), (sin_p, sin_y) = np.cos(half).T, np.sin(half).T
    axis = np.stack([-cos_y * sin_p, sin_y * cos_p, sin_y * sin_p], axis=1)  # the vector part of a quaternion
    length = np.linalg.norm(axis, axis=1)
    angle = 2 * np.arctan2(length, cos_p * cos_y)
    rotations: NDArray[np.float64] = (
        axis * np.divide(angle, length, out=np.full_like(angle, 2.0), where=length > 0)[:, None]
    )
    return rotations


def to_head_frame(gaze_N3: NDArray[Any], pose_N3: NDArray[Any]) -> NDArray[np.float64]:
    """OpenCV camera vectors in the head's own frame: R transposed times g; R from MPIIGaze's rotation vector."""
    turned: NDArray[np.float64] = np.einsum("nji,nj->ni", rotation_of(pose_N3), np.asarray(gaze_N3, np.float64))
    return turned


def from_head_frame(gaze_N3: NDArray[Any], pose_N3: NDArray[Any]) -> NDArray[np.float64]:
    """The way back: R times g."""
    turned: NDArray[np.float64] = np.einsum("nij,nj->ni", rotation_of(pose_N3), np.asarray(gaze_N3, np.float64))
    return turned
