"""SynthesEyes: gaze in OpenGL's axes, pickles of Python 2 and 3, damaged ones named."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path

import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.sources.syntheseyes import prepare_syntheseyes
from tests.makers import sources


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_gaze_and_head_pose_are_as_the_pickle_has_them(tmp_path: Path, protocol: int) -> None:
    sources.write_syntheseyes(tmp_path / "in", 3, protocol=protocol)
    assert prepare_syntheseyes(tmp_path / "in", tmp_path / "o.h5", workers=1).n_images == 3
    with open_eyes(tmp_path / "o.h5") as eyes:
        expected = sources.rendered(3).look_vec[:, :3].astype(float) * (1, 1, -1)
        np.testing.assert_array_equal(eyes.read_label("look_vec", 0, 3), expected)
        np.testing.assert_array_equal(eyes.read_label("head_pose", 0, 1)[0], np.eye(3))
        assert eyes.labels["look_vec"].attributes["frame"] == "opengl_camera"
        assert (eyes.labels["lids_2d"].shape, eyes.labels["pupil_2d"].shape) == ((8, 2), (4, 2))


def test_items_that_are_not_as_the_others_are_named(tmp_path: Path) -> None:
    folder = sources.write_syntheseyes(tmp_path / "in", 6) / "f01"
    (folder / "f01_1.pkl").unlink()
    (folder / "f01_2.pkl").write_bytes(pickle.dumps({"look_vec": [0, 0, 2.0], "ldmks": {}}))
    (folder / "f01_3.pkl").write_bytes(pickle.dumps([1, 2]))
    (folder / "f01_4.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"f01_1\.pkl: missing; every picture needs its \.pkl"):
        prepare_syntheseyes(tmp_path / "in", tmp_path / "o.h5")
    report = prepare_syntheseyes(tmp_path / "in", tmp_path / "o.h5", keep_going=True)
    assert (report.n_images, report.n_rejected) == (2, 4)
    with (tmp_path / "o.h5.rejected.csv").open() as file:
        reasons = [reason for _, reason in csv.reader(file)][1:]
    for reason, said in zip(reasons, ["missing", "length 1", "expected a dict", "does not decode"], strict=True):
        assert said in reason


def test_a_folder_without_one_good_item_is_refused(tmp_path: Path) -> None:
    folder = sources.write_syntheseyes(tmp_path / "in", 1)
    (folder / "f01" / "f01_0.pkl").write_bytes(b"")
    with pytest.raises(InputError, match=r"not one of 1 items can be read; the first: .*f01_0\.pkl"):
        prepare_syntheseyes(folder, tmp_path / "o.h5", keep_going=True)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="found no png"):
        prepare_syntheseyes(tmp_path / "empty", tmp_path / "o.h5")


def test_a_pickle_without_its_picture_is_told_of(tmp_path: Path) -> None:
    folder = sources.write_syntheseyes(tmp_path / "in", 3) / "f01"
    (folder / "f01_1.png").unlink()
    with pytest.raises(InputError, match=r"f01_1\.pkl: its picture, a \.png, is missing\. \(--keep-going"):
        prepare_syntheseyes(tmp_path / "in", tmp_path / "o.h5")
    report = prepare_syntheseyes(tmp_path / "in", tmp_path / "o.h5", keep_going=True)
    assert (report.n_images, report.left_out) == (2, {"unreadable": 1})


def test_endings_come_in_large_letters_too(tmp_path: Path) -> None:
    folder = sources.write_syntheseyes(tmp_path / "in", 2) / "f01"
    for path in list(folder.iterdir()):
        path.rename(path.with_suffix(path.suffix.upper()))
    assert prepare_syntheseyes(tmp_path / "in", tmp_path / "o.h5").n_images == 2
