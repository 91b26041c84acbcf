"""Test eyes on a page, each with its row number and two arrows: the true gaze and the estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazeaug.drawing.pictures import as_uri, enlargement
from gazeaug.evaluation.evidence import Evidence, Pictures
from gazeaug.gaze.angles import pitchyaw_to_look_vec

WIDE, NARROW, GAP = 1120, 376, 10  # screen pixels that a row of eyes takes, on wide and on narrow screens
ABREAST = 6, 2
REACH = 0.4  # length of an arrow across the line of sight, as a share of the picture's width


@dataclass(frozen=True)
class Arrow:
    """From the middle of a picture, in its pixels."""

    x: float
    y: float
    to_x: float
    to_y: float


@dataclass(frozen=True)
class ShownEye:
    """One eye of the test set."""

    row: int
    error: float
    """Degrees, mean over the seeds."""
    uri: str
    true: Arrow
    estimated: Arrow


@dataclass(frozen=True)
class ShownEyes:
    """Eyes of one picture size."""

    title: str
    width: int
    height: int
    eyes: Sequence[ShownEye]

    @property
    def wide(self) -> int:
        """Screen pixels a picture pixel on wide screens."""
        return enlargement((WIDE - GAP * (ABREAST[0] - 1)) // ABREAST[0], self.width)

    @property
    def narrow(self) -> int:
        """The same on narrow screens."""
        return enlargement((NARROW - GAP * (ABREAST[1] - 1)) // ABREAST[1], self.width)


def extremes(evidence: Evidence, name: str) -> list[ShownEyes]:
    """The best and the worst test eyes of the estimators that learned from one set."""
    both = [("Smallest errors", evidence.best[name]), ("Largest errors", evidence.worst[name])]
    return [shown(title, pictures, evidence, name) for title, pictures in both]


def shown(title: str, pictures: Pictures, evidence: Evidence, name: str) -> ShownEyes:
    """Some test eyes with what the estimators of one set said of them."""
    height, width = pictures.images.shape[1:3]
    errors, estimates = evidence.errors(name), evidence.estimates(name)
    eyes = [
        ShownEye(
            row=int(row),
            error=float(errors[row]),
            uri=as_uri(image),
            true=arrow(true, width, height),
            estimated=arrow(estimates[row], width, height),
        )
        for row, image, true in zip(pictures.rows, pictures.images, pictures.pitchyaw, strict=True)
    ]
    return ShownEyes(title, width, height, eyes)


def arrow(pitchyaw: NDArray[np.float64], width: int, height: int) -> Arrow:
    """The part of a gaze across the line of sight: right in the picture is x, up is y."""
    x, y, _ = pitchyaw_to_look_vec(pitchyaw[None])[0]
    reach = REACH * width
    return Arrow(width / 2, height / 2, width / 2 + reach * float(x), height / 2 - reach * float(y))
