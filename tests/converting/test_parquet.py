"""Parquet read back by Hugging Face's datasets, pandas and pyarrow: every label, and what the schema says."""

from __future__ import annotations

import io
import json

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.converting.conversion import convert
from gazeaug.eyefile.origin import REFINED, kinds_of
from gazeaug.eyefile.reader import open_eyes
from tests.makers.every_kind import MODEL, write_every_kind


def test_hugging_face_reads_parquet_as_pictures(source, images, gaze, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    report = convert(source, tmp_path / "eyes.parquet", to="parquet")
    rows = datasets.Dataset.from_parquet(str(report.output), cache_dir=str(tmp_path / "cache"))
    assert isinstance(rows.features["image"], datasets.Image)
    np.testing.assert_array_equal([np.asarray(picture) for picture in rows["image"]], images)
    np.testing.assert_array_equal(rows["gaze_pitchyaw"][:], gaze)
    with h5py.File(source) as file:
        for name, was in [("look_vec", "look_vec"), ("head_pose", "head/pose"), ("iris_2d", "iris_2d")]:
            np.testing.assert_array_equal(rows[name][:], file[was][()])
        assert rows["path"][:] == [text.decode() for text in file["path"][()]]


def test_every_label_is_there_to_the_last_bit(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    source = write_every_kind(tmp_path / "eyes.h5")
    report = convert(source, tmp_path / "eyes.parquet", to="parquet")
    assert report.left_out == ()
    table = parquet.read_table(report.output)
    with open_eyes(source) as eyes:
        names = {name: name.replace("/", "_") for name in eyes.labels}
        assert set(table.column_names) == {"image", "gaze_pitchyaw", *names.values()}
        for name, column in names.items():
            given = eyes.read_label(name, 0, eyes.n_images)
            found = table[column].to_pylist()
            if given.dtype.kind in "OS":
                assert found == np.vectorize(bytes.decode, otypes=[object])(given).tolist()
            else:
                assert np.array(found, given.dtype).tobytes() == given.tobytes()


def test_the_schema_says_what_made_the_eyes(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    source = write_every_kind(tmp_path / "eyes.h5")
    report = convert(source, tmp_path / "eyes.parquet", to="parquet")
    facts = json.loads(parquet.read_schema(report.output).metadata[b"gazeaug"])
    assert facts["input_provenance"] == MODEL
    assert kinds_of(facts) == {REFINED}
    assert facts["labels"]["look_vec"]["attributes"] == {"frame": "unity_camera"}


def test_a_folder_with_the_file_is_a_dataset_and_pandas_reads_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    pandas = pytest.importorskip("pandas")
    source = write_every_kind(tmp_path / "eyes.h5", 6)
    (tmp_path / "set").mkdir()
    report = convert(source, tmp_path / "set" / "eyes.parquet", to="parquet", color=True, labels=["subject"])
    rows = datasets.load_dataset(str(tmp_path / "set"), cache_dir=str(tmp_path / "cache"), split="train")
    with h5py.File(source) as file:
        images = np.repeat(file["image"][()][..., None], 3, axis=3)
    assert [picture.mode for picture in rows["image"]] == ["RGB"] * 6
    np.testing.assert_array_equal([np.asarray(picture) for picture in rows["image"]], images)
    frame = pandas.read_parquet(report.output)
    assert list(frame["subject"]) == [f"p{i:02d}" for i in range(6)]
    read = [np.asarray(Image.open(io.BytesIO(picture["bytes"]))) for picture in frame["image"]]
    np.testing.assert_array_equal(read, images)
