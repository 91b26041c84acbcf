"""UnityEyes' head poses, Columbia's and MPIIGaze's in each target that has one: from `prepare` to the numbers."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.converting.conversion import convert
from gazeaug.sources.folders import prepare_columbia, prepare_unityeyes, prepare_unityeyes2
from gazeaug.sources.syntheseyes import prepare_syntheseyes
from tests.makers.sources import write_item, write_syntheseyes, write_unityeyes2

# head_pose as UnityEyes writes it, and pitch and yaw that follow by hand (tests/gaze/test_head_conventions.py)
HEADS = [
    ("(20.0000, 180.0000, 0.0000)", (-20, 0)),
    ("(340.0000, 220.0000, 0.0000)", (15.1889, -41.7633)),
    ("(0.0000, 145.0000, 0.0000)", (0, 35)),
]


@pytest.fixture
def unityeyes(tmp_path: Path) -> Path:
    """An eye file of three renders with these heads."""
    folder = tmp_path / "imgs"
    folder.mkdir()
    for number, (head, _) in enumerate(HEADS, 1):
        write_item(folder, number)
        path = folder / f"{number}.json"
        path.write_text(path.read_text().replace("(350.0000, 180.0000, 0.0000)", head))
    prepare_unityeyes(folder, tmp_path / "u.h5", size=(36, 60))
    return tmp_path / "u.h5"


def head_in(path: Path, kind: str) -> np.ndarray:
    """Pitch and yaw of the heads in degrees, as the target's own loaders find them."""
    if kind == "gazehub":
        header, *lines = (path / "Label" / "p00.label").read_text().splitlines()
        column = header.split(" ").index("2DHead")
        return np.rad2deg([[float(number) for number in line.split(" ")[column].split(",")][::-1] for line in lines])
    name = {"mpiigaze-h5": "p00/pose", "xgaze": "face_head_pose", "faze": "p00/labels"}[kind]
    with h5py.File(path) as file:
        return np.rad2deg(file[name][:, -2:])


@pytest.mark.parametrize("kind", ["mpiigaze-h5", "xgaze", "faze", "gazehub"])
@pytest.mark.parametrize("made", ["now", "by an older version", "by hand"])
def test_unityeyes_heads_reach_every_target(unityeyes: Path, tmp_path: Path, kind: str, made: str) -> None:
    options = {}
    with h5py.File(unityeyes, "r+") as file:
        attributes = file["head_pose"].attrs
        if made != "now":
            attributes.clear()
        if made == "by an older version":
            attributes.update({"units": "degrees", "order": "pitch, yaw, roll as UnityEyes wrote it"})
        if made == "by hand":
            options = {"head_convention": "unityeyes"}
    report = convert(unityeyes, tmp_path / "out", to=kind, **options)
    assert not [note for note in report.notes if "head pose" in note]
    assert "head_pose" not in report.left_out
    np.testing.assert_allclose(head_in(tmp_path / "out", kind), [pitchyaw for _, pitchyaw in HEADS], atol=1e-3)


def test_each_camera_of_unityeyes2_has_its_own_head(tmp_path: Path) -> None:
    folder = write_unityeyes2(tmp_path / "in", 1)
    path = folder / "1.json"
    texts = path.read_text().split("(350.0000, 180.0000, 0.0000)")
    path.write_text(texts[0] + HEADS[0][0] + texts[1] + HEADS[1][0] + texts[2])
    prepare_unityeyes2(folder, tmp_path / "u.h5", size=(36, 60))
    convert(tmp_path / "u.h5", tmp_path / "out.h5", to="xgaze")
    np.testing.assert_allclose(head_in(tmp_path / "out.h5", "xgaze"), [HEADS[0][1], HEADS[1][1]], atol=1e-3)


def test_columbias_heads_have_their_yaw(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("0001_2m_-15P_0V_0H.png", "0002_2m_30P_0V_0H.png"):
        Image.new("L", (60, 36), 90).save(tmp_path / "in" / name)
    prepare_columbia(tmp_path / "in", tmp_path / "c.h5", size=(36, 60))
    report = convert(tmp_path / "c.h5", tmp_path / "out.h5", to="faze")
    assert "head pose: pitch and roll are 0, as 'head_yaw' holds the yaw alone" in report.notes
    with h5py.File(tmp_path / "out.h5") as file:
        found = [np.rad2deg(file[f"{person}/labels"][0, 2:]) for person in ("0001", "0002")]
    np.testing.assert_allclose(found, [(0, 15), (0, -30)], atol=1e-4)


def test_syntheseyes_heads_are_not_guessed(tmp_path: Path) -> None:
    prepare_syntheseyes(write_syntheseyes(tmp_path / "in", 2), tmp_path / "s.h5", size=(36, 60))
    report = convert(tmp_path / "s.h5", tmp_path / "out.h5", to="xgaze")
    assert (
        "head pose: zeros, as 'head_pose' holds matrices (rotation matrix from world to camera), and does not say "
        "where in its world the face looks"
    ) in report.notes
    np.testing.assert_array_equal(head_in(tmp_path / "out.h5", "xgaze"), np.zeros((2, 2)))
