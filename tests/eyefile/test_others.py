"""Datasets that are no labels, since they have no row for each picture: passed by, and copied as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.notes import forget_notes
from gazeaug.refining.work import refine
from gazeaug.sets.mixing import mix
from gazeaug.sets.subsets import split
from gazeaug.sources.hdf5 import copy_eyes
from gazeaug_cli.app import app
from tests.makers.eye_files import HEIGHT, WIDTH

OTHERS = {"mean_image": (HEIGHT, WIDTH), "n": (), "camera/matrix": (3, 3), "camera/name": ()}


@pytest.fixture
def source(eyes_path: Path) -> Path:
    forget_notes()
    with h5py.File(eyes_path, "r+") as file:
        file["mean_image"] = file["image"][:].mean(0)
        file["mean_image"].attrs["of"] = "all"
        file["n"] = 150
        file["camera/matrix"], file["camera/name"] = np.eye(3), "left"
        file["nothing"] = h5py.Empty("f4")
    return eyes_path


@pytest.mark.parametrize(
    "make",
    [
        lambda source, output, model: refine(source, model=model, output=output, labels="look_vec"),
        lambda source, output, model: refine(source, model=model, output=output, rows_per_unit=64, layout="sharded"),
        lambda source, output, model: refine(source, model=model, output=output, rows_per_unit=64, compression="lzf"),
        lambda source, output, model: copy_eyes(source, output),
        lambda source, output, model: split(source, [output], [0.5]),
    ],
    ids=["in place", "sharded", "joined", "prepare eyes", "split"],
)
def test_they_are_copied_as_a_whole(
    source: Path,
    model_path: Path,
    tmp_path: Path,
    make: Callable[[Path, Path, Path], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    make(source, tmp_path / "o.h5", model_path)
    assert "no labels, since they have not 150 rows as 'image' has: 'camera/matrix' (3, 3)" in caplog.text
    with h5py.File(source) as before, h5py.File(tmp_path / "o.h5") as after:
        for name, shape in OTHERS.items():
            assert after[name].shape == shape
            np.testing.assert_array_equal(after[name][()], before[name][()])
        assert after["mean_image"].attrs["of"] == "all"
        assert after["nothing"].shape is None


def test_one_that_is_named_as_a_label_is_refused(source: Path, model_path: Path) -> None:
    with pytest.raises(InputError, match=r"'mean_image' is no label, being of shape \(16, 18\) where 'image' has 150"):
        refine(source, model=model_path, labels="look_vec,mean_image")


def test_of_several_inputs_none_is_taken(source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mix([source, shutil.copy(source, tmp_path / "other.h5")], tmp_path / "o.h5")
    assert "'mean_image' is not copied, as it may be of one input alone" in caplog.text
    with h5py.File(tmp_path / "o.h5") as made:
        assert "mean_image" not in made


@pytest.mark.parametrize("n_rows", [149, 151])
def test_a_label_that_lost_or_gained_a_row_is_refused_but_where_it_is_not_wanted(
    eyes_path: Path, model_path: Path, n_rows: int, tmp_path: Path
) -> None:
    with h5py.File(eyes_path, "r+") as file:
        file["pupil"] = np.zeros((n_rows, 2))
    with pytest.raises(InputError, match=rf"label 'pupil' must have 150 rows .* found shape \({n_rows}, 2\)"):
        refine(eyes_path, model=model_path)
    with pytest.raises(InputError, match="label 'pupil' must have 150 rows"):
        split(eyes_path, [tmp_path / "o.h5"], [0.5])
    refined = refine(eyes_path, model=model_path, labels="look_vec").output
    with open_eyes(refined) as eyes:
        assert list(eyes.labels) == ["look_vec"]


def test_a_usual_label_of_any_other_length_is_refused(eyes_path: Path, model_path: Path) -> None:
    with h5py.File(eyes_path, "r+") as file:
        file["head_pose"] = np.zeros((70, 3))
    with pytest.raises(InputError, match=r"label 'head_pose' must have 150 rows .* found shape \(70, 3\)"):
        refine(eyes_path, model=model_path)


def test_the_command_line_says_it_once(source: Path, model_path: Path) -> None:
    result = CliRunner().invoke(app, ["refine-dataset", str(source), "-m", str(model_path), "--labels", "look_vec"])
    assert result.exit_code == 0, result.output
    assert result.stderr.count("note: ") == 1
    assert "'mean_image' (16, 18)" in result.stderr


def test_the_command_line_says_the_error_alone(source: Path, model_path: Path) -> None:
    result = CliRunner().invoke(app, ["refine-dataset", str(source), "-m", str(model_path), "--labels", "n"])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.strip().splitlines()) == 1
