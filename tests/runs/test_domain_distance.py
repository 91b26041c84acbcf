"""The distance between sets of pictures: near zero within a domain, large between two, falling as they meet."""

from __future__ import annotations

import pytest
import torch

from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.runs.domain_distance import DomainDistance, features, sharpness
from gazeaug.samples.renderer import render_eyes


@pytest.fixture(scope="module")
def camera() -> torch.Tensor:
    return scaled(to_NCHW(render_eyes(512, domain="camera", seed=0).images))


@pytest.fixture(scope="module")
def synthetic() -> torch.Tensor:
    return scaled(to_NCHW(render_eyes(256, domain="synthetic", seed=0).images))


def test_two_halves_of_a_domain_are_near_and_two_domains_far(camera, synthetic):
    distance = DomainDistance(camera[:256])
    floor, ceiling = distance.to(camera[256:]), distance.to(synthetic)
    assert abs(floor) < 0.02
    assert ceiling > 10 * abs(floor)


def test_it_falls_as_more_of_the_pictures_are_real(camera, synthetic):
    distance = DomainDistance(camera[:256])
    mixed = [distance.to(torch.cat([camera[256 : 256 + n], synthetic[n:]])) for n in (0, 64, 128, 256)]
    assert mixed == sorted(mixed, reverse=True)


def test_a_grey_level_apart_is_near_where_all_pictures_are_equalised(camera):
    """Their quantiles are alike, so that rounding would be all that the distance measures."""
    ranks = camera.flatten(1).argsort(1).argsort(1)
    flat = (ranks / (ranks.shape[1] - 1) * 255).round().reshape(camera.shape) / 127.5 - 1
    distance = DomainDistance(flat[:256])
    assert distance.to((flat[256:] + 1 / 127.5).clamp(-1, 1)) < 0.05 < distance.to((flat[256:] + 0.25).clamp(-1, 1))


def test_pictures_of_one_grey_give_a_finite_distance(camera):
    assert torch.isfinite(torch.tensor(DomainDistance(torch.zeros(8, 1, 16, 16)).to(torch.zeros(8, 1, 16, 16))))
    assert torch.isfinite(features(torch.zeros(8, 3, 16, 16))).all()


def test_blur_lowers_sharpness(synthetic):
    assert sharpness(torch.nn.functional.avg_pool2d(synthetic, 3, stride=1)) < 0.6 * sharpness(synthetic)
