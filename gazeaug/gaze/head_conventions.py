"""Conventions of head poses: what the numbers of a row mean, and the way from each to one rotation.

That rotation, R, takes the head's axes to OpenCV's camera frame (x right, y down, z forward). The head's own axes are
MPIIGaze's: z from the face to the back of the head, so that a face that looks straight into the camera has R = 1, and
a gaze straight ahead of any head is -R z. Angles of two numbers are `gazeaug.gaze.conventions.AngleConvention`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazeaug.gaze.conventions import CONVENTIONS, HEAD_ROTATION, AngleConvention, rotation_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TurnConvention:
    """A head's turn about three axes."""

    name: str
    used_by: str
    columns: tuple[str, str, str]
    attributes: Mapping[str, str]
    """As they stand at a label; `kind` tells which convention it is."""
    earlier_order: str | None = None
    """The attribute `order` by which labels without a `kind` are known, as earlier versions wrote them."""
    degrees: bool = False
    faces_camera: bool = False
    """Whether the face of every row looks towards the camera, so that others prove another convention."""
    rotations: Callable[[Floats], Floats]
    """(N, 3) in radians to rotations (N, 3, 3)."""

    @property
    def units(self) -> str:
        """Of its numbers."""
        return "degrees" if self.degrees else "radians"


def turns_about(axis: int, angles_N: Floats) -> Floats:
    """Rotations (N, 3, 3) about one of the axes, by angles in radians."""
    return rotation_of(np.eye(3)[axis] * np.asarray(angles_N, np.float64)[:, None])


def unityeyes_rotations(angles_N3: Floats) -> Floats:
    """Pitch, yaw and roll of UnityEyes' `head_pose`, in radians, to the head's rotations.

    Its source writes its camera's Euler angles there. Unity turns about z, then x, then y: the camera's axes stand in
    the world as C = Ry(yaw) Rx(pitch) Rz(roll), left-handed, y up. The head does not turn, and faces the world's z,
    which is half a turn about y from the camera's at (0, 0, 0). So the head stands before the camera as C^T Ry(180),
    and with y pointing down as Rz(roll) Rx(pitch) Ry(180 - yaw).
    """
    pitch, yaw, roll = angles_N3.T
    found: Floats = turns_about(2, roll) @ turns_about(0, pitch) @ turns_about(1, np.pi - yaw)
    return found


def pitch_yaw_roll_rotations(angles_N3: Floats) -> Floats:
    """Pitch (up), yaw (to the image's left) and roll (clockwise on the screen) in radians to the head's rotations.

    Pitch and yaw say where the head's z axis points, as MPIIGaze's; roll is the slope of its x axis in the picture.
    """
    pitch, yaw, roll = angles_N3.T
    z = np.stack([np.cos(pitch) * np.sin(yaw), np.sin(pitch), np.cos(pitch) * np.cos(yaw)], axis=1)
    level = np.stack([np.cos(roll), np.sin(roll), np.zeros_like(roll)], axis=1)
    x = level * z[:, 2:]
    x[:, 2] = -(level * z).sum(axis=1)  # at right angles to z, and as `level` in the picture
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return np.stack([x, np.cross(z, x), z], axis=2)


ROTATION = TurnConvention(
    name="rotation-vector",
    used_by="MPIIGaze's Normalized .mat files",
    columns=("x", "y", "z"),
    attributes={"kind": HEAD_ROTATION, "units": "radians", "frame": "opencv_camera"},
    rotations=rotation_of,
)
UNITYEYES = TurnConvention(
    name="unityeyes",
    used_by="head_pose of UnityEyes' JSON",
    columns=("pitch", "yaw", "roll"),
    attributes={
        "kind": "UnityEyes head pose",
        "units": "degrees",
        "order": "pitch, yaw, roll as UnityEyes wrote it",
        "meaning": "the camera's turns about Unity's z, x and y axes, in this order; frontal is (0, 180, 0)",
    },
    earlier_order="pitch, yaw, roll as UnityEyes wrote it",
    degrees=True,
    faces_camera=True,
    rotations=unityeyes_rotations,
)
PITCH_YAW_ROLL = TurnConvention(
    name="pitch-yaw-roll",
    used_by="prepare photos --head-pose",
    columns=("pitch", "yaw", "roll"),
    attributes={
        "kind": "pitch, yaw and roll of the head",
        "units": "radians",
        "order": "pitch (up), yaw (to the image's left), roll (clockwise)",
    },
    earlier_order="pitch (up), yaw (to the image's left), roll (clockwise)",
    rotations=pitch_yaw_roll_rotations,
)
HeadConvention = AngleConvention | TurnConvention
ANGLES = {name: each for name, each in CONVENTIONS.items() if isinstance(each, AngleConvention)}
TURNS = {each.name: each for each in (ROTATION, UNITYEYES, PITCH_YAW_ROLL)}
HEAD_CONVENTIONS: dict[str, HeadConvention] = {**ANGLES, **TURNS}
COLUMBIA_YAW = {
    "units": "degrees",
    "sign": "as in the picture's name",
    "kind": "yaw of the head",
    "yaw_positive": "image right",
}


def rotation_vectors(matrices_N33: Floats) -> Floats:
    """Rotations (N, 3, 3) to rotation vectors (N, 3) of at most half a turn; `rotation_of` is the way back."""
    m = np.asarray(matrices_N33, np.float64)
    xx, yy, zz = m[:, 0, 0], m[:, 1, 1], m[:, 2, 2]
    # Four times the products of a quaternion's parts (w, x, y, z) with each other: any row is the quaternion, scaled,
    # and the row of its largest part is the one that rounding leaves alone.
    products = np.array(
        [
            [1 + xx + yy + zz, m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]],
            [m[:, 2, 1] - m[:, 1, 2], 1 + xx - yy - zz, m[:, 0, 1] + m[:, 1, 0], m[:, 0, 2] + m[:, 2, 0]],
            [m[:, 0, 2] - m[:, 2, 0], m[:, 0, 1] + m[:, 1, 0], 1 - xx + yy - zz, m[:, 1, 2] + m[:, 2, 1]],
            [m[:, 1, 0] - m[:, 0, 1], m[:, 0, 2] + m[:, 2, 0], m[:, 1, 2] + m[:, 2, 1], 1 - xx - yy + zz],
        ]
    ).transpose(2, 0, 1)
    largest = np.diagonal(products, axis1=1, axis2=2).argmax(axis=1)
    w_xyz = products[np.arange(len(m)), largest]
    w_xyz = np.where(w_xyz[:, :1] < 0, -w_xyz, w_xyz)  # the same turn, by less than half
    length = np.linalg.norm(w_xyz[:, 1:], axis=1)
    angle = 2 * np.arctan2(length, w_xyz[:, 0])
    vectors: Floats = w_xyz[:, 1:] * np.divide(angle, length, out=np.zeros_like(angle), where=length > 0)[:, None]
    return vectors
