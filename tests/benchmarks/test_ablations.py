"""Every ablation does what its name says, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import gazeaug.training.trainer
from benchmarks.ablations import ABLATIONS, doing
from gazeaug.training.recipes import from_recipe
from gazeaug.training.trainer import Trainer
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pair")
    return {name: str(write_eyes(folder / f"{name}.h5", 40, seed=i)) for i, name in enumerate(("synthetic", "real"))}


def trained(pair: dict[str, str], run: Path, name: str) -> Trainer:
    """A trainer after three steps of an ablation."""
    ablation = ABLATIONS[name]
    with doing(ablation):
        trainer = Trainer(from_recipe("fast", {**pair, **TINY, **ablation.options}), run)
        for _ in range(3):
            trainer.train_step()
    return trainer


def test_the_recipe_itself_remembers_judges_patches_and_ends_in_a_camera(pair, tmp_path):
    trainer = trained(pair, tmp_path, "fast")
    assert trainer.history.n_images > 0
    assert trainer.discriminator(torch.zeros(2, 1, 35, 55)).shape[2] > 1
    assert trainer.refiner.camera is not None


def test_without_history_nothing_is_remembered(pair, tmp_path):
    trainer = trained(pair, tmp_path, "without history")
    assert trainer.history.n_images == 0
    assert len(trainer.history.draw(4, trainer.dice)) == 0
    assert "accuracy_history" not in trainer.look()


def test_the_whole_image_gets_one_judgement(pair, tmp_path):
    discriminator = trained(pair, tmp_path, "whole-image discriminator").discriminator
    images = torch.rand(2, 1, 35, 55)
    patches = super(type(discriminator), discriminator).forward(images)
    assert discriminator(images).shape == (2, 2, 1)
    torch.testing.assert_close(discriminator(images), patches.mean(2, keepdim=True))


@pytest.mark.parametrize(("name", "weight"), [("lambda 0", 0), ("lambda 0.25", 0.25), ("fast", 1), ("lambda 4", 4)])
def test_lambda_is_the_weight_of_the_regularisation(pair, tmp_path, name, weight):
    assert trained(pair, tmp_path, name).config.lambda_ == weight


def test_feature_maps_forgive_what_they_leave_out():
    flat, lighter = torch.zeros(1, 1, 16, 16), torch.full((1, 1, 16, 16), 0.5)
    board = (torch.arange(16)[:, None] + torch.arange(16)) % 2 - 0.5
    cost = {}
    for name in ("fast", "feature map: normalised", "feature map: blurred"):
        with doing(ABLATIONS[name]):
            regularisation = gazeaug.training.trainer.self_regularisation
            cost[name] = [float(regularisation(flat, other)) for other in (lighter, board.expand_as(flat))]
    assert cost["fast"] == [0.5, 0.5]
    assert cost["feature map: normalised"][0] == 0
    assert cost["feature map: blurred"][0] == pytest.approx(0.5)
    assert cost["feature map: blurred"][1] < 0.05
    assert gazeaug.training.trainer.self_regularisation(flat, lighter) == 0.5


def test_without_camera_or_with_it_alone(pair, tmp_path):
    without = trained(pair, tmp_path, "no camera")
    assert without.refiner.camera is None
    assert without.n_camera == 0
    assert ABLATIONS["camera alone"].options == {"steps": 1, "camera_steps": 600}
    assert trained(pair, tmp_path, "one style").refiner.config.styles == 1
    assert "appearance" not in trained(pair, tmp_path, "no appearance").update_refiner()
