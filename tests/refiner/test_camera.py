"""The camera: hardly anything at the start, every amount as it says, repeatable; it learns the spread of a real set."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from gazeaug.drift.registration_torch import iris_drift
from gazeaug.errors import InputError
from gazeaug.feeding.dataset import scaled, to_grey_levels, to_NCHW
from gazeaug.refiner.appearance import AppearanceDistance, appearance
from gazeaug.refiner.camera import (
    GRAIN_MAPS,
    LEAST_CODING,
    MOST_CODING,
    MOST_LIGHT,
    Camera,
    blur_kernels,
    denoised,
    lit,
    softly_rounded,
)
from gazeaug.refiner.network import Refiner, RefinerConfig, Stages, folded, without_lattice
from gazeaug.samples.renderer import render_eyes

STYLES = 4


def eyes(domain: str, n: int, seed: int = 0, size: tuple[int, int] = (35, 55)) -> torch.Tensor:
    return scaled(to_NCHW(render_eyes(n, domain=domain, seed=seed, size=size).images))


def photograph(camera: Camera, images: torch.Tensor) -> torch.Tensor:
    dice = torch.Generator().manual_seed(0)
    styles = (torch.rand((len(images), STYLES), generator=dice) - 0.5) * 12**0.5
    grain = torch.randn((len(images), GRAIN_MAPS, *images.shape[2:]), generator=dice)
    return camera(images, styles, grain)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_new_camera_changes_little(channels):
    torch.manual_seed(0)
    images = eyes("synthetic", 8).expand(-1, channels, -1, -1) * 0.8
    change = (photograph(Camera(channels, STYLES), images) - images).abs().mean() * 127.5
    assert 0 < change < 16


def test_blurs_keep_the_light_and_light_keeps_the_middle():
    kernels = blur_kernels()
    assert torch.allclose(kernels.sum((1, 2, 3)), torch.ones(len(kernels)))
    grey = torch.zeros((1, 1, 21, 31))
    slope = lit(grey, torch.tensor([0.5, 0.0, 0.0]).reshape(1, 3, 1, 1))
    most = MOST_LIGHT * math.tanh(0.5)
    assert torch.allclose(slope[0, 0, :, 15], torch.zeros(21), atol=1e-6)
    assert torch.allclose(slope[0, 0, 0, [0, -1]], torch.tensor([-most, most]), atol=1e-6)
    corner = lit(grey, torch.tensor([0.0, 0.0, -0.5]).reshape(1, 3, 1, 1))[0, 0]
    assert corner[0, 0] < 0 < corner[10, 15]


def test_coding_is_what_jpeg_does():
    image = render_eyes(1, domain="camera", seed=3, size=(40, 56)).images[0]
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=50)  # the tables as printed
    wanted = np.asarray(Image.open(file)).astype(float)
    share = math.log(1 / LEAST_CODING) / math.log(MOST_CODING / LEAST_CODING)
    amount = torch.tensor(math.log(share / (1 - share))).reshape(1, 1, 1, 1)
    found = (Camera(1, STYLES).coded(scaled(to_NCHW(image[None])), amount) + 1) * 127.5
    change = np.abs(found[0, 0].detach().numpy() - wanted).mean()
    assert change < 0.4 * np.abs(image - wanted).mean()


def test_rounding_has_steps_without_a_jump_and_a_gradient():
    values = torch.linspace(0, 4, 4001, requires_grad=True)
    steps = softly_rounded(values)
    assert (steps - values.round()).abs().mean() < 0.6 * (values - values.round()).abs().mean()
    assert steps.diff().max() < 0.0025  # a slope of 2 and less
    steps.sum().backward()
    assert torch.equal(values.grad, torch.ones(4001))


def test_denoising_leaves_edges_and_takes_grain():
    edge = torch.zeros((1, 1, 20, 20))
    edge[..., 10:] = 0.8
    noisy = edge + 0.03 * torch.randn(edge.shape, generator=torch.Generator().manual_seed(0))
    clean = denoised(noisy, torch.full((1, 1, 1, 1), 0.1))
    assert clean[..., 2:6].std() < noisy[..., 2:6].std() / 3
    assert (clean - edge)[..., 8:12].abs().max() < 0.1


@pytest.mark.parametrize("channels", [1, 3])
def test_no_photograph_is_darker_or_lighter_than_every_real_eye(channels):
    camera = Camera(channels, STYLES)
    with torch.no_grad():
        camera.amounts[-1].weight.mul_(10)  # exposures far apart
        real = torch.linspace(-0.4, 0.4, 50)[:, None, None, None].expand(-1, channels, 20, 24)
        images, styles, grain = (
            torch.rand(200, channels, 20, 24) * 2 - 1,
            torch.randn(200, STYLES),
            torch.zeros(200, 3, 20, 24),
        )
        before = camera(images, styles, grain).mean((1, 2, 3))
        camera.eval().keep_within(real)
        after = camera(images, styles, grain)
    lowest, highest = real.mean((1, 2, 3)).aminmax()
    inside = (before > lowest + 5e-3) & (before < highest - 5e-3)
    assert 20 < inside.sum() < 180
    assert torch.equal(after.mean((1, 2, 3))[inside], before[inside])
    levels = to_grey_levels(after).float().mean((1, 2, 3)) / 127.5 - 1
    assert lowest <= levels.min() < levels.max() <= highest
    assert after.abs().max() <= 1


def test_a_redrawn_picture_cannot_carry_a_lattice_of_two_pixels():
    signs = 1 - 2 * (torch.arange(12) % 2).float()
    for lattice in (signs.expand(12, 12), signs[:, None] * signs):
        assert without_lattice(lattice[None, None])[..., 1:-1, 1:-1].abs().max() < 1e-6
    flat = torch.full((1, 1, 5, 7), 0.3)
    assert torch.allclose(without_lattice(flat), flat)


def test_appearance_is_apart_for_other_eyes_and_has_a_gradient_everywhere():
    real = eyes("camera", 256)
    distance = AppearanceDistance(real)

    def to(images: torch.Tensor) -> float:
        features = distance.features(images)
        return distance(features, features)[1].item()

    assert abs(to(eyes("camera", 256, seed=1))) < 0.05
    assert to(eyes("synthetic", 256)) > 1
    flat = torch.zeros((2, 1, 16, 16), requires_grad=True)
    sum(group.sum() for group in appearance(flat)).backward()
    assert torch.isfinite(flat.grad).all()


def test_parts_of_a_batch_have_the_gradient_of_the_whole():
    distance = AppearanceDistance(eyes("camera", 64))
    images = eyes("synthetic", 16)
    gradients = []
    for parts in (1, 2):
        given = images.clone().requires_grad_()
        features = distance.features(given)
        sum(distance(part, features.detach())[0] for part in features.chunk(parts)).div(parts).backward()
        gradients.append(given.grad)
    assert torch.allclose(*gradients, rtol=1e-4, atol=1e-8)
    # And that gradient is the estimate's own.
    given = images.clone().requires_grad_()
    features = distance.features(given)
    beyond = torch.relu(features - distance._highest) + torch.relu(distance._lowest - features)
    (sum_of_distances(distance, features) + beyond.sum(1).mean()).backward()
    assert torch.allclose(given.grad, gradients[0], rtol=1e-4, atol=1e-8)


def sum_of_distances(distance: AppearanceDistance, features: torch.Tensor) -> torch.Tensor:
    """Of all numbers, and the mean over the groups, each from its definition."""
    groups = list(zip(features.split(distance._sizes, 1), distance._real.split(distance._sizes, 1), strict=True))
    found = []
    for own, real in [(features, distance._real), *groups]:
        apart = (own[:, None] - own[None]).square().sum(-1).add(1e-6).sqrt()
        to_real = (own[:, None] - real[None]).square().sum(-1).add(1e-6).sqrt()
        found.append(2 * to_real.mean() - apart.sum() / (16 * 15))
    return found[0] + sum(found[1:]) / len(groups)


def test_a_camera_alone_learns_how_the_real_eyes_differ_and_moves_no_iris():
    torch.manual_seed(0)
    distance, given = (eyes(domain, 256, size=(24, 38)) for domain in ("camera", "synthetic"))
    distance = AppearanceDistance(distance)
    refiner = Refiner(RefinerConfig(features=4, blocks=1, styles=STYLES, camera=True))
    optimizer = torch.optim.Adam(refiner.camera.parameters(), lr=5e-3)
    found = []
    for step in range(80):
        features = distance.features(refiner(given[step % 4 :: 4]))
        loss, estimate = distance(features, features.detach())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(estimate.item())
    assert sum(found[-4:]) < sum(found[:4]) / 4
    with torch.no_grad():
        assert iris_drift(given, refiner(given)).median() < 0.3


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(16, 18), (35, 55)])
def test_a_refiner_with_a_camera_draws_first_and_repeats_itself(channels, size):
    images = torch.rand((3, channels, *size), generator=torch.Generator().manual_seed(0)) * 2 - 1
    refiner = Refiner(RefinerConfig(channels=channels, features=4, blocks=1, styles=2, camera=True, fold=2))
    drawn, picture = Stages(refiner)(images)
    assert torch.equal(drawn, images)  # residual: nothing is redrawn at the start
    assert torch.equal(picture, refiner(images))
    assert picture.shape == images.shape
    assert not torch.equal(picture, images)
    assert torch.allclose(picture[1:2], refiner(images[1:2]), atol=1e-5)  # products of other shapes: a last digit


def test_folding_keeps_every_pixel():
    images = torch.arange(2 * 3 * 5, dtype=torch.float32).reshape(1, 2, 3, 5)
    squares = folded(images, 2)
    assert squares.shape == (1, 8, 2, 3)
    assert torch.equal(torch.nn.functional.pixel_shuffle(squares, 2)[:, :, :3, :5], images)


def test_a_camera_needs_numbers_to_draw():
    with pytest.raises(InputError, match="--camera draws light, blur and grain at random and needs --noise"):
        RefinerConfig(camera=True, styles=0)
