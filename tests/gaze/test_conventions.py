"""Every convention against every other, and against the public formulas."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.gaze.angles import angular_error_degrees
from gazeaug.gaze.conventions import (
    CONVENTIONS,
    convention_of,
    convert,
    find_gaze,
    from_head_frame,
    head_angles,
    head_rotation,
    mirrored,
    rotation_of,
    to_head_frame,
)
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes


@pytest.fixture(scope="module")
def look_vec() -> np.ndarray:
    """Gazes into the half sphere before the camera, some within a millionth of straight up, down and into it."""
    vectors = np.random.default_rng(0).normal(size=(2000, 3))
    vectors[:, 2] = -np.abs(vectors[:, 2])
    near = np.array(
        [(1e-6, 1, -1e-6), (-1e-6, -1, -1e-6), (1e-7, -1e-7, -1), (0, 0, -1), (0.7, 0, -0.7), (-1, 0, -1e-9)]
    )
    vectors = np.concatenate([vectors, near])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize(("one", "other"), list(product(CONVENTIONS, CONVENTIONS)))
def test_there_and_back(look_vec: np.ndarray, one: str, other: str):
    given = convert(look_vec, CONVENTIONS["unityeyes"], CONVENTIONS[one])
    there = convert(given, CONVENTIONS[one], CONVENTIONS[other])
    assert there.dtype == np.float64
    assert there.shape[1] == len(CONVENTIONS[other].columns)
    back = convert(there, CONVENTIONS[other], CONVENTIONS["unityeyes"])
    assert angular_error_degrees(back, look_vec).max() < 1e-6
    np.testing.assert_allclose(np.linalg.norm(back, axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_flip_negates_just_the_horizontal_part(look_vec: np.ndarray, name: str):
    convention = CONVENTIONS[name]
    before, after = convention.of_look_vec(look_vec), convention.of_look_vec(mirrored(look_vec))
    horizontal = {"gazehub": 0}.get(name, 1 if len(convention.columns) == 2 else 0)
    np.testing.assert_allclose(after[:, horizontal], -before[:, horizontal], atol=1e-12)
    rest = [column for column in range(len(convention.columns)) if column != horizontal]
    np.testing.assert_allclose(after[:, rest], before[:, rest], atol=1e-12)


def test_the_formulas_of_public_loaders(look_vec: np.ndarray):
    """Each written here as its source has it, on OpenCV vectors g or UnityEyes' u."""
    u = look_vec[:-6]  # arcsin and the fold lose digits next to straight up and to the side
    g = convert(u, CONVENTIONS["unityeyes"], CONVENTIONS["opencv"])
    np.testing.assert_allclose(g, u * (1, -1, 1))
    pitch, yaw = np.arcsin(-g[:, 1]), np.arctan2(-g[:, 0], -g[:, 2])  # MPIIGaze, ETH-XGaze
    found = convert(g, CONVENTIONS["opencv"], CONVENTIONS["mpiigaze"])
    np.testing.assert_allclose(found, np.stack([pitch, yaw], 1), atol=1e-12)
    vector = np.stack([-np.cos(pitch) * np.sin(yaw), -np.sin(pitch), -np.cos(pitch) * np.cos(yaw)], 1)
    np.testing.assert_allclose(convert(found, CONVENTIONS["mpiigaze"], CONVENTIONS["opencv"]), vector, atol=1e-12)
    np.testing.assert_allclose(convert(u, CONVENTIONS["unityeyes"], CONVENTIONS["gazehub"]), found[:, ::-1])
    # A loader that turns x, takes asin(y) and atan2(x, z), and folds the second into the half before the camera.
    folded = np.arctan2(-u[:, 0], u[:, 2])
    folded = np.where(folded > 0, np.pi - folded, np.where(folded < 0, -(np.pi + folded), 0))
    np.testing.assert_allclose(np.stack([np.arcsin(u[:, 1]), folded], 1), found, atol=1e-9)
    down = convert(u, CONVENTIONS["unityeyes"], CONVENTIONS["pitch-down"])
    np.testing.assert_allclose(down[:, 0], -np.arcsin(u[:, 1]), atol=1e-12)


def test_nothing_is_lost_next_to_straight_up():
    above = np.array([(1e-9, 1, -2e-9), (-3e-9, -1, -1e-9)])
    for convention in CONVENTIONS.values():
        back = convention.to_look_vec(convention.of_look_vec(above))
        np.testing.assert_allclose(back, above, rtol=1e-6, atol=1e-14)


def test_known_directions():
    up_left = np.array([[-0.5, 0.5, -(0.5**0.5)]])  # towards the image's left and up
    pitch, yaw = CONVENTIONS["degrees"].of_look_vec(up_left)[0]
    assert (pitch, yaw) == (pytest.approx(30), pytest.approx(35.2644, abs=1e-4))


