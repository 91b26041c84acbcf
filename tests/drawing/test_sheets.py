"""Sheets call real what is real: sample data's camera eyes get another title, in a run, the demo and realism."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gazeaug.demo import draw_sheet
from gazeaug.drawing import sheets
from gazeaug.drawing.sheets import Column, title_of_target
from gazeaug.evaluation.realism_page import column_of
from gazeaug.samples.sets import make_sample_data
from gazeaug.training.plan import plan_training
from gazeaug.training.state import build_state, samples
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module", params=["gazeaug", "kaggle"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    synthetic, camera, _ = make_sample_data(tmp_path_factory.mktemp("sample"), rows=16, layout=request.param)
    return synthetic, camera


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_eyes(tmp_path_factory.mktemp("others") / "real.h5", 16, seed=0, shape=(35, 55))


def test_sample_eyes_are_of_a_simulated_camera_and_others_are_real(sample, others):
    assert [title_of_target(path) for path in (sample[1], others)] == ["simulated camera", "real"]
    assert title_of_target(sample[0]) == "synthetic"


def test_a_runs_grids_say_so(sample, others, tmp_path):
    real_eyes = shutil.copy(others, tmp_path / "real_eyes.h5")
    for real, title in ((sample[1], "simulated camera"), (real_eyes, "real")):
        state = build_state(plan_training(synthetic=str(others), real=str(real), run_dir=tmp_path / title, **TINY))
        assert [column.title for column in samples(state)] == ["synthetic", "refined", title]


def test_the_demo_and_realism_say_so(sample, others, tmp_path, monkeypatch):
    drawn: list[Column] = []
    monkeypatch.setattr(
        "gazeaug.demo.contact_sheet", lambda columns: drawn.extend(columns) or sheets.contact_sheet(columns)
    )
    draw_sheet(tmp_path / "eyes.png", sample[0], sample[0], sample[1])
    assert [column.title for column in drawn] == ["synthetic", "refined", "simulated camera"] * 2
    assert column_of("real", sample[1]).title == "simulated camera"
    assert column_of("real", others).title == "real"
    assert column_of("refined", sample[1]).title == "refined"
