"""The whole job on true UnityEyes output and real MPIIGaze eyes."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image, ImageDraw

from gazeaug.eyes import open_eyes
from gazeaug.prepare import prepare_folder, prepare_unityeyes
from gazeaug.refining import refine
from gazeaug.training import train
from gazeaug_exporters import export_onnx

pytestmark = pytest.mark.real_data


def inside(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Mask of a polygon."""
    mask = Image.new("1", (size[1], size[0]))
    ImageDraw.Draw(mask).polygon([tuple(point) for point in points.tolist()], fill=1)
    return np.asarray(mask)


def test_landmarks_sit_on_the_iris(real_data_folder: Path, tmp_path: Path) -> None:
    """Where the lids leave it free, the iris polygon is darker than the rest of the eye: not so with y upside down."""
    report = prepare_unityeyes(real_data_folder / "unityeyes" / "output", tmp_path / "o.h5", size=(70, 110))
    assert report.n_images == 56
    darker = compared = 0
    with open_eyes(tmp_path / "o.h5") as eyes:
        images, lids = eyes.read_images(0, 56), eyes.read_label("interior_margin_2d", 0, 56)
        irises = eyes.read_label("iris_2d", 0, 56)
    for image, lid, iris in zip(images, lids, irises, strict=True):
        eye, disc = inside(lid, image.shape), inside(iris, image.shape)
        if (eye & disc).sum() > 150 and (eye & ~disc).sum() > 150:
            compared += 1
            darker += image[eye & disc].mean() < image[eye & ~disc].mean()
    assert compared >= 25
    assert darker / compared > 0.9


def test_train_export_and_refine_towards_mpiigaze(
    real_data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare_unityeyes(real_data_folder / "unityeyes" / "output", "unityeyes.h5")
    prepare_folder(real_data_folder / "mpiigaze", "real.h5")
    train(synthetic="unityeyes.h5", real="real.h5", steps=50, features=8, lambda_=4.0, match="histogram")
    export_onnx()
    report = refine("unityeyes.h5")
    with h5py.File("unityeyes.h5") as given, h5py.File(report.output) as refined:
        assert set(given) == set(refined)
        for name in given:
            if name != "image":
                np.testing.assert_array_equal(given[name][()], refined[name][()])
        change = np.abs(refined["image"][()].astype(float) - given["image"][()])
        assert 0.5 < change.mean() < 60
