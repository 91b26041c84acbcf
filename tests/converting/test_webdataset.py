"""Tar shards read back by webdataset and by Hugging Face's datasets, one shard and several; every label."""

from __future__ import annotations

import glob
import io
import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.converting.conversion import ConvertReport, convert
from gazeaug.eyefile.origin import REFINED, kinds_of
from gazeaug.eyefile.reader import open_eyes
from gazeaug.sources.own_folders import MARK
from tests.makers.every_kind import MODEL, N_EYES, write_every_kind


@pytest.mark.usefixtures("files_left_open")
def test_webdataset_reads_its_shards(source, images, gaze, tmp_path, monkeypatch):
    webdataset = pytest.importorskip("webdataset")
    monkeypatch.setattr("gazeaug.converting.webdataset.IMAGES_A_SHARD", 400)
    report = convert(source, tmp_path / "shards", to="webdataset")
    shards = sorted(str(path) for path in report.output.glob("*.tar"))
    assert len(shards) == 3
    rows = list(webdataset.WebDataset(shards, shardshuffle=False).decode("pil").to_tuple("__key__", "png", "json"))
    assert [key for key, _, _ in rows] == [f"{row:08d}" for row in range(N_EYES)]
    np.testing.assert_array_equal([np.asarray(png.convert("L")) for _, png, _ in rows], images)
    np.testing.assert_array_equal([labels["gaze_pitchyaw"] for _, _, labels in rows], gaze)
    with h5py.File(source) as file:
        np.testing.assert_array_equal(np.float32([labels["look_vec"] for _, _, labels in rows]), file["look_vec"][()])


@pytest.mark.usefixtures("files_left_open")
@pytest.mark.parametrize("rows_a_shard", [100, 30])
@pytest.mark.parametrize("by", ["folder", "module"])
def test_datasets_takes_nothing_but_shards_for_data(tmp_path, monkeypatch, rows_a_shard, by):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr("gazeaug.converting.webdataset.IMAGES_A_SHARD", rows_a_shard)
    source = write_every_kind(tmp_path / "eyes.h5")
    folder = convert(source, tmp_path / "shards", to="webdataset", labels=["look_vec", "subject"]).output
    given = {"path": str(folder)} if by == "folder" else {"path": "webdataset", "data_dir": str(folder)}
    rows = datasets.load_dataset(**given, cache_dir=str(tmp_path / "cache"), split="train")
    assert set(rows.column_names) == {"png", "json", "__key__", "__url__"}
    assert rows["__key__"][:] == [f"{row:08d}" for row in range(70)]
    with h5py.File(source) as file:
        np.testing.assert_array_equal([np.asarray(picture) for picture in rows["png"]], file["image"][()])
        look_vec = np.float32([labels["look_vec"] for labels in rows["json"]])
        np.testing.assert_array_equal(look_vec, file["look_vec"][()])


@pytest.mark.usefixtures("files_left_open")
def test_every_label_is_there_to_the_last_bit(tmp_path):
    webdataset = pytest.importorskip("webdataset")
    source = write_every_kind(tmp_path / "eyes.h5")
    report = convert(source, tmp_path / "shards", to="webdataset")
    assert report.left_out == ()
    shards = [str(path) for path in report.output.glob("*.tar")]
    rows = [labels for (labels,) in webdataset.WebDataset(shards, shardshuffle=False).decode().to_tuple("json")]
    with open_eyes(source) as eyes:
        for name in eyes.labels:
            given = eyes.read_label(name, 0, eyes.n_images)
            found = [row[name.replace("/", "_")] for row in rows]
            if given.dtype.kind in "OS":
                assert found == np.vectorize(bytes.decode, otypes=[object])(given).tolist()
            else:
                assert np.array(found, given.dtype).tobytes() == given.tobytes()


class ThreeChannels:
    """As a loader with ImageNet's statistics: each picture as Pillow opens it, then less a mean a channel."""

    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])

    def __call__(self, png: bytes) -> np.ndarray:
        pixels = np.asarray(Image.open(io.BytesIO(png)))
        channels_first = (pixels if pixels.ndim == 3 else pixels[:, :, None]).transpose(2, 0, 1) / 255
        assert len(channels_first) == len(self.mean)  # torchvision's Normalize fails where they differ
        return (channels_first - self.mean[:, None, None]) / self.std[:, None, None]


@pytest.mark.usefixtures("files_left_open")
def test_three_channels_are_written_when_told_and_the_note_says_when_they_are_needed(tmp_path):
    webdataset = pytest.importorskip("webdataset")
    source = write_every_kind(tmp_path / "eyes.h5", 5)
    said = "pictures: grey, of one channel; loaders that normalise three (mean and std of RGB) need --rgb"

    def pictures(report: ConvertReport) -> list[bytes]:
        rows = webdataset.WebDataset(str(report.output / "eyes-000000.tar"), shardshuffle=False)
        return [png for (png,) in rows.to_tuple("png")]

    grey = convert(source, tmp_path / "grey", to="webdataset")
    assert said in grey.notes
    with pytest.raises(AssertionError):
        ThreeChannels()(pictures(grey)[0])
    rgb = convert(source, tmp_path / "rgb", to="webdataset", color=True)
    assert said not in rgb.notes
    assert [ThreeChannels()(png).shape for png in pictures(rgb)] == [(3, 36, 60)] * 5


def test_no_loop_over_endings_meets_what_is_said_of_the_eyes(tmp_path):
    source = write_every_kind(tmp_path / "eyes.h5", 5)
    folder: Path = convert(source, tmp_path / "shards", to="webdataset").output
    assert glob.glob(f"{folder}/*") == [f"{folder}/eyes-000000.tar"]
    for pattern in ("*.json", "*.txt", "*.*", "*.tar"):
        assert [path.name for path in folder.glob(pattern) if path.suffix] in ([], ["eyes-000000.tar"])
    facts = json.loads((folder / MARK).read_text("utf-8"))
    assert facts["input_provenance"] == MODEL
    assert kinds_of(facts) == {REFINED}
