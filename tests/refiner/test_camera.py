"""The camera: hardly anything at the start, every amount as it says, repeatable; it learns the spread of a real set."""

from __future__ import annotations

import pytest
import torch

from gazeaug.drift.registration_torch import iris_drift
from gazeaug.errors import InputError
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.refiner.appearance import AppearanceDistance, appearance
from gazeaug.refiner.camera import GRAIN_MAPS, Camera, blur_kernels, lit
from gazeaug.refiner.network import Refiner, RefinerConfig, Stages, folded
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
def test_a_new_camera_changes_next_to_nothing(channels):
    images = eyes("synthetic", 8).expand(-1, channels, -1, -1) * 0.8
    change = (photograph(Camera(channels, STYLES), images) - images).abs().mean() * 127.5
    assert 0 < change < 5


def test_blurs_keep_the_light_and_light_keeps_the_middle():
    assert torch.allclose(blur_kernels().sum((1, 2, 3)), torch.ones(4))
    grey = torch.zeros((1, 1, 21, 31))
    slope = lit(grey, torch.tensor([0.5, 0.0]).reshape(1, 2, 1, 1))
    assert torch.allclose(slope[0, 0, :, 15], torch.zeros(21), atol=1e-6)
    assert torch.allclose(slope[0, 0, 0, [0, -1]], torch.tensor([-0.5, 0.5]), atol=1e-6)


def test_appearance_is_apart_for_other_eyes_and_has_a_gradient_everywhere():
    real = eyes("camera", 256)
    distance = AppearanceDistance(real)

    def to(images: torch.Tensor) -> float:
        features = distance.features(images)
        return distance(features, features)[1].item()

    assert abs(to(eyes("camera", 256, seed=1))) < 0.05
    assert to(eyes("synthetic", 256)) > 1
    flat = torch.zeros((2, 1, 16, 16), requires_grad=True)
    appearance(flat).sum().backward()
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
    apart = (features[:, None] - features[None]).square().sum(-1).add(1e-6).sqrt()
    to_real = (features[:, None] - distance._real[None]).square().sum(-1).add(1e-6).sqrt()
    (2 * to_real.mean() - apart.sum() / (16 * 15)).backward()
    assert torch.allclose(given.grad, gradients[0], rtol=1e-4, atol=1e-8)


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
    assert torch.equal(picture[1:2], refiner(images[1:2]))


def test_folding_keeps_every_pixel():
    images = torch.arange(2 * 3 * 5, dtype=torch.float32).reshape(1, 2, 3, 5)
    squares = folded(images, 2)
    assert squares.shape == (1, 8, 2, 3)
    assert torch.equal(torch.nn.functional.pixel_shuffle(squares, 2)[:, :, :3, :5], images)


def test_a_camera_needs_numbers_to_draw():
    with pytest.raises(InputError, match="--camera draws light, blur and grain at random and needs --noise"):
        RefinerConfig(camera=True, styles=0)
