"""Columbia Gaze: the angles of the names, with their signs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.conventions import convention_of
from gazeaug.sources.folders import prepare_columbia


def write(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        Image.new("L", (60, 40), 90).save(folder / name)
    return folder


def test_the_names_are_the_labels(tmp_path: Path) -> None:
    names = ["0001_2m_0P_10V_-15H.jpg", "0001_2m_-15P_-10V_0H.jpg", "0056_2m_30P_0V_15H right.JPG"]
    prepare_columbia(write(tmp_path / "in", *names), tmp_path / "o.h5")
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert [path.decode() for path in eyes.read_label("path", 0, 3)] == names
        np.testing.assert_array_equal(eyes.read_label("gaze", 0, 3), [[10, -15], [-10, 0], [0, 15]])
        np.testing.assert_array_equal(eyes.read_label("head_yaw", 0, 3), [0, -15, 30])
        assert eyes.read_label("subject", 0, 3).tolist() == [b"0001", b"0001", b"0056"]
        look_vec = convention_of(eyes.labels["gaze"].attributes, "x").to_look_vec(eyes.read_label("gaze", 0, 3))
    # The published evaluation's target: tan(H) to the right, tan(V) up, from a distance of 1.
    assert look_vec[0, 0] < 0 < look_vec[2, 0]
    assert look_vec[1, 1] < 0 < look_vec[0, 1]
    np.testing.assert_allclose(look_vec[2, 0] / -look_vec[2, 2], np.tan(np.deg2rad(15)))


def test_another_name_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", "0001_2m_0P_10V_-15H.jpg", "readme.png")
    with pytest.raises(InputError, match=r"readme\.png: expected a name such as 0001_2m_0P_10V_-15H\.jpg"):
        prepare_columbia(folder, tmp_path / "o.h5")
    assert prepare_columbia(folder, tmp_path / "o.h5", keep_going=True).n_rejected == 1
