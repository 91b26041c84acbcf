"""Rotations of heads: each convention's numbers by hand, and the ways back."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from gazeaug.gaze.conventions import CONVENTIONS, head_angles, rotation_angles, rotation_of
from gazeaug.gaze.head_conventions import (
    ANGLES,
    HEAD_CONVENTIONS,
    PITCH_YAW_ROLL,
    TURNS,
    UNITYEYES,
    rotation_vectors,
    unityeyes_rotations,
)

MIRROR = np.diag([-1.0, 1, 1])


def euler(*degrees: float) -> np.ndarray:
    return unityeyes_rotations(np.deg2rad([degrees]))


@pytest.mark.parametrize(
    ("angles", "pitchyaw"),
    [
        ((0, 180, 0), (0, 0)),
        ((20, 180, 0), (-20, 0)),  # the camera looks down from above: the face points below it
        ((340, 180, 0), (20, 0)),
        ((-20, 180, 0), (20, 0)),
        ((0, 220, 0), (0, -40)),  # the face is turned to the image's right
        ((0, 145, 0), (0, 35)),
        ((0, -180, 0), (0, 0)),
        ((0, 505, 0), (0, 35)),
        # asin(-sin 20 cos 40), atan2(-sin 40, cos 20 cos 40): the camera's pitch tilts the plane of the head's yaw.
        ((20, 220, 0), (-15.1889, -41.7633)),
    ],
)
def test_pitch_and_yaw_of_unityeyes_heads(angles: tuple[float, ...], pitchyaw: tuple[float, float]) -> None:
    np.testing.assert_allclose(np.rad2deg(rotation_angles(euler(*angles)))[0], pitchyaw, atol=1e-3)


def test_a_camera_in_unitys_world_sees_the_head_as_the_formula_says() -> None:
    """Unity's own frame: a camera turned about its z, then x, then y axis, before a head that faces the world's z."""
    rng = np.random.default_rng(0)
    for pitch, yaw, roll in rng.uniform(-180, 180, (20, 3)):
        p, y, r = np.deg2rad((pitch, yaw, roll))
        about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
        about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
        about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
        camera = about_y @ about_x @ about_z
        np.testing.assert_allclose(camera[1, 2], -np.sin(p), atol=1e-12)  # a positive pitch looks down
        found = euler(pitch, yaw, roll)[0]
        # The person's left, down and back, in Unity's world; seen by the camera, with y pointing down.
        for axis, in_world in zip(found.T, [(-1, 0, 0), (0, -1, 0), (0, 0, -1)], strict=True):
            np.testing.assert_allclose(axis, (camera.T @ in_world) * (1, -1, 1), atol=1e-12)


def test_a_roll_turns_the_head_in_the_picture() -> None:
    np.testing.assert_allclose(rotation_vectors(euler(0, 180, 10)), [(0, 0, np.deg2rad(10))], atol=1e-12)
    np.testing.assert_array_equal(rotation_vectors(euler(0, 180, 0)), np.zeros((1, 3)))


def test_a_mirrored_picture_is_of_the_head_turned_the_other_way() -> None:
    for pitch, yaw, roll in [(20, 220, 0), (350, 150, 12), (5, 181, 350)]:
        turned = MIRROR @ euler(pitch, yaw, roll) @ MIRROR
        np.testing.assert_allclose(euler(pitch, 360 - yaw, 360 - roll), turned, atol=1e-12)
        np.testing.assert_allclose(
            rotation_vectors(turned), rotation_vectors(euler(pitch, yaw, roll)) * (1, -1, -1), atol=1e-12
        )


def test_rotation_vectors_are_those_of_their_matrices() -> None:
    rng = np.random.default_rng(1)
    axes = rng.normal(size=(500, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    vectors = axes * rng.uniform(0, np.pi, (500, 1))
    vectors[:8] = axes[:8] * [[0], [1e-300], [1e-12], [1e-6], [np.pi / 2], [3.14], [np.pi - 1e-9], [1]]
    np.testing.assert_allclose(rotation_vectors(rotation_of(vectors)), vectors, atol=1e-8)
    half_turns = np.diag([np.pi] * 3)
    found = rotation_vectors(rotation_of(half_turns))
    np.testing.assert_allclose(rotation_of(found), rotation_of(half_turns), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.pi)


def test_pitch_yaw_and_roll_are_those_of_the_rotation() -> None:
    rng = np.random.default_rng(2)
    given = rotation_of(rng.normal(0, 0.4, (100, 3)))
    x = given[:, :, 0]
    angles = np.column_stack([rotation_angles(given), np.arctan2(x[:, 1], x[:, 0])])
    np.testing.assert_allclose(PITCH_YAW_ROLL.rotations(angles), given, atol=1e-12)


def test_names_are_those_of_the_angles_and_of_the_turns() -> None:
    assert list(HEAD_CONVENTIONS) == [*ANGLES, *TURNS]
    assert "unityeyes" not in ANGLES  # there it is a vector of the gaze
    assert set(ANGLES) < set(CONVENTIONS)
    kinds = [each.attributes["kind"] for each in TURNS.values()]
    assert len(set(kinds)) == len(kinds) == 3
    assert UNITYEYES.units == UNITYEYES.attributes["units"] == "degrees"
    for turn in TURNS.values():
        assert turn.attributes["units"] == turn.units


def test_the_document_has_one_head_in_every_convention() -> None:
    text = (
        (Path(__file__).parents[2] / "docs" / "conventions.md").read_text("utf-8").split("## The pose of the head")[1]
    )
    rotation = euler(340, 150, 0)
    pitch, yaw = rotation_angles(rotation)[0]
    numbers = {
        "unityeyes": (340, 150, 0),
        "rotation-vector": rotation_vectors(rotation)[0],
        "pitch-yaw-roll": (pitch, yaw, np.arctan2(rotation[0, 1, 0], rotation[0, 0, 0])),
        **{
            name: each.of_look_vec(CONVENTIONS["mpiigaze"].to_look_vec(np.array([[pitch, yaw]])))[0]
            for name, each in ANGLES.items()
            if name != "pitch-down"
        },
    }
    for name, head in numbers.items():
        (row,) = re.findall(rf"^\| `{name}` \|.*$", text, re.M)
        assert f"({', '.join(f'{number:.4f}' for number in head)})" in row, name


def test_a_head_and_a_gaze_straight_ahead_of_it_have_the_same_angles() -> None:
    """MPIIGaze's signs: gaze of a head that looks ahead is -R z."""
    vectors = np.random.default_rng(3).normal(0, 0.5, (50, 3))
    ahead = -rotation_of(vectors)[:, :, 2]
    of_gaze = CONVENTIONS["mpiigaze"].of_look_vec(CONVENTIONS["opencv"].to_look_vec(ahead))
    np.testing.assert_allclose(head_angles(vectors), of_gaze, atol=1e-12)