def test_head_and_camera_frames():
    dice = np.random.default_rng(1)
    gaze, pose = dice.normal(size=(50, 3)), dice.normal(size=(50, 3))
    pose[0] = 0
    gaze /= np.linalg.norm(gaze, axis=1, keepdims=True)
    matrices = rotation_of(pose)
    np.testing.assert_allclose(matrices @ matrices.transpose(0, 2, 1), np.tile(np.eye(3), (50, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(matrices), 1)
    np.testing.assert_allclose(matrices[0], np.eye(3))
    np.testing.assert_allclose(np.einsum("nij,nj->ni", matrices, pose), pose, atol=1e-12)  # the axis stays
    quarter = rotation_of(np.array([[0, np.pi / 2, 0]]))[0] @ (0, 0, 1)
    np.testing.assert_allclose(quarter, (1, 0, 0), atol=1e-12)
    np.testing.assert_allclose(from_head_frame(to_head_frame(gaze, pose), pose), gaze, atol=1e-12)
    np.testing.assert_allclose(to_head_frame(gaze, pose)[0], gaze[0])


def test_a_convention_is_read_from_the_attributes_and_never_guessed():
    for convention in CONVENTIONS.values():
        assert convention_of(convention.attributes, "x").name == convention.name
        stored = {key: value.encode() for key, value in convention.attributes.items()}
        assert convention_of(stored, "x", stated=convention.name).name == convention.name
    with pytest.raises(InputError, match=r"eyes\.h5.*name no convention .*state it with --convention"):
        convention_of({"units": "radians"}, "eyes.h5: label 'gaze'")
    assert convention_of({}, "x", stated="gazehub").name == "gazehub"
    with pytest.raises(InputError, match="attributes say 'mpiigaze', --convention says 'gazehub'"):
        convention_of(CONVENTIONS["mpiigaze"].attributes, "x", stated="gazehub")
    with pytest.raises(InputError, match="--convention must be one of unityeyes, opencv"):
        convention_of({}, "x", stated="left")
    with pytest.raises(InputError, match="got 'opencvv'; did you mean 'opencv'"):
        convention_of({}, "x", stated="opencvv")


def test_the_label_with_the_gaze_is_found():
    assert find_gaze({"gaze": 1, "look_vec": 2}, "x") == "look_vec"
    assert find_gaze({"gaze": 1, "other": 2}, "x", label="other") == "other"
    with pytest.raises(InputError, match="no label of the names look_vec"):
        find_gaze({"other": 2}, "x")
    with pytest.raises(InputError, match="no label 'mine'"):
        find_gaze({"other": 2}, "x", label="mine")


def test_inspect_shows_gaze_only_where_its_convention_is_known(tmp_path: Path):
    path = write_eyes(tmp_path / "eyes.h5", 20)
    with h5py.File(path, "r+") as file:
        del file["look_vec"]
        file["gaze"] = np.tile([[0.25, 0.1]], (20, 1))
    said = CliRunner().invoke(app, ["inspect", str(path)]).stdout
    assert "gaze       of unknown convention; state it with --convention" in said
    assert "pitch" not in said
    said = CliRunner().invoke(app, ["inspect", str(path), "--convention", "gazehub"]).stdout
    assert "gaze       'gaze' as gazehub" in said
    assert "pitch      5.7 +- 0.0" in said
    assert "yaw        14.3 +- 0.0" in said


def test_the_document_draws_every_convention_and_its_numbers_are_right():
    text = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text("utf-8")
    drawings = text.split("```")[1]
    look_vec = CONVENTIONS["degrees"].to_look_vec(np.array([[20.0, 30.0]]))
    for name, convention in CONVENTIONS.items():
        assert re.search(rf"^ (.*\s)?{name}(\s|$)", drawings, re.M), name
        digits = 0 if "degrees" in str(convention.attributes) else 4
        numbers = ", ".join(f"{number:.{digits}f}" for number in convention.of_look_vec(look_vec)[0])
        assert f"({numbers})" in drawings, name
        assert f"| `{name}` |" in text


def test_order_and_unit_under_the_names_that_others_use() -> None:
    for attributes, said in [
        ({"order": "yaw,pitch"}, "attribute order says 'yaw,pitch', --convention mpiigaze says 'pitch, yaw'"),
        ({"unit": "deg"}, "attribute unit says 'deg', --convention mpiigaze says 'radians'"),
    ]:
        with pytest.raises(InputError, match=said):
            convention_of(attributes, "in.h5: label 'gaze'", stated="mpiigaze")
    assert convention_of({"order": "pitch,yaw", "unit": "rad"}, "in.h5", stated="mpiigaze").name == "mpiigaze"


def test_angles_of_the_head_and_their_rotation_vector_are_each_others_way_back():
    """Against SciPy's: turned by -pitch about its own x axis, then by yaw about the camera's y axis."""
    rotation = pytest.importorskip("scipy.spatial.transform").Rotation
    random = np.random.default_rng(0)
    angles = np.stack([random.uniform(-1.5, 1.5, 500), random.uniform(-3.1, 3.1, 500)], axis=1)
    angles[0] = 0
    turned = rotation.from_euler("y", angles[:, 1:]) * rotation.from_euler("x", -angles[:, :1])
    np.testing.assert_allclose(head_rotation(angles), turned.as_rotvec(), atol=1e-12)
    np.testing.assert_allclose(head_angles(head_rotation(angles)), angles, atol=1e-12)
