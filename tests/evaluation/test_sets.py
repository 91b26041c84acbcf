"""Sets of an evaluation: gazes brought to one frame, rows that are none named, head poses of two meanings refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.evaluation.sets import read_sets
from gazeaug.gaze.angles import pitchyaw_to_look_vec
from gazeaug.gaze.conventions import CONVENTIONS, HEAD_ROTATION
from gazeaug.gaze.head_conventions import UNITYEYES

N = 12
ANGLES = np.random.default_rng(0).uniform(-0.5, 0.5, (N, 2))
LOOK_VEC = pitchyaw_to_look_vec(ANGLES)


def write(path: Path, label: str, convention: str | None, values: Any, seed: int, **pose: Any) -> Path:
    with h5py.File(path, "w") as file:
        file["image"] = np.random.default_rng(seed).integers(0, 256, (N, 35, 55), dtype=np.uint8)
        file[label] = values
        file[label].attrs.update({} if convention is None else CONVENTIONS[convention].attributes)
        if pose:
            file["head_pose"] = np.zeros((N, 3))
            file["head_pose"].attrs.update(pose)
    return path


def read(train: Path, test: Path, head_pose: str | None = None) -> np.ndarray:
    return read_sets([train], test, group=None, head_pose=head_pose)[0][0].look_vec


def test_gaze_comes_in_one_frame_whatever_the_label(tmp_path: Path) -> None:
    test = write(tmp_path / "test.h5", "look_vec", "unityeyes", LOOK_VEC, 1)
    for label, convention, values in [
        ("look_vec", "opengl", LOOK_VEC * (1, 1, -1)),
        ("gaze", "opencv", LOOK_VEC * (1, -1, 1)),
        ("gaze", "mpiigaze", ANGLES),
        ("look_vec", None, LOOK_VEC),
    ]:
        train = write(tmp_path / "train.h5", label, convention, values, 2)
        np.testing.assert_allclose(read(train, test), LOOK_VEC, atol=1e-12)


def test_rows_that_are_no_gaze_are_named(tmp_path: Path) -> None:
    test = write(tmp_path / "test.h5", "look_vec", "unityeyes", LOOK_VEC, 1)
    bad = np.where(np.arange(N)[:, None] == 4, np.nan, ANGLES)
    train = write(tmp_path / "train.h5", "gaze", "mpiigaze", bad, 2)
    with pytest.raises(InputError, match="'gaze' must be finite, found NaN or infinity in row 4;"):
        read(train, test)


def test_head_poses_of_two_meanings_are_not_compared(tmp_path: Path) -> None:
    test = write(tmp_path / "test.h5", "look_vec", "unityeyes", LOOK_VEC, 1, kind=HEAD_ROTATION, units="radians")
    alike = write(tmp_path / "a.h5", "look_vec", "unityeyes", LOOK_VEC, 2, kind=HEAD_ROTATION.encode(), units="rad")
    assert len(read(alike, test, "head_pose")) == N
    other = write(tmp_path / "b.h5", "look_vec", "unityeyes", LOOK_VEC, 3, units="degrees", order="pitch, yaw, roll")
    with pytest.raises(InputError, match=r"b\.h5: .* say units 'degrees', order 'pitch, yaw, roll', those of"):
        read(other, test, "head_pose")
    assert len(read(other, test)) == N


def test_known_head_poses_come_as_the_same_angles_whatever_the_set(tmp_path: Path) -> None:
    """UnityEyes' three angles, MPIIGaze's rotation vector and pitch and yaw of one head, 35 degrees to the left."""
    files = []
    for number, (values, attributes) in enumerate(
        [
            ((0, 145, 0), UNITYEYES.attributes),
            ((0, np.deg2rad(35), 0), {"kind": HEAD_ROTATION, "units": "radians"}),
            ((np.deg2rad(35), 0), CONVENTIONS["gazehub"].attributes),
        ]
    ):
        path = write(tmp_path / f"{number}.h5", "look_vec", "unityeyes", LOOK_VEC, number)
        with h5py.File(path, "r+") as file:
            file["head_pose"] = np.tile(np.float32(values), (N, 1))
            file["head_pose"].attrs.update(attributes)
        files.append(path)
    trained, tested = read_sets(files[:2], files[2], group=None, head_pose="head_pose")
    for eyes in (*trained, tested):
        np.testing.assert_allclose(eyes.head_pose, np.tile([0, np.deg2rad(35)], (N, 1)), atol=1e-6)
