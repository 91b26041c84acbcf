"""The refiner and the discriminator: shapes, a start as the identity, noise that is white and repeats."""

from __future__ import annotations

import pytest
import torch

from gazeaug.errors import InputError
from gazeaug.refiner.discriminator import Discriminator
from gazeaug.refiner.losses import local_adversarial, self_regularisation
from gazeaug.refiner.network import Refiner, RefinerConfig, pixel_noise


def pictures(n: int, channels: int, height: int, width: int) -> torch.Tensor:
    levels = torch.randint(0, 256, (n, channels, height, width), generator=torch.Generator().manual_seed(1))
    return levels / 127.5 - 1.0


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(16, 16), (35, 55), (17, 40)])
def test_any_size_and_both_channel_counts(channels, size):
    images = pictures(2, channels, *size)
    refined = Refiner(RefinerConfig(channels=channels, features=4, blocks=1, residual=False))(images)
    assert refined.shape == images.shape
    assert refined.abs().max() <= 1
    logits = Discriminator(channels, 0.1)(images)
    assert logits.shape[:2] == (2, 2)
    assert logits.shape[2] > 1


def test_a_residual_refiner_starts_as_the_identity():
    images = pictures(3, 1, 16, 18)
    assert torch.equal(Refiner(RefinerConfig(features=4))(images), images)


def test_a_constant_picture_gets_no_frame():
    flat = torch.full((1, 1, 20, 20), 0.3)
    refined = Refiner(RefinerConfig(features=4, residual=False, noise=False))(flat)
    assert (refined.max() - refined.min()) < 1e-5


def test_noise_is_white_and_depends_on_the_picture_alone():
    images = pictures(8, 1, 35, 55) * 0.1
    noise = pixel_noise(images)
    assert noise.mean().abs() < 0.05
    assert (noise.std() - 1).abs() < 0.05
    for axis in (2, 3):
        neighbours = (noise * noise.roll(1, axis)).mean()
        assert neighbours.abs() < 0.05
    assert torch.equal(pixel_noise(images.flip(0)), noise.flip(0))
    assert not torch.equal(noise[0], noise[1])


def test_a_flat_picture_still_gets_white_noise():
    noise = pixel_noise(torch.zeros((1, 1, 64, 64)))
    assert (noise.std() - 1).abs() < 0.1
    assert (noise * noise.roll(1, 3)).mean().abs() < 0.1


def test_losses_are_means_and_punish_the_wrong_class():
    images = pictures(2, 1, 16, 16)
    assert self_regularisation(images + 0.25, images).item() == pytest.approx(0.25, abs=1e-6)
    logits = torch.zeros((2, 2, 5))
    assert local_adversarial(logits, 0).item() == pytest.approx(0.6931, abs=1e-4)
    logits[:, 0] = 3.0
    assert local_adversarial(logits, 0) < local_adversarial(logits, 1)


@pytest.mark.parametrize(("option", "message"), [("features", "--features"), ("blocks", "--blocks")])
def test_shapes_out_of_range_are_refused(option, message):
    with pytest.raises(InputError, match=message):
        RefinerConfig(**{option: 0})


def test_styles_are_one_number_a_picture_and_differ_between_pictures():
    images = torch.rand((200, 1, 16, 16), generator=torch.Generator().manual_seed(0)) * 2 - 1
    noise = pixel_noise(images, styles=3)
    assert noise.shape == (200, 4, 16, 16)
    assert torch.equal(noise[:, :1], pixel_noise(images))
    styles = noise[:, 1:]
    assert torch.equal(styles, styles[..., :1, :1].expand_as(styles))
    numbers = styles[..., 0, 0]
    assert numbers.mean().abs() < 0.15
    assert (numbers.std(0) - 1).abs().max() < 0.15
    assert (torch.corrcoef(numbers.T) - torch.eye(3)).abs().max() < 0.25
