"""The five experiments: shared runs, going on after a stop, verdicts, and the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError, Interrupted
from gazeaug.experiments import questions
from gazeaug.experiments.page import describe_results, write_experiments_page
from gazeaug.experiments.questions import (
    EXPERIMENTS,
    Result,
    best_is_last,
    costs_only_time,
    none_is_worst,
    run_experiments,
)
from gazeaug.eyefile.reader import open_eyes
from gazeaug.training.recipes import RECIPES
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes
from tests.makers.pages import Structure
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")
OPTIONS = {name: value for name, value in TINY.items() if not name.endswith("pretrain_steps")}


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    return {name: str(write_eyes(tmp_path / f"{name}.h5", 120, seed=i)) for i, name in enumerate(("synthetic", "real"))}


def with_worth(*worth: float, milliseconds: float = 100.0) -> Sequence[Result]:
    looks = [{"score": value} for value in worth]
    return [Result(run="r", value=i, milliseconds=milliseconds, looks=look) for i, look in enumerate(looks)]


def test_each_experiment_runs_and_the_common_run_is_made_once(tmp_path, pair):
    found = run_experiments(tmp_path / "all", **pair, steps=8, **OPTIONS)
    assert list(found) == [1, 2, 3, 4, 5]
    assert [[result.value for result in results] for results in found.values()] == [
        [1, 2, 4, 8],
        [8, 16, 32],
        [1, 25, 100],
        [100, 120],
        [0, 15, 50, 200],
    ]
    assert found[1][-1].run == found[4][-1].run == "common"
    with open_eyes(tmp_path / "all" / "real-100.h5") as few, open_eyes(pair["real"]) as all_eyes:
        np.testing.assert_array_equal(few.read_images(0, 100), all_eyes.read_images(0, 100))


def test_what_is_done_is_not_done_again(tmp_path, pair, monkeypatch):
    options = {**pair, "which": [3], "steps": 4, **OPTIONS}
    train, calls = questions.train, []

    def stopping(**given):
        calls.append(given)
        if len(calls) == 2:
            raise Interrupted("stopped")
        return train(**given)

    monkeypatch.setattr(questions, "train", stopping)
    with pytest.raises(Interrupted):
        run_experiments(tmp_path / "all", **options)
    found = run_experiments(tmp_path / "all", **options)
    assert len(calls) == 4  # three runs, and the one that was stopped
    assert costs_only_time(found[3])[0]
    again = run_experiments(tmp_path / "all", **options)
    assert (again, len(calls)) == (found, 4)
    with pytest.raises(InputError, match="holds a run with other settings"):
        run_experiments(tmp_path / "all", **{**options, "seed": 1})


def test_eyes_with_truth_give_a_gaze_error(tmp_path, pair):
    with open_eyes(pair["real"]) as eyes:
        test = eyes.read_images(0, 50), eyes.read_label("look_vec", 0, 50)
    found = run_experiments(tmp_path / "all", **pair, test=test, which=[3], steps=2, **OPTIONS)
    assert all(0 < result.error < 180 for result in found[3])
    assert "degrees" in describe_results(found)


def test_verdicts_ask_for_more_than_chance():
    assert best_is_last(with_worth(1.0, 0.6, 0.5))[0]
    assert not best_is_last(with_worth(1.0, 0.6, 0.9))[0]
    assert not best_is_last(with_worth(1.0, 0.95, 0.9))[0]
    assert none_is_worst(with_worth(1.0, 0.5))[0]
    assert not none_is_worst(with_worth(1.0, 0.9))[0]
    assert costs_only_time(with_worth(1.0, 1.0))[0]
    assert not costs_only_time(with_worth(1.0, 1.1))[0]


def test_the_page_is_whole_and_loads_nothing(tmp_path):
    looks = dict.fromkeys(questions.LOOKED_AT, 0.5)
    runs = [Result(run="r", value=i, milliseconds=1.0, looks=looks, error=7.0 - i) for i in (1, 2)]
    page = write_experiments_page(dict.fromkeys(EXPERIMENTS, runs), tmp_path / "page.html").read_text("utf-8")
    structure = Structure(page)
    assert not structure.open
    assert all(load.startswith("#e") for load in structure.loads)
    assert page.count("Holds here") + page.count("Does not hold here") == 2 * len(EXPERIMENTS)
    assert write_experiments_page({4: runs[:1]}, tmp_path / "page.html").read_text().count("Not decided") == 2


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(RECIPES, "fast", replace(RECIPES["fast"], options=OPTIONS))
    answer = CliRunner().invoke(app, ["experiments", "--which", "3", "--steps", "8", "--rows", "64"])
    assert answer.exit_code == 0, answer.stderr
    assert "experiments -> experiments/experiments.html" in answer.stdout.replace("\n", "")
    assert json.loads((tmp_path / "experiments" / "common" / "result.json").read_text())["result"]["error"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--which", "6"], "--which must be numbers from 1 to 5, got 6"),
        (["--which", "all"], "--which must be numbers from 1 to 5 with commas between, got 'all'"),
        (["--synthetic", "a.h5"], "give both --synthetic and --real"),
    ],
)
def test_wrong_options_are_refused(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, ["experiments", "--rows", "64", *arguments])
    assert answer.exit_code == 2
    assert message in answer.stderr
