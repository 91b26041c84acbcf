"""Recipes: complete, overridable, told apart, and kept in the run."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.training.algorithm import update_refiner
from gazeaug.training.config import TrainConfig
from gazeaug.training.loop import train
from gazeaug.training.plan import plan_training
from gazeaug.training.recipes import RECIPES, from_recipe
from gazeaug.training.state import build_state
from gazeaug_cli.app import app
from gazeaug_cli.tables import cells
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY


def test_fast_is_what_the_defaults_are():
    assert from_recipe("fast", {}) == TrainConfig()


def test_the_published_settings():
    paper, seed = from_recipe("paper", {}), from_recipe("seed", {})
    assert (paper.batch_size, paper.k_g, paper.refiner_pretrain_steps, paper.buffer_size) == (512, 2, 1000, 25_600)
    assert (seed.batch_size, seed.optimizer, seed.learning_rate, seed.k_d, seed.k_g) == (49, "sgd", 1e-3, 1, 2)
    assert not paper.residual
    assert paper.features == seed.features == 64


def test_single_options_go_on_top():
    assert from_recipe("paper", {"batch_size": 8}).batch_size == 8


def test_an_unknown_recipe_is_refused():
    with pytest.raises(InputError, match=r"--recipe must be one of fast, best, paper, seed, got 'slow'"):
        from_recipe("slow", {})


def test_every_recipe_is_listed():
    listed = CliRunner().invoke(app, ["train", "--list-recipes"])
    assert listed.exit_code == 0
    for name, recipe in RECIPES.items():
        assert f"{name}: {recipe.when}" in listed.output
    rows = [cells(line) for line in listed.output.splitlines() if line.startswith("| --")]
    lines = {name: values for name, *values in rows}
    assert lines["--batch-size"] == ["16", "16", "512", "49"]
    assert lines["--residual"] == ["yes", "yes", "no", "no"]
    assert len(lines) == len(dataclasses.fields(TrainConfig)) - 4  # the two sets, the recipe's own name, and the log


def test_the_help_names_every_recipe():
    assert f"--recipe [{'|'.join(RECIPES)}]" in CliRunner().invoke(app, ["train", "--help"]).output


def test_the_recipe_is_kept_in_the_run(tmp_path):
    paths = {name: str(write_eyes(tmp_path / f"{name}.h5", 20)) for name in ("synthetic", "real")}
    run = train(**paths, recipe="seed", run_dir=tmp_path / "run", **TINY, steps=1, refiner_pretrain_steps=1)
    config = json.loads((run / "config.json").read_text())["config"]
    assert (config["recipe"], config["regularisation"], config["batch_size"]) == ("seed", "sum", 4)
    with pytest.raises(InputError, match="leave out recipe"):
        train(resume=run, recipe="fast")


def test_a_sum_weighs_as_the_mean_times_its_terms(tmp_path):
    """1e-4 on the sum over a batch equals 1e-4 x its number of terms on the mean."""
    paths = {name: str(write_eyes(tmp_path / f"{name}.h5", 20)) for name in ("synthetic", "real")}
    weights = []
    for options in ({"regularisation": "sum", "lambda_": 1e-4}, {"lambda_": 1e-4 * 4 * 16 * 18}):
        state = build_state(plan_training(run_dir=tmp_path / "run", **paths, **TINY, residual=False, **options))
        update_refiner(state)
        weights.append(torch.cat([value.flatten() for value in state.refiner.state_dict().values()]))
    torch.testing.assert_close(*weights)
