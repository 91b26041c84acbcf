"""The two eyes of a face: corners, lids and iris out of its mesh, and what can be told from them.

Left and right are the person's own: the right eye of a face that looks into the camera stands at the picture's left.

Shape suffixes: K points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazeaug.photos.faces import Face
from gazeaug.photos.windows import Points

# Numbers of MediaPipe's mesh. The lids in the order of UnityEyes' interior_margin_2d: the corner near the nose, along
# the upper lid to the other corner, and back along the lower lid.
LIDS = {
    "right": (133, 173, 157, 158, 159, 160, 161, 246, 33, 7, 163, 144, 145, 153, 154, 155),
    "left": (362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382),
}
IRIS = {"right": (469, 470, 471, 472), "left": (474, 475, 476, 477)}  # four points of its rim
SIDES = ("right", "left")
INNER, UPPER, OUTER, LOWER = 0, 4, 8, 12  # in the order of LIDS
FOREHEAD, CHIN = 10, 152
RIGHT_CORNER, LEFT_CORNER = 33, 263


@dataclass(frozen=True, kw_only=True)
class FaceEye:
    """An eye where it stands in its picture."""

    side: str
    """left or right, of the person."""
    lids: Points
    """(16, 2) in pixels of the picture, edges not centres, in the order of `LIDS`."""
    iris: Points
    """(4, 2): the iris' rim; their mean is its centre."""
    face_height: float
    """From forehead to chin, in pixels of the picture."""

    @property
    def width(self) -> float:
        """From corner to corner, in pixels of the picture."""
        return float(np.linalg.norm(self.lids[OUTER] - self.lids[INNER]))

    @property
    def centre(self) -> tuple[float, float]:
        """Between the corners."""
        x, y = (self.lids[OUTER] + self.lids[INNER]) / 2
        return float(x), float(y)

    @property
    def angle(self) -> float:
        """Radians; how far the line between the corners, from the picture's left to its right, is turned, y down."""
        left, right = (OUTER, INNER) if self.side == "right" else (INNER, OUTER)
        line = self.lids[right] - self.lids[left]
        return float(np.arctan2(line[1], line[0]))

    @property
    def openness(self) -> float:
        """Distance of the lids' middles over the eye's width."""
        return float(np.linalg.norm(self.lids[UPPER] - self.lids[LOWER])) / max(self.width, 1e-9)

    @property
    def share_of_face(self) -> float:
        """Width over the height of the face: it falls as the face turns away."""
        return self.width / max(self.face_height, 1e-9)


def eyes_of(face: Face) -> list[FaceEye]:
    """The right eye of a face and the left one."""
    points = face.points
    height = float(np.linalg.norm(points[FOREHEAD] - points[CHIN]))
    return [
        FaceEye(side=side, lids=points[list(LIDS[side])], iris=points[list(IRIS[side])], face_height=height)
        for side in SIDES
    ]


def head_pose_of(face: Face) -> NDArray[np.float32]:
    """Pitch, yaw, roll of a face in radians, estimated from the depths that the mesh guesses.

    Pitch is positive up, yaw positive towards the picture's left (as MPIIGaze's), roll positive clockwise.
    """
    points = np.column_stack([face.points, face.depths])
    across, down = points[LEFT_CORNER] - points[RIGHT_CORNER], points[CHIN] - points[FOREHEAD]
    forward = -np.cross(across, down)  # out of the face, towards the camera
    x, y, z = forward / np.linalg.norm(forward)
    roll = np.arctan2(across[1], across[0])
    return np.array([np.arcsin(-y), np.arctan2(-x, -z), roll], np.float32)
