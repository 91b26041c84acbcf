"""The feature maps psi of the self-regularisation: what they are blind to, and what they see."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gazeaug.refiner.losses import FEATURE_MAPS, STRUCTURE_FLOOR, self_regularisation, structure


@pytest.fixture
def pictures() -> Tensor:
    """Smooth blobs in -0.6..0.6 (4, 1, 35, 55)."""
    torch.manual_seed(0)
    coarse = torch.rand(4, 1, 6, 9)
    return 1.2 * torch.nn.functional.interpolate(coarse, (35, 55), mode="bicubic").clamp(0, 1) - 0.6


def test_structure_knows_no_level_and_hardly_a_contrast(pictures):
    as_it_is, moved = structure(pictures), structure(pictures + 0.3)
    torch.testing.assert_close(as_it_is, moved, atol=1e-4, rtol=0)
    steeper = structure(1.5 * pictures)
    assert (steeper - as_it_is).abs().mean() < 0.35 * (as_it_is.abs().mean())
    assert self_regularisation(pictures + 0.3, pictures, structure) < 1e-4
    assert float(self_regularisation(pictures + 0.3, pictures)) == pytest.approx(0.3)


def test_structure_sees_what_is_redrawn(pictures):
    light = 0.4 * torch.linspace(-1, 1, 55)
    relit, shifted = pictures + light, torch.roll(pictures, 3, dims=3)
    pixels = [float(self_regularisation(one, pictures)) for one in (relit, shifted)]
    structures = [float(self_regularisation(one, pictures, structure)) for one in (relit, shifted)]
    assert structures[1] / structures[0] > 3 * pixels[1] / pixels[0]


def test_grain_on_flat_skin_is_not_blown_up():
    grain = 0.02 * torch.randn(2, 3, 35, 55)
    assert structure(grain).std() < 0.02 / STRUCTURE_FLOOR
    assert structure(torch.zeros(1, 1, 35, 55)).abs().max() == 0


def test_structure_of_bf16_is_fp32_and_has_a_gradient_everywhere():
    given = torch.zeros(1, 1, 20, 20, dtype=torch.bfloat16, requires_grad=True)
    found = structure(given)
    assert (found.dtype, found.shape) == (torch.float32, given.shape)
    found.square().sum().backward()
    assert given.grad is not None
    assert given.grad.isfinite().all()


def test_a_colour_s_structure_is_that_of_its_grey_picture(pictures):
    torch.testing.assert_close(structure(pictures.expand(-1, 3, -1, -1))[:, 1:2], structure(pictures))


def test_pixels_are_the_paper_s(pictures):
    assert FEATURE_MAPS["pixels"](pictures) is pictures
