"""UnityEyes2: a row a camera, the gaze in that camera's own frame, and nothing guessed where the JSON is not clear."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.sources.folders import prepare_unityeyes2
from gazeaug.sources.options import CropOptions
from gazeaug.sources.unityeyes2 import read_view
from tests.makers import sources


def test_every_camera_is_a_row_with_its_own_gaze(tmp_path: Path) -> None:
    sources.write_unityeyes2(tmp_path / "in", 11)
    assert prepare_unityeyes2(tmp_path / "in", tmp_path / "o.h5", workers=1).n_images == 22
    truth = sources.rendered(22)
    with open_eyes(tmp_path / "o.h5") as eyes:
        cameras = [camera.decode() for camera in eyes.read_label("camera", 0, 22)]
        paths = [path.decode() for path in eyes.read_label("path", 0, 22)]
        assert cameras == ["cam0", "far left"] * 11
        assert paths[2:4] == ["in/2_cam0.jpg", "in/2_far left.jpg"]
        assert paths[-1] == "in/11_far left.jpg"
        np.testing.assert_allclose(eyes.read_label("look_vec", 0, 22), truth.look_vec, atol=2e-4)


def only_camera(described: dict[str, Any]) -> None:
    del described["cameras"]["far left"]
    del described["cameras"]["cam0"]["ground_truth"]


def test_a_single_camera_needs_no_ground_truth(tmp_path: Path) -> None:
    assert view(tmp_path, only_camera).labels["look_vec"].tolist() == [0, np.float32(0.6), np.float32(-0.8), 0]


def view(folder: Path, change: Callable[[dict[str, Any]], Any]) -> Any:
    """The first camera's eye of a JSON that is not as it was."""
    sources.write_unityeyes2(folder, 1)
    described = json.loads((folder / "1.json").read_text())
    change(described)
    (folder / "1.json").write_text(json.dumps(described))
    return read_view(folder / "1_cam0.jpg", CropOptions())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["cameras"].pop("cam0"), "says nothing of the camera 'cam0' of 1_cam0.jpg"),
        (lambda d: d["cameras"]["cam0"].pop("ground_truth"), "does not say of which"),
        (
            lambda d: d["cameras"]["cam0"]["ground_truth"].update(gaze_vector="(0.0, 0.0, -1.0)"),
            "give a gaze whose length is not 1",
        ),
        (lambda d: d["cameras"]["cam0"]["ground_truth"].pop("iris_center"), "'iris_center' is missing"),
        (lambda d: d["cameras"]["cam0"].pop("iris_2d"), "'iris_2d' is missing"),
        (lambda d: d.update(cameras=["cam0"]), "says nothing of the camera"),
        (lambda d: d["cameras"].update(cam0="no"), "says nothing of the camera"),
        (lambda d: d["cameras"]["cam0"].update(ground_truth=3), "of another kind"),
    ],
)
def test_what_is_not_clear_is_refused(tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str) -> None:
    with pytest.raises(InputError, match=rf"1\.json: .*{said}"):
        view(tmp_path, change)


def test_folders_without_cameras_are_refused(tmp_path: Path) -> None:
    sources.write_unityeyes(tmp_path, 1)
    with pytest.raises(InputError, match="expected UnityEyes2's N_<camera>"):
        prepare_unityeyes2(tmp_path, tmp_path / "o.h5")


def test_a_json_without_pictures_is_told_of(tmp_path: Path) -> None:
    folder = sources.write_unityeyes2(tmp_path / "in", 2)
    for picture in folder.glob("1_*.jpg"):
        picture.unlink()
    with pytest.raises(InputError, match=r"1\.json: its pictures, 1_<camera>\.jpg, are missing\. \(--keep-going"):
        prepare_unityeyes2(tmp_path / "in", tmp_path / "o.h5")
    report = prepare_unityeyes2(tmp_path / "in", tmp_path / "o.h5", keep_going=True)
    assert (report.n_images, report.left_out) == (2, {"unreadable": 1})
