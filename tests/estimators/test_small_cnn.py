"""The gaze estimator learns, and repeats itself for a seed."""

from __future__ import annotations

import torch

from gazeaug.estimators.small_cnn import mean_angular_error, train_gaze_cnn
from gazeaug.samples.renderer import render_eyes


def test_it_learns_gaze_and_a_seed_repeats() -> None:
    eyes, test = (render_eyes(n, domain="synthetic", seed=seed, size=(24, 38)) for n, seed in [(1500, 0), (500, 1)])
    model = train_gaze_cnn(eyes.images, eyes.look_vec, epochs=3)
    untrained = train_gaze_cnn(eyes.images, eyes.look_vec, epochs=0)
    assert mean_angular_error(model, test.images, test.look_vec) < 10
    assert mean_angular_error(untrained, test.images, test.look_vec) > 15
    again = train_gaze_cnn(eyes.images, eyes.look_vec[:, :3], epochs=3)
    for first, second in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(first, second)
