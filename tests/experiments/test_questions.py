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
from gazeaug.experiments import questions, runs
from gazeaug.experiments.page import describe_results, further, judged, write_experiments_page
from gazeaug.experiments.questions import (
    EXPERIMENTS,
    Result,
    best_is_last,
    costs_only_time,
    none_is_worst,
)
from gazeaug.experiments.runs import run_experiments
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


def test_what_is_finished_is_not_done_again(tmp_path, pair, monkeypatch):
    options = {**pair, "which": [3], "steps": 4, **OPTIONS}
    train, calls = runs.train, []

    def stopping(**given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return train(**given)

    monkeypatch.setattr(runs, "train", stopping)
    with pytest.raises(Interrupted, match="1 of 3 runs are finished .* the same command resumes"):
        run_experiments(tmp_path / "all", **options)
    said: list[str] = []
    found = run_experiments(tmp_path / "all", **options, say=said.append)
    assert len(calls) == 4  # three runs, and the one that was stopped
    assert said == ["3 training runs, each judged; 1 of them finished before and are reused"]
    assert costs_only_time(found[3])[0]
    again = run_experiments(tmp_path / "all", **options, say=said.append)
    assert (again, len(calls)) == (found, 4)
    assert "these experiments are complete" in said[-1]
    run_experiments(tmp_path / "all", **options, fresh=True)
    assert len(calls) == 7


def test_the_work_of_another_command_is_kept(tmp_path, pair):
    options = {**pair, "which": [3], "steps": 2, **OPTIONS}
    run_experiments(tmp_path / "all", **options)
    before = (tmp_path / "all" / "results.json").read_bytes()
    with pytest.raises(InputError, match=r"finished experiments of another command \(--seed was 0, is 1\)"):
        run_experiments(tmp_path / "all", **options, seed=1)
    with pytest.raises(InputError, match=r"--which was 3, is 2,3"):
        run_experiments(tmp_path / "all", **{**options, "which": [3, 2]})
    assert (tmp_path / "all" / "results.json").read_bytes() == before
    said: list[str] = []
    run_experiments(tmp_path / "all", **{**options, "which": [3, 2]}, overwrite=True, say=said.append)
    assert said == ["6 training runs, each judged; 3 of them finished before and are reused"]
    (tmp_path / "all" / "results.json").unlink()
    with pytest.raises(InputError, match=r"holds runs of another command \(--seed was 0, is 1\); type that command"):
        run_experiments(tmp_path / "all", **options, seed=1)
    run_experiments(tmp_path / "all", **options, seed=1, fresh=True, say=said.append)
    assert said[-1] == "3 training runs, each judged"
    assert not (tmp_path / "all" / "batch_size-8").exists()


def test_folders_that_no_experiment_made_are_left_alone(tmp_path, pair):
    (tmp_path / "all" / "common").mkdir(parents=True)
    (tmp_path / "all" / "common" / "config.json").write_text("{}")
    for fresh in (False, True):
        with pytest.raises(InputError, match="common: exists, and no experiment made it"):
            run_experiments(tmp_path / "all", **pair, which=[3], steps=2, fresh=fresh, **OPTIONS)
    assert (tmp_path / "all" / "common" / "config.json").read_text() == "{}"


def test_eyes_with_truth_give_a_gaze_error(tmp_path, pair, monkeypatch):
    with open_eyes(pair["real"]) as eyes:
        test = eyes.read_images(0, 50), eyes.read_label("look_vec", 0, 50)
    options = {**pair, "test": test, "which": [3], "steps": 2, **OPTIONS}
    trained, judge = [], runs.error_of_refiner

    def stopping(*given):
        if not trained:
            trained.append(given)
            raise KeyboardInterrupt
        return judge(*given)

    monkeypatch.setattr(runs, "error_of_refiner", stopping)
    with pytest.raises(Interrupted, match="0 of 3 runs"):
        run_experiments(tmp_path / "all", **options)
    monkeypatch.setattr(runs, "train", lambda train=runs.train, **given: trained.append(given) or train(**given))
    found = run_experiments(tmp_path / "all", **options)
    assert len(trained) == 3  # the run that was trained before the stop is only judged
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


def test_small_differences_are_no_measurable_effect():
    for decide in (best_is_last, none_is_worst):
        holds, said = decide(with_worth(1.0, 0.9, 0.8))
        assert not holds
        assert said == "No measurable effect: the score differs by 0.20 between settings; two seeds may differ by 0.25"
    assert best_is_last(with_worth(1.0, 0.5, 0.9))[1] == "No: the best score is 0.50 at 1; it is 0.90 at 2"
    assert none_is_worst(with_worth(0.5, 1.0))[1].startswith("No: without it the score is 0.50")


def test_bars_are_as_long_as_chance(tmp_path):
    looks = dict.fromkeys(questions.LOOKED_AT, 0.1)
    runs = [Result(run="r", value=i, milliseconds=1.0, looks=looks, error=7.0) for i in (1, 2)]
    error, score = judged(EXPERIMENTS[1], runs)
    assert error.intervals == {"gaze error": [(6.75, 7.25)] * 2}
    assert score.intervals == {"score": [(0.0, 0.225)] * 2}
    assert not any(chart.intervals for chart in further(EXPERIMENTS[1], runs))
    assert [chart.title for chart in judged(EXPERIMENTS[1], with_worth(1.0, 0.5))] == ["Score"]


def test_pictures_wall_time_and_hardware_come_from_the_runs(tmp_path, pair):
    found = run_experiments(tmp_path / "all", **pair, which=[3], steps=4, **OPTIONS)
    page = write_experiments_page(found, tmp_path / "page.html", runs=tmp_path / "all").read_text("utf-8")
    assert "<figcaption>25</figcaption>" in page
    assert "wall time" in page
    assert "cores" in page or "core;" in page
    (tmp_path / "all" / found[3][0].run / "state.json").write_text("{}")
    page = write_experiments_page(found, tmp_path / "page.html", runs=tmp_path / "all").read_text("utf-8")
    assert "hardware were not recorded" in page


def test_the_page_is_whole_and_loads_nothing(tmp_path):
    looks = dict.fromkeys(questions.LOOKED_AT, 0.5)
    runs = [Result(run="r", value=i, milliseconds=1.0, looks=looks, error=7.0 - i) for i in (1, 2)]
    page = write_experiments_page(dict.fromkeys(EXPERIMENTS, runs), tmp_path / "page.html").read_text("utf-8")
    structure = Structure(page)
    assert not structure.open
    assert all(load.startswith("#e") for load in structure.loads)
    assert page.count("Yes: ") == 2 * len(EXPERIMENTS)
    assert page.count("Yes: the gaze error falls from 6.00 degrees at 1 to 5.00 degrees at 2.") == 2 * 3
    assert write_experiments_page({4: runs[:1]}, tmp_path / "page.html").read_text().count("Not decided") == 2


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(RECIPES, "fast", replace(RECIPES["fast"], options=OPTIONS))
    answer = CliRunner().invoke(app, ["experiments", "--which", "3", "--steps", "8", "--rows", "64"])
    assert answer.exit_code == 0, answer.stderr
    assert "experiments -> experiments/experiments.html" in answer.stdout.replace("\n", "")
    assert json.loads((tmp_path / "experiments" / "common" / "result.json").read_text())["result"]["error"] > 0
    answer = CliRunner().invoke(app, ["experiments", "--which", "3", "--steps", "8", "--n", "65"])
    assert answer.exit_code == 2
    assert "holds 64 sample eyes, not 65" in answer.stderr


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
