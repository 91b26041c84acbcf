"""Each target read back as its own readers do: pictures and gaze equal; what does not fit there is named."""

from __future__ import annotations

import json
import os

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.converting.conversion import TARGETS, convert
from gazeaug.errors import InputError, RunError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.sources.hdf5 import prepare_kaggle
from gazeaug.sources.own_folders import MARKS
from gazeaug_cli.app import app
from tests.makers.every_kind import N_EYES as N
from tests.makers.eye_files import write_eyes


def rows_of(person: int) -> slice:
    """Person k of `write_eyes` has the rows k, k + 15, k + 30 and on."""
    return slice(person, None, 15)


@pytest.mark.parametrize("kind", ["npz", "kaggle", "folder", "parquet"])
def test_labels_in_pixels_go_where_resized_pictures_go(tmp_path, kind):
    """36x60 of 35x55 loses a row above and below, then has 12 pixels for 11."""
    source = write_eyes(tmp_path / "eyes.h5", 20, shape=(35, 55))
    report = convert(source, tmp_path / "o", to=kind, size=(36, 60))
    assert "labels in pixels moved along: iris_2d" in report.notes
    with h5py.File(source) as file:
        expected = (file["iris_2d"][()].astype(float) + 0.5 - (0, 1)) * 12 / 11 - 0.5
    if kind == "npz":
        found = np.load(report.output)["iris_2d"]
    elif kind == "kaggle":
        with h5py.File(report.output) as file:
            found = file["iris_2d"][()]
    elif kind == "folder":
        lines = (report.output / "metadata.jsonl").read_text().splitlines()
        found = np.array([json.loads(line)["iris_2d"] for line in lines])
    else:
        parquet = pytest.importorskip("pyarrow.parquet")
        found = np.array(parquet.read_table(report.output)["iris_2d"].to_pylist())
    np.testing.assert_allclose(found, expected, atol=1e-5)
    with h5py.File(source, "r+") as file:
        del file["iris_2d"].attrs["units"], file["iris_2d"].attrs["axes"]
    with pytest.raises(InputError, match="'iris_2d' looks like places in pixels"):
        convert(source, tmp_path / "p", to=kind, size=(36, 60))
    convert(source, tmp_path / "p", to=kind, size=(36, 60), labels=["look_vec"])


