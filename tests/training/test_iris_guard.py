"""The iris guard: it weighs how far the iris is moved, in pixels of one picture width, and holds the refiner."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from gazeaug.drift.registration import JUDGED_WIDTH
from gazeaug.drift.registration_torch import shifted
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.samples.renderer import render_eyes
from gazeaug.training.algorithm import iris_moved, update_refiner
from gazeaug.training.plan import plan_training
from gazeaug.training.state import TrainingState, build_state
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    names = ("synthetic", "real")
    return {name: str(write_eyes(tmp_path / f"{name}.h5", 40, seed=i)) for i, name in enumerate(names)}


def built(tmp_path, pair, weight: float) -> TrainingState:
    options = {**TINY, "iris_guard": weight, "optimizer": "sgd", "learning_rate": 1e-3}
    return build_state(plan_training(run_dir=tmp_path / "run", **pair, **options))


@pytest.mark.parametrize("size", [(35, 55), (70, 110), (140, 220)])
def test_movement_is_counted_in_pixels_of_one_width(size):
    before = scaled(to_NCHW(render_eyes(64, domain="synthetic", seed=0, size=size).images))
    right = torch.tensor([[0.5 * size[1] / JUDGED_WIDTH, 0.0]]).expand(64, 2)
    after = shifted(before[:, 0], right)[:, None]
    assert 0.2 < float(iris_moved(before, after)) < 0.45  # 0.25, measured in one round at sharp edges
    assert float(iris_moved(before, 0.5 * before - 0.3)) < 1e-3


def test_it_pulls_at_the_refiner_and_is_among_the_losses(tmp_path, pair):
    guarded, without = built(tmp_path, pair, 1e3), built(tmp_path, pair, 0.0)
    with torch.no_grad():  # a refiner at its start changes nothing, so that nothing has moved
        for state in (guarded, without):
            state.refiner.last.weight.normal_(0, 0.3, generator=torch.Generator().manual_seed(0))
    losses = update_refiner(guarded)
    assert float(losses["iris_guard"]) > 0
    assert "iris_guard" not in update_refiner(without)
    assert not torch.equal(guarded.refiner.last.weight, without.refiner.last.weight)


def test_one_unmeasurable_eye_does_not_rule_a_batch():
    """An eye that jumps by many pixels counts for its distance, not the square of it."""
    before = scaled(to_NCHW(render_eyes(8, domain="synthetic", seed=0).images))
    far = torch.roll(before, 6, dims=3)
    after = torch.cat([far[:1], before[1:]]).requires_grad_()
    moved = iris_moved(before, after)
    assert float(moved.detach()) < 2 * 2 * 6 / 8
    moved.backward()
    assert after.grad is not None
    assert after.grad.isfinite().all()


def test_the_published_recipe_has_none(tmp_path, pair):
    plan = plan_training(run_dir=tmp_path / "run", **pair, recipe="paper", **{**TINY, "steps": 2})
    assert plan.config.iris_guard == 0
    assert dataclasses.replace(plan.config, iris_guard=1.0).iris_guard == 1
