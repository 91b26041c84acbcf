"""Inspect: what it says is what the file holds."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

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
