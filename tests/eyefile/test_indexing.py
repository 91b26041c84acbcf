"""Rows of an eye file by index, and what it says it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.feeding.dataset import EyeDataset
from tests.makers.eye_files import write_eyes
from tests.makers.sources import write_kaggle


def test_a_row_is_a_dict_of_the_picture_and_every_label(eyes_path: Path) -> None:
    with h5py.File(eyes_path) as file, open_eyes(eyes_path) as eyes:
        assert len(eyes) == 150
        for row, index in [(5, 5), (149, -1), (7, np.int64(7))]:
            found = eyes[index]
            assert found.keys() == {"image", *eyes.labels}
            assert found["image"].shape == (16, 18)
            assert (found["image"] == file["image"][row]).all()
            assert (found["look_vec"] == file["look_vec"][row]).all()
            assert found["look_vec"].dtype == np.float32
            assert found["subject"] == file["subject"][row]


@pytest.mark.parametrize(
    "index",
    [
        slice(10, 20),
        slice(None, None, 7),
        slice(-3, None),
        slice(5, 1, -2),
        [7, 3, -1],
        np.array([140, 2]),
        [],
        slice(4, 4),
    ],
)
def test_slices_and_lists_are_dicts_of_arrays(eyes_path: Path, index: Any) -> None:
    rows = np.arange(150)[np.asarray(index, int) if isinstance(index, list) else index]
    with h5py.File(eyes_path) as file, open_eyes(eyes_path) as eyes:
        found = eyes[index]
        assert found["image"].shape == (len(rows), 16, 18)
        for name in ("image", "look_vec", "head/pose", "path"):
            assert (found[name] == file[name][()][rows]).all()
            assert len(found[name]) == len(rows)
            assert found[name].dtype.newbyteorder("=") == file[name].dtype.newbyteorder("=")


def test_a_mask_takes_the_rows_that_are_true(eyes_path: Path) -> None:
    with open_eyes(eyes_path) as eyes:
        mask = np.arange(150) % 50 == 0
        assert (eyes[mask]["image"] == eyes[[0, 50, 100]]["image"]).all()
        with pytest.raises(InputError, match="expected a row number"):
            eyes[mask[:10]]


def test_a_label_that_is_not_there_and_a_closed_file(eyes_path: Path) -> None:
    with open_eyes(eyes_path) as eyes:
        for read in (lambda: eyes.read_label("lookvec", 0, 3), lambda: eyes.read_label_rows("lookvec", np.arange(3))):
            with pytest.raises(
                InputError, match="no label 'lookvec'; the labels there are: .*; did you mean 'look_vec'"
            ):
                read()
    for read in (lambda: eyes[0], lambda: eyes.read_images(0, 3), lambda: eyes.read_label("look_vec", 0, 3)):
        with pytest.raises(InputError, match="this file has been closed; open it again"):
            read()


def test_rows_that_are_not_there(eyes_path: Path) -> None:
    with open_eyes(eyes_path) as eyes:
        for index in (150, -151, [3, 150]):
            with pytest.raises(IndexError, match="unityeyes.h5: rows 0 to 149 are there, asked for"):
                eyes[index]
        for wrong in (1.5, "look_vec", [[1, 2]], [True, False]):
            with pytest.raises(InputError, match="expected a row number, a slice or a list of row numbers, found"):
                eyes[wrong]  # type: ignore[index]
        assert sum(1 for _ in eyes) == 150  # ends


def test_the_kaggle_layout_too(tmp_path: Path) -> None:
    path = write_kaggle(tmp_path / "gaze.h5", 12)
    with open_eyes(path) as eyes:
        some = eyes[3:5]
        assert (some["image"] == eyes.read_images(3, 5)).all()
        assert (some["look_vec"] == eyes.read_label("look_vec", 3, 5)).all()


def test_a_file_says_what_it_holds(tmp_path: Path) -> None:
    path = write_eyes(tmp_path / "eyes.h5", 30)
    eyes = open_eyes(path)
    assert repr(eyes) == (
        f"EyeFile('{path}': 30 pictures of 16 x 18 grey; labels: head/pose float64 (3,), iris_2d float32 (8, 2), "
        "look_vec float32 (4,), path text, subject text; gaze: look_vec (unity_camera))"
    )
    eyes.close()
    assert repr(eyes).startswith(f"EyeFile('{path}', closed: 30 pictures")
    with h5py.File(path, "r+") as file:
        del file["look_vec"]
        for i in range(6):
            file[f"other_{i}"] = np.zeros(30)
    with open_eyes(path) as eyes:
        assert "other_5 float64, and 2 more; gaze: none" in repr(eyes)


def test_a_dataset_says_what_it_gives(eyes_path: Path) -> None:
    assert repr(EyeDataset(eyes_path)) == f"EyeDataset('{eyes_path}': 150 x 16 x 18 grey, labels=[], in memory)"
    dataset = EyeDataset(eyes_path, labels=["subject"], gaze="vector", in_memory=False)
    assert repr(dataset) == f"EyeDataset('{eyes_path}': 150 x 16 x 18 grey, labels=['subject'], gaze='vector')"
