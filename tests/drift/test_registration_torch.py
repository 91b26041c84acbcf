"""Iris drift: known shifts are measured, changes of looks are not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from gazeaug.drift.registration_torch import find_iris, iris_drift, iris_shift, small_iris_shift
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.samples.anatomy import BLOCK, Anatomy, Canvas
from gazeaug.samples.options import GazeRange
from gazeaug.samples.renderer import LOOKS, SampleEyes, paint, photograph, render_eyes
from gazeaug.samples.shading import column


@pytest.fixture(scope="module")
def eyes() -> SampleEyes:
    return render_eyes(256, domain="synthetic", seed=0)


@pytest.fixture(scope="module")
def pictures(eyes: SampleEyes) -> Tensor:
    return scaled(to_NCHW(eyes.images))


def moved(images_NCHW: Tensor, right: float, down: float) -> Tensor:
    height, width = images_NCHW.shape[2:]
    shift = torch.tensor([[1, 0, -2 * right / (width - 1)], [0, 1, -2 * down / (height - 1)]])
    grid = F.affine_grid(shift.expand(len(images_NCHW), 2, 3), list(images_NCHW.shape), align_corners=True)
    return F.grid_sample(images_NCHW, grid, padding_mode="border", align_corners=True)


@pytest.mark.parametrize(("right", "down"), [(0.5, 0.0), (1.0, 0.0), (0.0, -1.0), (2.0, 1.0)])
def test_a_known_shift_is_measured_within_a_tenth_of_a_pixel(pictures, right, down):
    drift = iris_drift(pictures, moved(pictures, right, down))
    assert drift.median().item() == pytest.approx(np.hypot(right, down), abs=0.1)


def test_wide_pictures_are_measured_in_their_own_pixels():
    large = render_eyes(32, domain="synthetic", seed=0, size=(140, 220))
    images = scaled(to_NCHW(large.images))
    shift = iris_shift(images, moved(images, 6.0, -2.0))
    assert shift.median(0).values.tolist() == pytest.approx([6.0, -2.0], abs=0.2)
    elsewhere = torch.tensor([[110.0, 70.0]]).expand(32, 2)
    shift = iris_shift(images, moved(images, 6.0, -2.0), centre_N2=elsewhere)
    assert shift.median(0).values.tolist() == pytest.approx([6.0, -2.0], abs=0.2)
    off = np.linalg.norm(find_iris(images).numpy() - large.iris_centre, axis=1)
    assert np.median(off) < 6  # 1.5 pixels of 55


def test_the_direction_is_measured_too(pictures):
    shift = iris_shift(pictures, moved(pictures, 1.5, -0.5))
    assert shift.median(0).values.tolist() == pytest.approx([1.5, -0.5], abs=0.1)


@pytest.mark.parametrize(("right", "down"), [(0.3, 0.0), (-0.2, 0.4), (0.0, 0.0)])
def test_a_small_shift_is_measured_in_one_round(pictures, right, down):
    """Through other contrast, and as the full measure has it."""
    after = 0.6 * moved(pictures, right, down) - 0.2
    shift = small_iris_shift(pictures, after)
    assert shift.median(0).values.tolist() == pytest.approx([right, down], abs=0.08)
    whole = iris_shift(pictures, after)
    assert (shift - whole).abs().median() < 0.05


def test_a_small_shift_is_undone_down_its_gradient(pictures):
    before = pictures[:32]
    after = moved(before, 0.5, -0.3).requires_grad_()
    small_iris_shift(before, after).square().sum().backward()
    assert after.grad is not None
    slope = after.grad / after.grad.flatten(1).norm(dim=1)[:, None, None, None]
    lengths = [iris_drift(before, (after - step * slope).detach()) for step in (0.0, 1.0)]
    assert (lengths[1] < lengths[0]).float().mean() > 0.9


@pytest.mark.parametrize("size", [(16, 16), (36, 60), (64, 96), (140, 220)])
def test_a_small_shift_of_other_sizes_and_colours_in_their_own_pixels(size):
    images = scaled(to_NCHW(render_eyes(16, domain="synthetic", seed=0, size=size).images)).repeat(1, 3, 1, 1)
    shift = small_iris_shift(images, moved(images, 0.4 * size[1] / 60, 0.0))
    assert shift[:, 0].median().item() == pytest.approx(0.4 * size[1] / 60, rel=0.3)


def test_an_unchanged_eye_does_not_drift(pictures):
    assert iris_drift(pictures, pictures).max() < 1e-3


def test_contrast_brightness_and_noise_are_hardly_movement(pictures):
    noise = 0.05 * torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0))
    drift = iris_drift(pictures, (0.6 * pictures - 0.2 + noise).clamp(-1, 1))
    assert drift.median() < 0.1
    assert drift.quantile(0.99) < 0.4


def test_the_same_eyes_seen_by_a_camera_hardly_move():
    """The renderer's truth: one anatomy painted in both domains, so that nothing has moved."""
    twins = [scaled(to_NCHW(paired(domain))) for domain in ("synthetic", "camera")]
    shift = iris_shift(*twins)
    assert shift.mean(0).abs().max() < 0.3
    drift = torch.linalg.vector_norm(shift, dim=1)
    assert drift.median() < 0.3
    assert drift.quantile(0.99) < 1.2


def paired(domain: str) -> np.ndarray:
    """256 eyes whose anatomy does not depend on the domain."""
    dice = np.random.default_rng(5)
    anatomy = Anatomy(dice, GazeRange())
    canvas = Canvas((35, 55), anatomy)
    looks = {name: column(dice.uniform(*bounds, BLOCK)) for name, bounds in LOOKS[domain].items()}
    images = paint(canvas, anatomy, looks, dice)
    if domain == "camera":
        images = photograph(images, canvas, dice)
    return np.clip(np.rint(images), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_flat_picture_has_nothing_that_could_move(channels):
    flat = torch.full((2, channels, 20, 20), 0.3)
    assert iris_drift(flat, flat).isfinite().all()
    drawn = flat.clone().requires_grad_()
    small_iris_shift(flat, drawn).square().sum().backward()
    assert drawn.grad is not None
    assert drawn.grad.isfinite().all()


def test_the_iris_is_found_where_the_renderer_put_it(eyes, pictures):
    off = np.linalg.norm(find_iris(pictures).numpy() - eyes.iris_centre, axis=1)
    assert np.median(off) < 1.5


@pytest.mark.parametrize("size", [(16, 16), (36, 60), (64, 96)])
def test_other_sizes_and_colours(size):
    images = scaled(to_NCHW(render_eyes(16, domain="synthetic", seed=0, size=size).images)).repeat(1, 3, 1, 1)
    assert iris_drift(images, images).shape == (16,)
