"""Equalisation at the end of a refiner: as the usual table does it, continuous; and equalised sets are known."""

from __future__ import annotations

import numpy as np
import torch

from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.refiner.equalisation import STEEPEST, are_equalised, equalised
from gazeaug.samples.renderer import render_eyes


def by_table(image: np.ndarray) -> np.ndarray:
    """What OpenCV's equalizeHist does."""
    below = np.bincount(image.ravel(), minlength=256).cumsum()
    lowest = below[below > 0][0]
    return np.rint((below - lowest) / (image.size - lowest) * 255)[image]


def test_pictures_are_equalised_nearly_as_by_the_usual_table():
    images = render_eyes(20, domain="camera", seed=0).images
    found = (equalised(scaled(to_NCHW(images)))[:, 0].numpy() + 1) * 127.5
    wanted = np.stack([by_table(image) for image in images])
    assert np.abs(found - wanted).mean() < 3
    assert are_equalised(scaled(torch.from_numpy(wanted)[:, None].float()))
    assert are_equalised(equalised(scaled(to_NCHW(images))))


def test_sets_that_are_not_equalised_are_known():
    for domain in ("camera", "synthetic"):
        assert not are_equalised(scaled(to_NCHW(render_eyes(50, domain=domain, seed=0).images)))


def test_no_jump_and_a_gradient_that_knows_that_contrast_changes_nothing():
    images = scaled(to_NCHW(render_eyes(4, domain="camera", seed=0).images)).requires_grad_()
    moved = equalised(images + 1e-6) - equalised(images)
    assert moved.abs().max() < 1e-3
    wanted = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    (equalised(images) * wanted).sum().backward()
    assert 0 < images.grad.abs().max() < 4 * wanted.abs().max() * STEEPEST
    # Brighter or more contrast: the sum along that direction is next to nothing beside the gradient itself.
    for direction in (torch.ones_like(images), images.detach()):
        along = (images.grad * direction).sum((1, 2, 3)).abs()
        assert (along < 0.1 * (images.grad * direction).abs().sum((1, 2, 3))).all()
    assert torch.isfinite(equalised(torch.zeros((1, 1, 16, 16)))).all()
