"""Gaze maths: signs, round trips, small angles."""

from __future__ import annotations

import numpy as np

from gazeaug.gaze.angles import angular_error_degrees, look_vec_to_pitchyaw, pitchyaw_to_look_vec

RNG = np.random.default_rng(0)


def test_signs() -> None:
    """Up is positive pitch; towards the image's left (x < 0) is positive yaw; into the camera is zero."""
    look_vec = np.array([[0, 0, -1, 0], [0, 0.5, -(0.75**0.5), 0], [-0.5, 0, -(0.75**0.5), 0]])
    np.testing.assert_allclose(np.rad2deg(look_vec_to_pitchyaw(look_vec)), [[0, 0], [30, 0], [0, 30]], atol=1e-9)


def test_agrees_with_mpiigaze_in_opencv_coordinates() -> None:
    look_vec = pitchyaw_to_look_vec(RNG.uniform(-0.8, 0.8, (100, 2)))
    g = look_vec * [1, -1, 1]
    expected = np.stack([np.arcsin(-g[:, 1]), np.arctan2(-g[:, 0], -g[:, 2])], axis=1)
    np.testing.assert_allclose(look_vec_to_pitchyaw(look_vec), expected, atol=1e-12)


def test_round_trip_and_length_does_not_matter() -> None:
    angles = RNG.uniform(-1, 1, (100, 2))
    np.testing.assert_allclose(look_vec_to_pitchyaw(3 * pitchyaw_to_look_vec(angles)), angles, atol=1e-12)


def test_angular_error_is_the_angle_even_where_it_is_tiny() -> None:
    angles = np.array([1e-6, 0.1, 1.0, 3.0])
    straight = np.tile([0.0, 0.0, -1.0], (4, 1))
    turned = np.stack([np.sin(angles), np.zeros(4), -np.cos(angles)], axis=1)
    np.testing.assert_allclose(angular_error_degrees(straight, turned), np.rad2deg(angles), rtol=1e-9)
