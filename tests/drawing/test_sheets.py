"""Sheets: whole-pixel pictures, arrows, captions, legends; and sample data's camera eyes are not called real."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from gazeaug.demo import draw_sheet
from gazeaug.drawing import sheets
from gazeaug.drawing.legends import LINE_HEIGHT, TEXT_SIZE, Legend, legend_lines
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


def pictures(n: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.full((n, *shape), 90, np.uint8)


@pytest.mark.parametrize(
    ("shape", "times"), [((35, 55), 3), ((36, 60), 3), ((224, 224, 3), 1), ((16, 18), 9), ((600, 800, 3), 1)]
)
def test_pictures_are_enlarged_by_whole_pixels(shape: tuple[int, ...], times: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, *shape), dtype=np.uint8)
    sheet = np.asarray(sheets.contact_sheet([Column("", images)], scale=sheets.enlargement(shape[1])))
    grey = sheet[sheets.GUTTER :, sheets.GUTTER :][: shape[0] * times : times, : shape[1] * times : times]
    np.testing.assert_array_equal(grey if len(shape) == 3 else grey[..., 0], images[0])
    assert (sheets.enlargement(shape[1]), sheet.shape[1]) == (times, shape[1] * times + 2 * sheets.GUTTER)


def test_arrows_begin_where_the_iris_is_and_may_reach_into_the_next_picture() -> None:
    column = Column(
        "", pictures(1, (35, 55)), look_vec=np.array([[0.9, 0, -0.4]]), arrows_from=np.array([[50.0, 10.0]])
    )
    plain = np.asarray(sheets.contact_sheet([Column("", pictures(1, (35, 55)))] * 2)).astype(int)
    changed = np.argwhere(
        np.abs(np.asarray(sheets.contact_sheet([column, Column("", pictures(1, (35, 55)))])) - plain).sum(axis=2)
    )
    foot = sheets.GUTTER + 10.5 * 3, sheets.GUTTER + 50.5 * 3
    assert np.abs(changed - foot).sum(axis=1).min() < 2
    assert changed[:, 1].max() > foot[1] + 0.9 * sheets.ARROW_LENGTH * 165 - 3 > 165 + 2 * sheets.GUTTER
    assert np.abs(changed[:, 0] - foot[0]).max() < 8


def test_a_caption_stands_below_each_picture_of_its_own_row() -> None:
    captions = np.array(["1,204", "88"])
    plain = sheets.contact_sheet([Column("", pictures(2, (35, 55)), captions=np.array(["", ""]))])
    written = np.asarray(sheets.contact_sheet([Column("", pictures(2, (35, 55)), captions=captions)]))
    rows = np.flatnonzero((written != np.asarray(plain)).any(axis=(1, 2)))
    step = 35 * 3 + sheets.GUTTER + sheets.CAPTION_HEIGHT
    for i in range(2):
        below = sheets.GUTTER + i * step + 35 * 3
        assert ((rows >= below) & (rows < below + sheets.CAPTION_HEIGHT + sheets.GUTTER)).any()
    assert ((rows - sheets.GUTTER) % step >= 35 * 3).all()


def test_a_legend_is_broken_into_lines_that_fit() -> None:
    legend = Legend("a.h5: 2 of 9 rows", arrows="gaze " * 60, dots="lids")
    lines = legend_lines(legend, 470)
    assert [line.mark for line in lines if line.mark] == ["arrow", "dots"]
    assert len(lines) > 4
    assert " ".join(line.text for line in lines[1:-1]).split() == ["gaze"] * 60
    font = ImageFont.load_default(TEXT_SIZE)
    assert all(line.indent + font.getlength(line.text) <= 470 for line in lines)
    assert legend_lines(Legend("a"), 470)[0].text == "a"
    assert legend_lines(Legend("verylong" * 30), 100)[0].text == "verylong" * 30
    sheet = sheets.contact_sheet([Column("", pictures(1, (35, 55)))], legend=legend)
    assert sheet.width >= sheets.LEGEND_WIDTH
    assert (np.asarray(sheet)[: LINE_HEIGHT * 4] < 100).any()
