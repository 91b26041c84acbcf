"""Inspect: what it says is what the file holds."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gazeaug.drawing.legends import Legend
from gazeaug.drawing.sheets import Column, contact_sheet
from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.samples.sets import make_sample_data
from gazeaug.summary import summarise, write_grid
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes


def test_figures_are_those_of_the_file(tmp_path: Path) -> None:
    make_sample_data(tmp_path, rows=300)
    summary = summarise(tmp_path / "unityeyes.h5")
    with open_eyes(tmp_path / "unityeyes.h5") as eyes:
        images, look_vec = eyes.read_images(0, 300), eyes.read_label("look_vec", 0, 300)
    angles = np.rad2deg(look_vec_to_pitchyaw(look_vec))
    assert (summary.n_images, summary.image_shape, summary.layout) == (300, (35, 55), "gazeaug")
    np.testing.assert_allclose([summary.grey.mean, summary.grey.deviation], [images.mean(), images.std()], rtol=1e-9)
    for spread, column in [(summary.pitch, 0), (summary.yaw, 1)]:
        assert spread is not None
        np.testing.assert_allclose([spread.mean, spread.highest], [angles[:, column].mean(), angles[:, column].max()])
    assert summary.labels["look_vec"].attributes["handedness"] == "left"


def test_the_command_prints_it_and_draws_a_sheet(tmp_path: Path) -> None:
    write_eyes(tmp_path / "a.h5")
    result = CliRunner().invoke(app, ["inspect", str(tmp_path / "a.h5"), "--grid", str(tmp_path / "a.png")])
    assert result.exit_code == 0, result.output
    for part in ["150 of 16 x 18 grey", "head/pose: >f8 (N, 3)", "frame: unity_camera", "yaw", "path: text"]:
        assert part in result.output
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.size[0] > 8 * 18 * 3
        assert len(np.unique(np.asarray(sheet))) > 100


def drawn_by(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Column], list[Legend]]:
    """What a sheet is made of, kept as it is drawn."""
    columns: list[Column] = []
    legends: list[Legend] = []

    def keep(given: list[Column], *, scale: int, legend: Legend) -> Image.Image:
        columns.extend(given)
        legends.append(legend)
        return contact_sheet(given, scale=scale, legend=legend)

    monkeypatch.setattr("gazeaug.summary.contact_sheet", keep)
    return columns, legends


def test_a_sheet_names_its_rows_and_says_what_its_arrows_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns, legends = drawn_by(monkeypatch)
    make_sample_data(tmp_path, rows=300)
    write_grid(tmp_path / "unityeyes.h5", tmp_path / "a.png")
    assert legends[0].title == "unityeyes.h5: 64 of 300 rows; the number below an eye is its row"
    assert "label 'look_vec', convention 'unityeyes', drawn from the middle of the picture" in legends[0].arrows
    with open_eyes(tmp_path / "unityeyes.h5") as eyes:
        for column in columns:
            assert column.captions is not None
            assert column.look_vec is not None
            rows = column.captions.astype(int)
            np.testing.assert_array_equal(column.images, eyes.read_rows(rows))
            stored = np.concatenate([eyes.read_label("look_vec", row, row + 1) for row in rows])
            np.testing.assert_allclose(column.look_vec, stored[:, :3], atol=1e-3)


def test_arrows_begin_at_irises_that_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns, legends = drawn_by(monkeypatch)
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file["image"] = np.zeros((3, 35, 55), "u1")
        file["look_vec"] = np.tile([0.0, 0.0, -1.0], (3, 1))
        file["iris_2d"] = np.tile([[[10, 20], [14, 20]]], (3, 1, 1))
    write_grid(tmp_path / "e.h5", tmp_path / "a.png", convention="unityeyes")
    assert columns[0].arrows_from is not None
    np.testing.assert_array_equal(columns[0].arrows_from, [[12, 20]])
    assert "from the middle of the iris" in legends[0].arrows
    with h5py.File(tmp_path / "none.h5", "w") as file:
        file["image"] = np.zeros((3, 35, 55), "u1")
    write_grid(tmp_path / "none.h5", tmp_path / "b.png")
    assert legends[1].arrows == ""


def test_numbers_that_are_not_finite_are_left_out_of_the_range(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file["image"] = np.zeros((4, 16, 16), "u1")
        file["age"] = np.array([1, 2, np.nan, 3], "f4")
        file["none"] = np.full(4, np.nan)
    labels = summarise(tmp_path / "e.h5").labels
    assert (labels["age"].lowest, labels["age"].highest) == (1, 3)
    assert labels["none"].lowest is None


@pytest.mark.parametrize("name", ["unityeyes.h5", "other.h5", "none/grid.png"])
def test_a_grid_never_replaces_an_eye_file(eyes_path: Path, tmp_path: Path, name: str) -> None:
    before = eyes_path.read_bytes()
    with pytest.raises(InputError, match="ends in .png|does not exist"):
        write_grid(eyes_path, tmp_path / name)
    assert eyes_path.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["unityeyes.h5"]
