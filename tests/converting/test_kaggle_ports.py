"""The Kaggle layout as ports of SimGAN read it: grey eyes of 35x55 by the order of the keys."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from gazeaug.converting.conversion import convert
from tests.makers.eye_files import write_eyes


def stacked(path: Path) -> np.ndarray:
    """As mnjm/SimGAN (h5_ds.py), abojja9/SimGAN_eyes (train.py) and hayanakamura/SimGAN-pytorch (dataset.py) read."""
    with h5py.File(path, "r") as file:
        assert all(name in file for name in ("image", "look_vec", "path"))
        images = file["image"]
        assert isinstance(images, h5py.Group)
        data = np.zeros((len(images), 35, 55, 1), np.float32)
        for i, image in enumerate(images.values()):
            data[i] = np.expand_dims(image, -1)  # of 35x55 and one channel, or this fails
    return (data - 128) / 128


def test_colour_eyes_of_another_size_are_read_when_written_grey(tmp_path: Path) -> None:
    source = write_eyes(tmp_path / "eyes.h5", 12, shape=(70, 110, 3))
    report = convert(source, tmp_path / "gaze.h5", to="kaggle", size=(35, 55), color=False)
    assert report.notes[:2] == ("pictures: RGB became grey", "pictures: resized to 35x55")
    with h5py.File(source) as file:
        small = [Image.fromarray(image).resize((55, 35), Image.Resampling.BICUBIC) for image in file["image"][()]]
    expected = np.stack([np.asarray(picture.convert("L")) for picture in small])
    np.testing.assert_array_equal(stacked(report.output)[..., 0], (expected.astype("f4") - 128) / 128)
