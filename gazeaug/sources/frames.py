"""Whether a render is still of the size that its JSON speaks of: the JSON does not say, but its landmarks do.

UnityEyes' camera always looks at the middle of the eyeball. So the middle of the picture lies behind the iris against
the gaze, by a distance that is in proportion to the iris: of 56 true renders it is found within 1.2 % of their size.

Shape suffixes: K landmarks.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError

BEHIND = 1.89  # from the eyeball's middle to the iris, over the radius of the iris; fitted to those renders
LEAST = 3  # items from which a folder's camera is found
AGREEING = 0.8  # of them, at least: a few may be damaged
FARTHEST = 1e5  # pixels
SPREAD = 0.015  # of the middle's place; where a folder's middles lie nearer to each other, its camera looks at the eye
SHARE_OF_MOVEMENT = 0.125  # of that of the irises
OFF, FAR_OFF = 0.04, 0.25  # of the size: for a folder of which that is known, and for a single item


def frame_of(iris_K2: NDArray[np.float64], look_vec: NDArray[np.float64]) -> NDArray[np.float64]:
    """Width and height of the picture that an iris was seen in.

    Args:
        iris_K2: its rim in pixels, y counted from the bottom.
        look_vec: UnityEyes'; three or more numbers.
    """
    middle = iris_K2.mean(axis=0)
    radius = np.hypot(*(iris_K2 - middle).T).max()
    found: NDArray[np.float64] = 2 * (middle - BEHIND * radius * look_vec[:2] / np.linalg.norm(look_vec[:3]))
    return found


def looks_at_the_eye(irises: Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> bool:
    """Whether a folder's camera does, as irises that move about one middle show; each comes with its look_vec."""
    sane = [(iris_K2, look_vec) for iris_K2, look_vec in irises if np.all(np.abs(iris_K2) < FARTHEST)]
    if len(sane) < LEAST:
        return False
    middles = np.array([frame_of(iris_K2, look_vec) / 2 for iris_K2, look_vec in sane])
    away = np.abs(middles - np.median(middles, axis=0)).max(axis=1)
    near = np.sort(away)[: max(LEAST, round(AGREEING * len(away)))]
    movement = np.ptp([iris_K2.mean(axis=0) for iris_K2, _ in sane], axis=0).max()
    return bool(near[-1] < SPREAD * np.median(middles, axis=0).max() and near[-1] < SHARE_OF_MOVEMENT * movement)


def check_frame(
    iris_K2: NDArray[np.float64], look_vec: NDArray[np.float64], size: tuple[int, int], where: str, *, is_known: bool
) -> None:
    """Refuse a picture that is of another size than its JSON speaks of.

    Args:
        iris_K2: as for `frame_of`.
        look_vec: as there.
        size: (width, height) of the picture.
        where: the picture, for the message.
        is_known: that the folder's camera looks at the eye; else only a plain enlargement by a quarter or more counts.

    Raises:
        InputError: with the size that would fit.
    """
    width, height = frame_of(iris_K2, look_vec)
    off = np.array([width, height]) / size - 1
    is_enlarged = abs(off[0] - off[1]) < OFF * (1 + abs(off).max()) and np.all(abs(off) > FAR_OFF)
    if is_enlarged or (is_known and np.any(abs(off) > OFF)):
        raise InputError(
            f"{where}: is {size[0]}x{size[1]} pixels, the landmarks of its JSON fit about {width:.0f}x{height:.0f}: it "
            "was resized or cut after they were written; take the picture as UnityEyes wrote it."
        )
