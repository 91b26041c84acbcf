"""Eyes as MPIIGaze shows them: true gaze, a head that matters, and grey levels that are equalised."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gazeaug.drift.registration_torch import find_iris
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.samples.normalised import render_normalised

N = 400


@pytest.fixture(scope="module")
def angles() -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(0)
    return np.deg2rad(dice.uniform((-20, -25), (5, 25), (N, 2))), np.deg2rad(dice.uniform(-20, 20, (N, 2)))


@pytest.fixture(scope="module")
def eyes(angles):
    return render_normalised(*angles, seed=3)


def test_labels_are_the_gaze_that_was_asked_for(angles, eyes):
    np.testing.assert_allclose(look_vec_to_pitchyaw(eyes.look_vec), angles[0], atol=1e-4)
    assert eyes.images.shape == (N, 36, 60)


def test_every_picture_has_a_flat_histogram(eyes):
    counts = np.stack([np.bincount(image.ravel() // 16, minlength=16) for image in eyes.images])
    assert np.abs(counts / (36 * 60 / 16) - 1).max() < 0.06


def test_the_dark_iris_stands_where_the_label_says(eyes):
    found = find_iris(torch.from_numpy(eyes.images)[:, None].float() / 127.5 - 1).numpy()
    x, y = (found - eyes.iris_centre).T
    assert np.median(np.abs(x)) < 0.6
    assert np.median(np.abs(y)) < 2  # lids cover some of it


def test_gaze_moves_the_iris_as_far_as_on_an_eyeball_at_that_scale(angles, eyes):
    """1.6 pixels a millimetre, 10.2 mm from the eyeball's centre to the iris."""
    towards_right = -np.sin(angles[0][:, 1]) * np.cos(angles[0][:, 0])
    slope = np.polyfit(towards_right, eyes.iris_centre[:, 0], 1)[0]
    assert slope == pytest.approx(1.6 * 10.2, rel=0.05)


def test_turning_the_head_moves_the_iris_without_any_change_of_gaze():
    gaze, ahead = np.zeros((N, 2)), np.zeros((N, 2))
    turned = np.deg2rad(np.tile([0.0, 30.0], (N, 1)))
    shift = render_normalised(gaze, turned, seed=1).iris_centre - render_normalised(gaze, ahead, seed=1).iris_centre
    assert shift[:, 0].mean() == pytest.approx(1.6 * 1.8 * np.sin(np.deg2rad(30)), rel=0.1)


def test_the_upper_lid_follows_the_gaze():
    """Looking down, more skin shows above the iris: the lash line comes down with it."""
    down, up = (render_normalised(np.deg2rad(np.tile([p, 0.0], (N, 1))), np.zeros((N, 2)), seed=1) for p in (-20, 5))
    lash = [np.argmin(eyes.images[:, :26, 26:34].astype(float).mean((0, 2))) for eyes in (down, up)]
    assert lash[0] > lash[1] + 1


def test_a_seed_repeats(angles, eyes):
    gaze, head = angles
    np.testing.assert_array_equal(render_normalised(gaze, head, seed=3).images, eyes.images)
    assert not np.array_equal(render_normalised(gaze, head, seed=4).images, eyes.images)


def test_a_higher_eyeball_lifts_the_iris(angles, eyes):
    """1.6 pixels a millimetre; nothing else about the eyes is drawn anew."""
    low, high = (render_normalised(*angles, seed=3, above_mm_N=np.full(N, mm)) for mm in (2.5, 3.5))
    lifted = low.iris_centre[:, 1] - high.iris_centre[:, 1]
    assert lifted.mean() == pytest.approx(1.6, rel=0.05)
    np.testing.assert_allclose(low.iris_centre[:, 0], high.iris_centre[:, 0])
    np.testing.assert_allclose(low.iris_centre[:, 0], eyes.iris_centre[:, 0])
