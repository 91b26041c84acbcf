"""npz read back by NumPy without pickle: every label, and what the archive says of itself."""

from __future__ import annotations

import json
import zipfile

import h5py
import numpy as np

from gazeaug.converting.conversion import convert
from gazeaug.converting.rows import is_plain
from gazeaug.eyefile.origin import REFINED, kinds_of
from gazeaug.eyefile.reader import open_eyes
from tests.makers.every_kind import MODEL, write_every_kind


def test_npz_is_read_without_pickle(source, images, gaze, tmp_path):
    report = convert(source, tmp_path / "eyes.npz", to="npz")
    with np.load(report.output, allow_pickle=False) as arrays, h5py.File(source) as file:
        np.testing.assert_array_equal(arrays["image"], images)
        np.testing.assert_array_equal(arrays["gaze_pitchyaw"], gaze)
        for name in ("look_vec", "iris_2d", "subject"):
            assert arrays[name].dtype == file[name].dtype
            assert arrays[name].tobytes() == file[name][()].tobytes()
        assert arrays["head_pose"].tobytes() == file["head/pose"][()].tobytes()
        assert list(arrays["path"]) == [text.decode() for text in file["path"][()]]


def test_every_label_is_there_to_the_last_bit(tmp_path):
    source = write_every_kind(tmp_path / "eyes.h5")
    report = convert(source, tmp_path / "eyes.npz", to="npz")
    assert report.left_out == ()
    with np.load(report.output, allow_pickle=False) as arrays, open_eyes(source) as eyes:
        assert set(arrays.files) == {"image", "gaze_pitchyaw", *(name.replace("/", "_") for name in eyes.labels)}
        for name, label in eyes.labels.items():
            assert is_plain(label)
            found, given = arrays[name.replace("/", "_")], eyes.read_label(name, 0, eyes.n_images)
            if given.dtype.kind == "O":
                assert found.tolist() == np.vectorize(bytes.decode, otypes=[object])(given).tolist()
            else:
                assert (found.dtype, found.tobytes()) == (np.dtype(given.dtype.str), given.tobytes())


def test_the_archive_says_what_made_the_eyes_and_no_loop_over_members_meets_it(tmp_path):
    source = write_every_kind(tmp_path / "eyes.h5")
    report = convert(source, tmp_path / "eyes.npz", to="npz")
    with zipfile.ZipFile(report.output) as archive:
        facts = json.loads(archive.comment)
    assert facts["input_provenance"] == MODEL
    assert facts["eyes"] == ["refined"]
    assert kinds_of(facts) == {REFINED}
    assert facts["labels"]["look_vec"]["attributes"] == {"frame": "unity_camera"}
    assert facts["labels"]["whole/u4"] == {
        "column": "whole_u4",
        "type": {"number": ">u4"},
        "shape": [2],
        "attributes": {},
    }
    with np.load(report.output) as arrays:
        assert {len(arrays[name]) for name in arrays.files} == {70}


def test_what_is_too_long_for_a_comment_is_left_out_of_it(tmp_path):
    source = write_every_kind(tmp_path / "eyes.h5")
    with h5py.File(source, "r+") as file:
        file["look_vec"].attrs["about"] = "x" * 60_000
        file["side"].attrs["about"] = "x" * 6_000
    report = convert(source, tmp_path / "eyes.npz", to="npz")
    with zipfile.ZipFile(report.output) as archive:
        facts = json.loads(archive.comment)
    assert ("labels" in facts, facts["input_provenance"]) == (False, MODEL)
    assert len(np.load(report.output)["image"]) == 70


def test_grey_is_written_in_three_channels_when_told_and_rgb_in_one(tmp_path):
    source = write_every_kind(tmp_path / "eyes.h5", 5)
    report = convert(source, tmp_path / "rgb.npz", to="npz", color=True)
    assert report.notes[0] == "pictures: grey repeated in 3 channels"
    with h5py.File(source) as file:
        expected = np.repeat(file["image"][()][..., None], 3, axis=3)
    np.testing.assert_array_equal(np.load(report.output)["image"], expected)
    with h5py.File(source, "r+") as file:
        del file["image"]
        file["image"] = expected
    report = convert(source, tmp_path / "grey.npz", to="npz", color=False)
    assert report.notes[0] == "pictures: RGB became grey"
    np.testing.assert_array_equal(np.load(report.output)["image"], expected[..., 0])
