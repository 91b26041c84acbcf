"""What the discriminator sees of pictures: shifted, partly blank, at other contrast, with a gradient back to them."""

from __future__ import annotations

import pytest
import torch

from gazeaug.refiner.diff_augment import BRIGHTNESS, CONTRAST, CUT, N_NUMBERS, SHIFT, diff_augment

HEIGHT, WIDTH = 32, 48
STILL = [0.5, 0.5, 5.0, 5.0, 0.5, 0.5]  # nothing moves, and the rectangle lies outside


def pictures(n: int, channels: int = 1) -> torch.Tensor:
    return torch.rand(n, channels, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1)) * 2 - 1


def numbers(**changed: float) -> torch.Tensor:
    names = ("left", "up", "cut_x", "cut_y", "contrast", "brightness")
    return torch.tensor([[changed.get(name, still) for name, still in zip(names, STILL, strict=True)]])


@pytest.mark.parametrize("channels", [1, 3])
def test_the_middle_of_every_range_changes_nothing(channels):
    given = pictures(1, channels)
    torch.testing.assert_close(diff_augment(given, numbers()), given)


def test_a_shift_repeats_the_edges():
    given = pictures(1)
    right, down = int(SHIFT * WIDTH), int(SHIFT * HEIGHT)
    shown = diff_augment(given, numbers(left=0.0, up=0.0))
    torch.testing.assert_close(shown[..., down:, right:], given[..., :-down, :-right])
    torch.testing.assert_close(shown[..., :right], shown[..., right : right + 1].expand_as(shown[..., :right]))
    shown = diff_augment(given, numbers(left=1.0, up=1.0))
    torch.testing.assert_close(shown[..., :-down, :-right], given[..., down:, right:])


def test_a_rectangle_is_blank_and_no_pixel_else():
    given = pictures(1)
    shown = diff_augment(given, numbers(cut_x=0.5, cut_y=0.5))
    blank = shown.abs() < 1e-6
    assert blank.float().mean().item() == pytest.approx(CUT**2, abs=0.04)
    torch.testing.assert_close(shown[~blank], given[~blank])


def test_contrast_and_brightness_are_those_asked_for():
    given = pictures(1)
    shown = diff_augment(given, numbers(contrast=1.0, brightness=0.0))
    assert (shown.std() / given.std()).item() == pytest.approx(1 + CONTRAST)
    assert (shown.mean() - given.mean()).item() == pytest.approx(-BRIGHTNESS, abs=1e-5)


def test_each_picture_goes_its_own_way_and_keeps_its_gradient():
    given = pictures(1).expand(4, -1, -1, -1).clone().requires_grad_()
    dice = torch.Generator().manual_seed(0)
    shown = diff_augment(given, torch.rand(4, N_NUMBERS, generator=dice))
    assert all(not torch.equal(shown[0], other) for other in shown[1:])
    shown.square().sum().backward()
    used = (given.grad != 0).float().mean((1, 2, 3))
    assert ((used > 0.5) & (used < 1)).all()  # all but what was blanked, or pushed out
