"""The refiner and the discriminator: shapes, a start as the identity, noise that is white and repeats."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gazeaug.errors import InputError
from gazeaug.refiner.discriminator import Discriminator
from gazeaug.refiner.losses import local_adversarial, self_regularisation
from gazeaug.refiner.network import (
    HALF_FACTOR,
    HASH_FACTOR,
    HASH_MODULUS,
    HASH_ROUNDS,
    Refiner,
    RefinerConfig,
    pixel_noise,
    scrambled,
    to_levels,
)


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


def white_noise(images: torch.Tensor) -> torch.Tensor:
    return pixel_noise(to_levels(images)).maps


def test_noise_is_white_and_depends_on_the_picture_alone():
    images = pictures(8, 1, 35, 55) * 0.1
    noise = white_noise(images)
    assert noise.mean().abs() < 0.05
    assert (noise.std() - 1).abs() < 0.05
    for axis in (2, 3):
        neighbours = (noise * noise.roll(1, axis)).mean()
        assert neighbours.abs() < 0.05
    assert torch.equal(white_noise(images.flip(0)), noise.flip(0))
    assert not torch.equal(noise[0], noise[1])


def test_a_flat_picture_still_gets_white_noise():
    noise = white_noise(torch.zeros((1, 1, 64, 64)))
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
    noise = pixel_noise(to_levels(images), styles=3)
    assert torch.equal(noise.maps, white_noise(images))
    numbers = noise.styles[..., 0, 0]
    assert numbers.shape == (200, 3)
    assert numbers.mean().abs() < 0.15
    assert (numbers.std(0) - 1).abs().max() < 0.15
    assert (torch.corrcoef(numbers.T) - torch.eye(3)).abs().max() < 0.25


def rounds(state: np.ndarray, place: np.ndarray | int) -> np.ndarray:
    """The scrambling as it was first written, with a modulus for every term, in 64 bits."""
    m = HASH_MODULUS
    for _ in range(HASH_ROUNDS):
        state = (state * state % m + state * HASH_FACTOR % m + place + 1) % m
    return ((state.astype(np.float32) / np.float32(m)) - np.float32(0.5)) * np.float32(12**0.5)


@pytest.mark.parametrize(
    ("shape", "variant"), [((3, 1, 35, 55), 7_001), ((2, 3, 16, 18), 0), ((1, 1, 90, 300), 32_748)]
)
def test_noise_is_what_it_was_first_in_64_bits(shape, variant):
    levels = np.random.default_rng(0).integers(0, 256, shape)
    levels[-1] = 255  # the largest sums
    row, column = np.indices(shape[2:])
    place = (row * 7_919 + column * 12_553) % HASH_MODULUS
    key = ((levels[:, :1] * place).sum((2, 3), keepdims=True) + variant) % HASH_MODULUS
    layer, number = (np.arange(first, first + n).reshape(1, -1, 1, 1) for first, n in ((0, 3), (1, 8)))
    level_factor = 104_729 % HASH_MODULUS
    maps = rounds((place + key + levels[:, :1] * level_factor + layer * 19_937) % HASH_MODULUS, place)
    styles = rounds((key + number * level_factor) % HASH_MODULUS, number * 7_919 % HASH_MODULUS)
    noise = pixel_noise(torch.from_numpy(levels), 8, variant, maps=3)
    assert np.array_equal(noise.maps.numpy(), maps)
    assert np.array_equal(noise.styles.numpy(), styles)


def test_scrambling_is_exact_in_32_bits_for_every_state():
    assert 2 * HALF_FACTOR % HASH_MODULUS == HASH_FACTOR
    assert HASH_MODULUS**2 + HASH_MODULUS < 2**31  # a state lies within a modulus of 0, what is added below it
    places = [0, 1, HASH_MODULUS // 2, HASH_MODULUS - 2, HASH_MODULUS - 1]
    states, offsets = np.arange(HASH_MODULUS), [0, HASH_MODULUS - HALF_FACTOR, HASH_MODULUS - 1]
    for place in places:
        for offset in offsets:  # the second leaves the smallest states, the others large ones
            found = scrambled(*(torch.tensor(given, dtype=torch.int32) for given in (states, offset, place)))
            assert np.array_equal(found.numpy(), rounds((states + offset) % HASH_MODULUS, place))
    place, state = np.arange(HASH_MODULUS), np.array([[0], [1], [HASH_MODULUS - 2], [HASH_MODULUS - 1]])
    found = scrambled(*(torch.tensor(given, dtype=torch.int32) for given in (state, 0, place)))
    assert np.array_equal(found.numpy(), rounds(state, place))


def test_the_sums_of_a_large_picture_are_exact_even_in_floats(monkeypatch):
    """ONNX Runtime's CUDA provider has, in some versions, cast integers to float, summed, and cast back."""
    levels, whole = torch.full((1, 1, 512, 512), 255), torch.Tensor.sum
    levels[:, :, ::7] = 254
    expected = pixel_noise(levels)

    def in_floats(numbers: torch.Tensor, axis: int, **options: object) -> torch.Tensor:
        return whole(numbers.to(torch.float32), axis, keepdim=True).to(torch.int32)

    monkeypatch.setattr(torch.Tensor, "sum", in_floats)
    assert torch.equal(pixel_noise(levels).maps, expected.maps)
    assert 512 * HASH_MODULUS < 2**24
