"""Normalisation does what its name says, augmentation changes looks at random and moves nothing."""

from __future__ import annotations

import pytest
import torch

from gazeaug.drift.registration_torch import iris_shift
from gazeaug.estimators.augmentation import NORMALISATIONS, augmented, blurred, equalised, normalised
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.samples.renderer import render_eyes


@pytest.fixture(scope="module")
def eyes() -> torch.Tensor:
    return to_NCHW(render_eyes(64, domain="synthetic", seed=0).images)


def test_a_change_of_exposure_is_taken_away(eyes):
    brighter = eyes.float() * 0.8 + 30
    for name in ("standardise", "equalise"):
        assert (normalised(eyes, name) - normalised(brighter, name)).abs().mean() < 0.02
    assert (normalised(eyes, "scale") - normalised(brighter, "scale")).abs().mean() > 0.02


@pytest.mark.parametrize("name", NORMALISATIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_normalised_pictures_keep_their_shape_and_are_finite(name, channels):
    flat = torch.full((2, channels, 24, 30), 255, dtype=torch.uint8)
    found = normalised(flat, name)
    assert found.shape == flat.shape
    assert found.isfinite().all()


def test_equalised_levels_are_spread_evenly():
    noise = torch.randn(1, 1, 100, 100, generator=torch.Generator().manual_seed(0)) * 60 + 120
    shares = torch.histc(equalised(noise), 4, -1, 1) / noise.numel()
    assert (shares - 0.25).abs().max() < 0.03


def test_augmentation_differs_by_picture_repeats_by_seed_and_none_is_nothing(eyes):
    twins = eyes[:1].repeat(2, 1, 1, 1)
    first, second = augmented(twins, "ordinary", torch.Generator().manual_seed(0))
    assert (first - second).abs().mean() > 1
    again = augmented(twins, "ordinary", torch.Generator().manual_seed(0))
    assert torch.equal(again[0], first)
    assert torch.equal(augmented(twins, "none", torch.Generator()), twins)


def test_no_eye_is_moved(eyes):
    changed = augmented(eyes, "ordinary", torch.Generator().manual_seed(0))
    shift = iris_shift(scaled(eyes), scaled(changed))
    assert shift.mean(0).abs().max() < 0.05
    assert shift.norm(dim=1).median() < 0.15


def test_each_picture_is_blurred_by_its_own_width():
    points = torch.zeros(2, 1, 15, 15)
    points[:, :, 7, 7] = 100.0
    sharp, soft = blurred(points, torch.tensor([0.05, 1.0]).reshape(2, 1, 1, 1))
    assert torch.allclose(sharp, points[0])
    assert soft.max() < 20
    assert soft.sum().item() == pytest.approx(100, rel=1e-3)
