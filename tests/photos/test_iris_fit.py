"""The iris found again in rendered eyes whose pupils are known, from a rim that stands beside it."""

from __future__ import annotations

import numpy as np
import pytest

from gazeaug.photos.iris_fit import fit_iris
from gazeaug.samples.options import GazeRange
from gazeaug.samples.renderer import render_eyes

N, SIZE = 60, (70, 110)


@pytest.mark.parametrize("domain", ["synthetic", "camera"])
def test_a_rim_beside_the_iris_is_moved_onto_it(domain: str) -> None:
    eyes = render_eyes(N, domain=domain, seed=4, size=SIZE, gaze=GazeRange(yaw=(-20, 20), pitch=(-15, 15)))
    dice = np.random.default_rng(0)
    turn = np.arange(4) * np.pi / 2
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    ellipse = np.column_stack([np.cos(np.arange(16) * np.pi / 8), np.sin(np.arange(16) * np.pi / 8)])
    lids = ellipse * (37, 11) + (54.5, 34.5)
    before, after = [], []
    for image, true in zip(eyes.images, eyes.iris_centre, strict=True):
        start = true + dice.uniform(-4, 4, 2)
        rim = fit_iris(image, lids, circle * 14.4 * dice.uniform(0.9, 1.1) + start)
        before.append(np.linalg.norm(start - true))
        after.append(np.linalg.norm(rim.mean(axis=0) - true))
    assert np.median(before) > 3.0  # of 110 pixels
    # A pixel of 55, in the mean: every eye here has the same made lids, whatever its own are.
    assert np.mean(after) < 2.0, sorted(after)


def test_a_picture_of_nothing_moves_nothing_far() -> None:
    rim = np.array([(60, 35), (54, 29), (48, 35), (54, 41)], float)
    fitted = fit_iris(np.full(SIZE, 128, np.uint8), np.array([(20, 35), (54, 20), (90, 35), (54, 50)], float), rim)
    assert np.abs(fitted.mean(axis=0) - rim.mean(axis=0)).max() < 1
