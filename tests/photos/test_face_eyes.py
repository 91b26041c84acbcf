"""Eyes of a face: sides, widths, angles, openness and the pose of the head, against faces made for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gazeaug.photos.face_eyes import LEFT_CORNER, RIGHT_CORNER, SIDES, eyes_of, head_pose_of
from gazeaug.photos.faces import Face
from tests.makers.photographs import CENTRE, face


def turned(one: Face, degrees: float) -> Face:
    """A face turned clockwise about the middle of its picture, y down."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return replace(one, points=(one.points - (160, 120)) @ np.array([[c, s], [-s, c]]) + (160, 120))


def test_eyes_are_the_persons_own_right_and_left() -> None:
    right, left = eyes_of(face())
    assert (right.side, left.side) == SIDES == ("right", "left")
    for eye in (right, left):
        assert eye.centre == pytest.approx(CENTRE[eye.side])
        assert eye.width == pytest.approx(48)
        assert eye.openness == pytest.approx(0.35)
        assert eye.share_of_face == pytest.approx(48 / 200)
    assert right.lids[0, 0] > right.lids[8, 0]  # the first corner is the one near the nose
    assert left.lids[0, 0] < left.lids[8, 0]
    assert right.lids[4, 1] < right.lids[12, 1]  # the upper lid comes before the lower one


@pytest.mark.parametrize("degrees", [-45, 10, 45])
def test_the_line_between_the_corners_gives_the_angle(degrees: float) -> None:
    for eye in eyes_of(turned(face(), degrees)):
        assert np.rad2deg(eye.angle) == pytest.approx(degrees)
        assert eye.width == pytest.approx(48)


def test_the_head_pose_of_turned_heads() -> None:
    np.testing.assert_allclose(head_pose_of(face()), 0, atol=1e-6)
    assert np.rad2deg(head_pose_of(turned(face(), 20)))[2] == pytest.approx(20, abs=1e-4)
    frontal = face()
    depths = np.zeros(478)
    across = frontal.points[LEFT_CORNER, 0] - frontal.points[RIGHT_CORNER, 0]
    # The face looks to the picture's left where its left side, at the picture's right, is nearer to the camera.
    depths[LEFT_CORNER], depths[RIGHT_CORNER] = -across / 2, across / 2
    pitch, yaw, roll = np.rad2deg(head_pose_of(replace(frontal, depths=depths)))
    assert (pitch, roll) == pytest.approx((0, 0), abs=1e-4)
    assert yaw == pytest.approx(45, abs=1e-3)