@pytest.mark.parametrize("kind", ["mpiigaze-h5", "xgaze", "faze", "gazehub"])
@pytest.mark.parametrize(
    ("dtype", "attributes", "options", "pitch"),
    [
        ("f4", {"units": "degrees"}, {}, 10),
        ("i4", {"units": "degrees"}, {}, 10),
        ("f4", {}, {"head_convention": "degrees"}, 10),
        ("i2", {}, {"head_convention": "degrees"}, 10),
        ("f4", {}, {}, 0),
        ("i4", {}, {}, 0),
    ],
)
def test_head_poses_are_never_taken_for_radians(tmp_path, kind, dtype, attributes, options, pitch):
    source = write_eyes(tmp_path / "eyes.h5", 4, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        file["head_pose"] = np.tile(np.array([10, -3], dtype), (4, 1))
        file["head_pose"].attrs.update(attributes)
    report = convert(source, tmp_path / "o", to=kind, **options)
    note = "head pose: zeros, as 'head_pose' says nothing of its numbers; --head-convention states it"
    assert (note in report.notes) == (not pitch)
    assert ("head_pose" in report.left_out) == (not pitch and kind != "xgaze")  # which carries it under its own name
    if kind == "gazehub":
        line = (report.output / "Label" / "p00.label").read_text().splitlines()[1].split(" ")
        found = np.array(line[6].split(","), float)[::-1]
    else:
        name = {"mpiigaze-h5": "p00/pose", "xgaze": "face_head_pose", "faze": "p00/labels"}[kind]
        with h5py.File(report.output) as file:
            found = file[name][0][-2:]
    np.testing.assert_allclose(np.rad2deg(found), (10, -3) if pitch else (0, 0), atol=1e-5)


def test_kaggle_is_read_by_path_and_even_in_the_order_of_the_keys(source, images, tmp_path):
    report = convert(source, tmp_path / "gaze.h5", to="kaggle")
    assert report.left_out == ()
    with h5py.File(report.output) as file, h5py.File(source) as given:
        by_order = np.stack([dataset[()] for dataset in file["image"].values()])
        np.testing.assert_array_equal(by_order, images)
        for name, was in [("look_vec", "look_vec"), ("head/pose", "head/pose"), ("source_path", "path")]:
            assert file[name].dtype == given[was].dtype
            np.testing.assert_array_equal(file[name][()], given[was][()])
    with open_eyes(report.output) as eyes:
        assert eyes.layout == "kaggle"
        np.testing.assert_array_equal(eyes.read_images(0, N), images)


def test_labels_of_the_names_that_kaggle_uses_are_all_there(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 12, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        file["source_path"], file["key"], file["other"] = np.arange(12), np.arange(12) + 1, file["image"][()]
    report = convert(source, tmp_path / "gaze.h5", to="kaggle")
    assert report.left_out == ()
    assert "path: names the keys now; the source's own is in 'source_source_path'" in report.notes
    with h5py.File(source) as given, h5py.File(report.output) as made:
        for own, name in {"path": "source_source_path", "source_path": "source_path", "key": "key"}.items():
            assert made[name][()].tolist() == given[own][()].tolist()
        assert made["path"].asstr()[0] == "01"
    prepare_kaggle(report.output, tmp_path / "back.h5")
    convert(tmp_path / "back.h5", tmp_path / "again.h5", to="kaggle")
    with h5py.File(source, "r+") as file:
        del file["path"]
        file["path/x"] = np.arange(12)
    assert convert(source, tmp_path / "gaze2.h5", to="kaggle").left_out == ("path/x",)
    assert convert(source, tmp_path / "gaze3.h5", to="kaggle", image="other").left_out == ("path/x",)


def test_a_stated_convention_is_what_is_converted_from(source, tmp_path):
    with h5py.File(tmp_path / "eyes.h5", "w") as file, h5py.File(source) as given:
        file["image"], file["gaze"] = given["image"][:5], np.deg2rad([[10, -20]] * 5)  # yaw first
    report = convert(tmp_path / "eyes.h5", tmp_path / "x.h5", to="xgaze", convention="gazehub")
    with h5py.File(report.output) as file:
        np.testing.assert_allclose(np.rad2deg(file["face_gaze"][0]), [-20, 10], rtol=1e-6)


@pytest.mark.parametrize("kind", TARGETS)
def test_a_failure_leaves_nothing_and_keeps_what_was_there(kind, tmp_path, monkeypatch):
    source = write_eyes(tmp_path / "eyes.h5", 1100, shape=(36, 60))
    output = tmp_path / "out"
    convert(source, output, to=kind)
    before = sorted(tmp_path.rglob("*"))
    read = open_eyes(source).__class__.read_images

    def fail_later(eyes, start, stop):
        if start:
            raise OSError(28, "No space left on device")
        return read(eyes, start, stop)

    monkeypatch.setattr("gazeaug.eyefile.reader.EyeFile.read_images", fail_later)
    with pytest.raises(RunError, match="the disk is full"):
        convert(source, output, to=kind, overwrite=True)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["npz", "folder"])
def test_an_output_is_replaced_only_when_told(source, kind, tmp_path):
    output = tmp_path / "out"
    convert(source, output, to=kind, labels=["look_vec"])
    with pytest.raises(InputError, match="exists already"):
        convert(source, output, to=kind)
    convert(source, output, to=kind, overwrite=True)
    assert sorted(os.listdir(tmp_path)) == ["out"]


def test_a_folder_that_no_conversion_made_is_never_replaced(source, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.jpg").write_bytes(b"mine")
    with pytest.raises(InputError, match="holds files that no conversion wrote"):
        convert(source, tmp_path / "photos", to="folder", overwrite=True)
    assert (tmp_path / "photos" / "mine.jpg").read_bytes() == b"mine"


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("text", ["", "my notes", "{}", "[" * 100_000, '{"command": 5, "versions": {}}', "\udcff"])
def test_a_file_of_the_users_own_by_the_name_of_our_mark_protects_nothing_of_ours(source, tmp_path, mark, text):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "face.jpg").write_bytes(b"mine")
    (tmp_path / "mine" / mark).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match="holds files that no conversion wrote"):
        convert(source, tmp_path / "mine", to="webdataset", overwrite=True)
    assert sorted(os.listdir(tmp_path / "mine")) == sorted([mark, "face.jpg"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"to": "tfrecord"}, "--to must be one of mpiigaze-h5, xgaze, .*got 'tfrecord'"),
        ({"to": "folder", "table": "xlsx"}, "--table must be one of jsonl, csv"),
        ({"to": "npz", "labels": ["gaze"]}, "no label 'gaze'"),
        (
            {"to": "npz", "head_convention": "degrees"},
            "--head-convention is for targets with a head pose .* npz",
        ),
        ({"to": "xgaze", "head_convention": "degrees"}, "no label of the names head_pitchyaw, .*head_pose"),
    ],
)
def test_wrong_options_are_refused(source, tmp_path, options, said):
    with pytest.raises(InputError, match=said):
        convert(source, tmp_path / "o", **options)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_go_along_is_refused_or_named(tmp_path):
    source = write_eyes(tmp_path / "eyes.h5", 20, shape=(36, 60))
    with h5py.File(source, "r+") as file:
        file["both"] = np.zeros(20, [("a", "f4"), ("b", "i4")])
    assert convert(source, tmp_path / "o.npz", to="npz").left_out == ("both",)
    with h5py.File(source, "r+") as file:
        file["head_pose"] = np.zeros((20, 3))
    with pytest.raises(InputError, match="two labels would become the column 'head_pose'"):
        convert(source, tmp_path / "p.npz", to="npz")
    with h5py.File(source, "r+") as file:
        file["look_vec"].attrs["frame"] = "opencv_camera"
    with pytest.raises(InputError, match="its attributes say 'opencv', --convention says 'unityeyes'"):
        convert(source, tmp_path / "p.h5", to="xgaze", convention="unityeyes")
    with h5py.File(source, "r+") as file:
        del file["look_vec"].attrs["frame"]
    with pytest.raises(InputError, match="name no convention of gaze that is known here; state it with --convention"):
        convert(source, tmp_path / "p.h5", to="xgaze")
    assert "so only as it is" in convert(source, tmp_path / "q.h5", to="kaggle").notes[0]
    with h5py.File(source, "r+") as file:
        del file["look_vec"]
    with pytest.raises(InputError, match="no label of the names look_vec, gaze"):
        convert(source, tmp_path / "p.h5", to="xgaze")


