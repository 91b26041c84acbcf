"""Gaze directions and angles, with the signs that the field uses.

`look_vec` is UnityEyes' own: camera coordinates x right, y up, z forward (left-handed), towards the camera z < 0.
Pitch is positive up, yaw positive towards the image's left: with u the unit vector, pitch = asin(u_y) and
yaw = atan2(-u_x, -u_z), which equals MPIIGaze's asin(-g_y), atan2(-g_x, -g_z) in OpenCV coordinates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LOOK_VEC_ATTRIBUTES = {
    "frame": "unity_camera",
    "units": "unit_vector",
    "handedness": "left",
    "convention": "x right, y up, z forward; a gaze into the camera is (0, 0, -1); a fourth number is 0",
}


def unit(look_vec: NDArray[Any]) -> NDArray[np.float64]:
    """The first three columns of (N, 3) or (N, 4), scaled to length 1."""
    vectors = np.asarray(look_vec, np.float64)[:, :3]
    normalised: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normalised


def look_vec_to_pitchyaw(look_vec: NDArray[Any]) -> NDArray[np.float64]:
    """(N, 3) or (N, 4) vectors to (N, 2) pitch (up positive) and yaw (image-left positive) in radians."""
    x, y, z = unit(look_vec).T
    # The same as arcsin(y), which loses half its digits near straight up and down.
    return np.stack([np.arctan2(y, np.hypot(x, z)), np.arctan2(-x, -z)], axis=1)


def pitchyaw_to_look_vec(pitchyaw: NDArray[Any]) -> NDArray[np.float64]:
    """(N, 2) pitch and yaw in radians to (N, 3) unit vectors."""
    pitch, yaw = np.asarray(pitchyaw, np.float64).T
    return np.stack([-np.cos(pitch) * np.sin(yaw), np.sin(pitch), -np.cos(pitch) * np.cos(yaw)], axis=1)


def angular_error_degrees(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    """Angle between the vectors of each row, (N,) degrees."""
    a, b = unit(first), unit(second)
    # atan2 keeps its precision for small angles, where arccos of a dot product loses it.
    radians = np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), (a * b).sum(axis=1))
    degrees: NDArray[np.float64] = np.rad2deg(radians)
    return degrees
