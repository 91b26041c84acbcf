"""What a validation sees in refined eyes: a lattice, and eyes darker or lighter than any real one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.refiner.discriminator import Discriminator
from gazeaug.refiner.history import History
from gazeaug.refiner.network import Refiner, RefinerConfig
from gazeaug.runs.diagnosis import diagnose_training
from gazeaug.runs.validation import Validation
from gazeaug.samples.renderer import render_eyes

pytestmark = pytest.mark.usefixtures("one_thread")
N, DOMAINS = 100, {"distance_floor": 0.0, "distance_ceiling": 1.0}


@pytest.fixture(scope="module")
def camera() -> Tensor:
    return scaled(to_NCHW(render_eyes(6 * N, domain="camera", seed=0).images))


def validated(given: Tensor, real: Tensor) -> dict[str, float]:
    """With a refiner that gives its input."""
    refiner = Refiner(RefinerConfig(features=4, blocks=1, noise=False))
    history = History(4, tuple(given.shape[1:]), torch.device("cpu"))
    return Validation(given, real, real[:0]).validate(refiner, Discriminator(1, 0.1), history)


def names_of(found: dict[str, float]) -> set[str]:
    return {finding.name for finding in diagnose_training(DOMAINS, [found])}


def test_eyes_of_the_real_kind_have_neither(camera):
    found = validated(camera[:N], camera[N:])
    assert found["lattice"] <= 0.03
    assert found["beyond_dark"] + found["beyond_light"] <= 0.03
    assert not {"lattice", "brightness out of range"} & names_of(found)


def test_a_lattice_is_measured_and_named(camera):
    rows, columns = torch.arange(35)[:, None], torch.arange(55)[None, :]
    given = camera[:N].clone()
    given[: N // 4] += 6 / 127.5 * (1.0 - 2.0 * ((rows + columns) % 2))
    found = validated(given, camera[N:])
    assert found["lattice"] == pytest.approx(0.25, abs=0.04)
    assert "lattice" in names_of(found)


def test_the_darkest_and_the_lightest_real_eye_are_looked_for_among_all(camera):
    given, brightness = camera[:N].clone(), camera[N:].mean((1, 2, 3))
    given[:10] += brightness.min() - given[:10].mean((1, 2, 3), keepdim=True) - 0.03
    given[10:30] += brightness.max() - given[10:30].mean((1, 2, 3), keepdim=True) + 0.03
    ordered = camera[N:][brightness.abs().argsort()]  # the extremes stand last
    found = validated(given.clamp(-1, 1), ordered)
    assert found["beyond_dark"] == pytest.approx(0.1, abs=0.021)
    assert found["beyond_light"] == pytest.approx(0.2, abs=0.021)
    assert "brightness out of range" in names_of(found)


def test_few_real_eyes_have_a_narrow_range_and_that_alone_is_no_finding(camera):
    found = validated(camera[:N], camera[N : N + 20])
    assert found["beyond_dark"] + found["beyond_light"] > 0.05
    named = diagnose_training({**DOMAINS, "n_real": 20}, [found])
    assert not {"lattice", "brightness out of range"} & {finding.name for finding in named}
