"""Faces in a picture: what a finder of faces gives, whatever it is made of.

Shape suffixes: K points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.photos.windows import Points
from gazeaug.pictures.crops import Box

MOST_SHARED = 0.3


@dataclass(frozen=True, kw_only=True)
class FaceBox:
    """Where a face is, roughly."""

    box: Box
    confidence: float
    """0 to 1."""
    angle: float
    """Radians; how far the line from its right eye to its left one is turned in the picture, y down."""


@dataclass(frozen=True, kw_only=True)
class Face:
    """A face with its landmarks."""

    box: Box
    confidence: float
    """0 to 1, of the box."""
    points: Points
    """(478, 2): the points of MediaPipe's face mesh with irises, in pixels of the picture, edges not centres."""
    depths: NDArray[np.float64]
    """(478,): how far behind the picture each lies, in about the same unit; estimated."""


class FaceFinder(Protocol):
    """What finds faces."""

    def find_faces(self, picture: Image.Image) -> list[Face]:
        """Faces of an RGB picture, the most confident first."""


Boxed = TypeVar("Boxed", FaceBox, Face)


def without_overlaps(found: Sequence[Boxed]) -> list[Boxed]:
    """The most confident of those that stand in one place, best first."""
    kept: list[Boxed] = []
    for one in sorted(found, key=lambda each: -np.nan_to_num(each.confidence)):
        if not any(same_place(one, other) for other in kept):
            kept.append(one)
    return kept


def same_place(one: FaceBox | Face, other: FaceBox | Face) -> bool:
    """Whether two boxes share more than `MOST_SHARED` of the smaller one's area."""
    (left, top, right, bottom), (left_2, top_2, right_2, bottom_2) = one.box, other.box
    shared = area((max(left, left_2), max(top, top_2), min(right, right_2), min(bottom, bottom_2)))
    return shared > MOST_SHARED * min(area(one.box), area(other.box))


def area(box: Box) -> float:
    """Square pixels of a box, 0 where its edges are crossed."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def placed(box: Box, factor: float, origin: tuple[float, float]) -> Box:
    """A box of a reduced part of a picture as one of the picture."""
    x, y = origin
    return box[0] * factor + x, box[1] * factor + y, box[2] * factor + x, box[3] * factor + y


def covers(box: Box, points_K2: Points) -> bool:
    """Whether landmarks are those of the face in a box: about as large, and in its middle."""
    low, high = points_K2.min(axis=0), points_K2.max(axis=0)
    sides = np.array([box[2] - box[0], box[3] - box[1]])
    apart = np.abs((low + high) / 2 - (np.array(box[:2]) + sides / 2))
    ratio = float(np.prod(high - low) / np.prod(sides))
    return bool((apart < 0.5 * sides).all() and 0.4 < ratio < 4)
