"""Every ablation does what its name says, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks.ablations import ABLATIONS, doing
from gazeaug.training import algorithm
from gazeaug.training.plan import plan_training
from gazeaug.training.state import TrainingState, build_state
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pair")
    return {name: str(write_eyes(folder / f"{name}.h5", 40, seed=i)) for i, name in enumerate(("synthetic", "real"))}


def trained(pair: dict[str, str], run: Path, name: str) -> TrainingState:
    """The state after three steps of an ablation."""
    ablation = ABLATIONS[name]
    with doing(ablation):
        state = build_state(plan_training(run_dir=run, **{**pair, **TINY, **ablation.options}))
        steps = algorithm.algorithm_1(state)
        for _ in range(3):
            next(steps)
    return state


def test_the_recipe_itself_remembers_judges_patches_and_ends_in_a_camera(pair, tmp_path):
    state = trained(pair, tmp_path, "fast")
    assert state.history.n_images > 0
    assert state.discriminator(torch.zeros(2, 1, 35, 55)).shape[2] > 1
    assert state.refiner.camera is not None


def test_without_history_nothing_is_remembered(pair, tmp_path):
    state = trained(pair, tmp_path, "without history")
    assert state.history.n_images == 0
    assert len(state.history.draw(4, state.generator)) == 0
    assert "accuracy_history" not in state.validate()


def test_the_whole_image_gets_one_judgement(pair, tmp_path):
    discriminator = trained(pair, tmp_path, "whole-image discriminator").discriminator
    images = torch.rand(2, 1, 35, 55)
    patches = super(type(discriminator), discriminator).forward(images)
    assert discriminator(images).shape == (2, 2, 1)
    torch.testing.assert_close(discriminator(images), patches.mean(2, keepdim=True))


@pytest.mark.parametrize(("name", "weight"), [("lambda 0", 0), ("lambda 0.25", 0.25), ("fast", 1), ("lambda 4", 4)])
def test_lambda_is_the_weight_of_the_regularisation(pair, tmp_path, name, weight):
    assert trained(pair, tmp_path, name).plan.config.lambda_ == weight


def test_feature_maps_forgive_what_they_leave_out():
    flat, lighter = torch.zeros(1, 1, 16, 16), torch.full((1, 1, 16, 16), 0.5)
    board = (torch.arange(16)[:, None] + torch.arange(16)) % 2 - 0.5
    cost = {}
    for name in ("fast", "feature map: normalised", "feature map: blurred"):
        with doing(ABLATIONS[name]):
            regularisation = algorithm.self_regularisation
            cost[name] = [float(regularisation(flat, other)) for other in (lighter, board.expand_as(flat))]
    assert cost["fast"] == [0.5, 0.5]
    assert cost["feature map: normalised"][0] == 0
    assert cost["feature map: blurred"][0] == pytest.approx(0.5)
    assert cost["feature map: blurred"][1] < 0.05
    assert algorithm.self_regularisation(flat, lighter) == 0.5


def test_without_camera_or_with_it_alone(pair, tmp_path):
    without = trained(pair, tmp_path, "no camera")
    assert without.refiner.camera is None
    assert "appearance" not in next(algorithm.pretrain(without))
    assert ABLATIONS["camera alone"].options == {"steps": 1, "camera_steps": 600}
    assert trained(pair, tmp_path, "one style").refiner.config.styles == 1
    assert "appearance" not in algorithm.update_refiner(trained(pair, tmp_path, "no appearance"))
