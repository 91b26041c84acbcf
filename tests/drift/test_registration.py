"""Without torch the same numbers as with it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gazeaug.drift import registration as without
from gazeaug.drift import registration_torch as with_torch
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.samples.renderer import render_eyes


def pair(size: tuple[int, int], domain: str) -> tuple[np.ndarray, np.ndarray]:
    """Eyes, and the same moved by parts of a pixel and noisy."""
    eyes = render_eyes(64, domain=domain, seed=0, size=size).images
    dice = np.random.default_rng(1)
    shift = torch.from_numpy(dice.normal(0, 1, (64, 2)).astype(np.float32))
    moved = with_torch.shifted(torch.from_numpy(eyes).float(), shift).numpy()
    return eyes, np.clip(np.rint(moved * 0.8 + 10 + dice.normal(0, 3, moved.shape)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(16, 16), (35, 55), (36, 60), (64, 96), (90, 131)])
@pytest.mark.parametrize("domain", ["synthetic", "camera"])
def test_the_drift_is_that_of_torch(size, domain):
    before, after = pair(size, domain)
    expected = with_torch.iris_drift(scaled(to_NCHW(before)), scaled(to_NCHW(after))).numpy()
    np.testing.assert_allclose(without.iris_drift(before, after), expected, atol=2e-4)
    assert expected.std() > 0.1


def test_colour_is_its_mean():
    before, after = (images[..., None].repeat(3, 3) for images in pair((35, 55), "synthetic"))
    before[..., 0] //= 2
    expected = with_torch.iris_drift(scaled(to_NCHW(before)), scaled(to_NCHW(after))).numpy()
    np.testing.assert_allclose(without.iris_drift(before, after), expected, atol=2e-4)


def test_a_flat_picture_has_nothing_that_could_move():
    flat = np.full((2, 20, 20), 90, np.uint8)
    np.testing.assert_allclose(without.iris_drift(flat, flat), 0, atol=1e-3)