@pytest.mark.parametrize(("kind", "library"), [("webdataset", "webdataset"), ("parquet", "pyarrow")])
def test_a_missing_library_is_named_with_the_line_to_type(source, tmp_path, monkeypatch, kind, library):
    monkeypatch.setitem(__import__("sys").modules, library, None)
    with pytest.raises(InputError, match=rf"pip install 'gazeaug\[{kind}\]'"):
        convert(source, tmp_path / "o", to=kind)
    assert list(tmp_path.iterdir()) == []


def test_the_command_tells_what_was_written_and_what_was_not(source, tmp_path):
    line = ["convert", str(source), "--to", "mpiigaze-h5", "-o", str(tmp_path / "M.h5")]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 0, result.output
    for part in ["1,100 eyes", "M.h5", "head pose: zeros", "does not hold: head/pose, iris_2d, path"]:
        assert part in result.output


@pytest.mark.parametrize(
    ("option", "value", "taker"), [("columns", "eye", "gazehub"), ("table", "jsonl", "folder"), ("person", "k", "faze")]
)
def test_options_of_other_targets_are_refused_also_where_they_ask_for_what_is_usual(tmp_path, option, value, taker):
    source = write_eyes(tmp_path / "eyes.h5", 20)
    with pytest.raises(InputError, match=rf"--{option} is for --to .*{taker}.*, not for npz"):
        convert(source, tmp_path / "o.npz", to="npz", **{option: value})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["eyes.h5"]
    convert(source, tmp_path / "o.npz", to="npz", flat=False, for_trainer=False)
