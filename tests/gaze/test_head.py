"""Head poses by what they say of themselves, or by what is stated of them; never by their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.gaze.conventions import CONVENTIONS, HEAD_ROTATION, head_angles, rotation_of
from gazeaug.gaze.head import known_head
from gazeaug.gaze.head_conventions import COLUMBIA_YAW, PITCH_YAW_ROLL, UNITYEYES

ORDER_DEGREES = {"units": "degrees", "order": "yaw, pitch"}


def read(label: Label, values: Any, stated: str | None = None, name: str = "head_pose") -> np.ndarray | None:
    head = known_head({name: label}, "in.h5", convention=stated)
    return None if head is None else np.rad2deg(head.pitchyaw(np.array(values, label.dtype)))


@pytest.mark.parametrize(
    ("dtype", "attributes", "values", "degrees"),
    [
        ("f4", {"units": "degrees"}, (10.5, -3), (10.5, -3)),
        ("i2", {"units": "degrees"}, (10, -3), (10, -3)),
        ("f8", {"units": "radians"}, np.deg2rad((10.5, -3)), (10.5, -3)),
        ("f8", {"units": b"rad"}, np.deg2rad((10.5, -3)), (10.5, -3)),
        ("f8", {"unit": "deg"}, (10.5, -3), (10.5, -3)),
        ("i4", {"units": "radians"}, (1, 0), (np.rad2deg(1), 0)),
        ("f8", CONVENTIONS["gazehub"].attributes, np.deg2rad((-3, 10.5)), (10.5, -3)),
        ("f8", CONVENTIONS["columbia"].attributes, (10.5, 3), (10.5, -3)),
        ("f8", {"units": "radians", "order": "yaw, pitch"}, np.deg2rad((-3, 10.5)), (10.5, -3)),
    ],
)
def test_attributes_say_what_the_numbers_are(dtype: str, attributes: dict[str, Any], values: Any, degrees: Any) -> None:
    found = read(Label.of(dtype, (2,), dict(attributes)), [values])
    np.testing.assert_allclose(found, [degrees], atol=1e-9 if dtype != "f4" else 1e-5)


@pytest.mark.parametrize(
    "label",
    [
        Label.of("f4", (2,)),
        Label.of("i4", (2,)),
        Label.of("f4", (2,), {"units": "gradians"}),
        Label.of("f4", (2,), ORDER_DEGREES),
        Label.of("f4", (2,), {"units": "radians", "order": "roll, tilt"}),
        Label.of("f4", (3,)),
        Label.of("f4", (3,), {"units": "degrees", "order": "pitch, yaw, roll"}),
        Label.of("f4", (3, 3)),
        Label.of("f4", (), {"units": "radians"}),
        Label.of("S4", (2,), {"units": "radians"}),
    ],
)
def test_a_head_pose_that_does_not_say_is_not_read(label: Label) -> None:
    assert known_head({"head_pose": label}, "in.h5") is None


def test_a_pose_that_says_comes_before_one_that_does_not() -> None:
    labels = {"head_pitchyaw": Label.of("f4", (2,)), "head_pose": Label.of("f4", (2,), {"units": "degrees"})}
    assert getattr(known_head(labels, "in.h5"), "label", None) == "head_pose"


def test_what_is_stated_is_read_and_held_against_the_label() -> None:
    plain = Label.of("f4", (2,))
    np.testing.assert_allclose(read(plain, [(10.5, -3)], "degrees"), [(10.5, -3)], atol=1e-5)
    yaw_first = read(plain, [np.deg2rad((-3, 10.5))], "gazehub", "head_pitchyaw")
    np.testing.assert_allclose(yaw_first, [(10.5, -3)], atol=1e-5)
    rotation = Label.of("f8", (3,))
    np.testing.assert_allclose(read(rotation, [(0, np.deg2rad(20), 0)], "rotation-vector"), [(0, 20)], atol=1e-9)
    np.testing.assert_allclose(
        read(Label.of("i4", (3,), {"kind": HEAD_ROTATION}), [(0, 1, 0)]), [(0, np.rad2deg(1))], atol=1e-9
    )
    for label, stated, said in [
        (plain, "euler", "--head-convention must be one of mpiigaze, gazehub"),
        (plain, "rotation-vector", "must be 3 numbers a row"),
        (rotation, "degrees", "has 3 numbers a row, degrees has 2"),
        (
            Label.of("f4", (3,), {"units": "degrees", "order": "pitch, yaw, roll as UnityEyes wrote it"}),
            "rotation-vector",
            "attribute units says 'degrees', --head-convention rotation-vector says 'radians'",
        ),
        (
            Label.of("f8", (3,), {"kind": HEAD_ROTATION}),
            "pitch-yaw-roll",
            "its attributes say 'rotation-vector', --head-convention 'pitch-yaw-roll'",
        ),
        (
            Label.of("f8", (3,), {"kind": HEAD_ROTATION, "units": "radians", "frame": "opencv_camera"}),
            "mpiigaze",
            "its attributes say 'rotation-vector', --head-convention 'mpiigaze'",
        ),
        (
            Label.of("f8", (3,), {"units": "rad"}),
            "unityeyes",
            "attribute units says 'radians', --head",
        ),
        (plain, "unityeyes", r"must be 3 numbers a row to be unityeyes, found \(2,\)"),
        (Label.of("f4", ()), "columbia", "has rows of shape"),
        (
            Label.of("f4", (2,), {"units": "radians"}),
            "degrees",
            "attribute units says 'radians', --head-conv",
        ),
    ]:
        with pytest.raises(InputError, match=said):
            read(label, [(0, 0)], stated)
    with pytest.raises(InputError, match="no label of the names head_pitchyaw"):
        known_head({"look_vec": plain}, "in.h5", convention="degrees")


def test_rows_that_are_no_pose_are_named() -> None:
    radians = Label.of("f8", (2,), {"units": "radians"})
    with pytest.raises(InputError, match=r"'head_pose' .*more than a full turn \(10.5, 0\) in row 1; are they degrees"):
        read(radians, [(0, 0), (10.5, 0)])
    with pytest.raises(InputError, match=r"rotation vector in radians, .*turn \(0, 20, 0\) in row 1; are they degrees"):
        read(Label.of("f8", (3,)), [(0, 0, 3), (0, 20, 0)], "rotation-vector")
    with pytest.raises(InputError, match="must be finite, found NaN or infinity in row 1;"):
        read(Label.of("f8", (3,), {"kind": HEAD_ROTATION}), [(0, 0, 0), (np.nan, 0, 0)])
    with pytest.raises(InputError, match=r"unityeyes, angles in degrees, .*full turn \(0, 361, 0\) in row 1\.$"):
        read(Label.of("f8", (3,)), [(0, 180, 0), (0, 361, 0)], "unityeyes")


def test_unityeyes_heads_are_known_by_what_prepare_wrote_then_and_now() -> None:
    now, then = UNITYEYES.attributes, {"units": "degrees", "order": "pitch, yaw, roll as UnityEyes wrote it"}
    for attributes, stated in [(now, None), (now, "unityeyes"), (then, None), (then, "unityeyes"), ({}, "unityeyes")]:
        label = Label.of("f4", (3,), dict(attributes))
        found = read(label, [(20, 180, 0), (340, 220, 0), (0, 145, 0)], stated)
        np.testing.assert_allclose(found, [(-20, 0), (15.1889, -41.7633), (0, 35)], atol=1e-3)


def test_rotation_vectors_hold_what_angles_leave_out() -> None:
    """A head seen from above and the side is tilted in the picture; MPIIGaze's angles do not say it."""
    head = known_head({"head_pose": Label.of("f8", (3,), dict(UNITYEYES.attributes))}, "in.h5")
    values = np.array([(20, 220, 0), (0, 180, 10.0)])
    vectors = head.rotation(values)
    np.testing.assert_allclose(head_angles(vectors), head.pitchyaw(values), atol=1e-12)
    x = rotation_of(vectors)[:, :, 0]
    np.testing.assert_allclose(np.rad2deg(np.arctan2(x[:, 1], x[:, 0])), (-16.0129, 10), atol=1e-3)


def test_a_face_that_looks_away_is_not_unityeyes() -> None:
    zeros = Label.of("f4", (3,))
    with pytest.raises(InputError, match=r"into the camera is \(0, 180, 0\), .* away \(5, 0, 0\) in row 1; state"):
        read(zeros, [(0, 180, 0), (5, 0, 0)], "unityeyes")
    np.testing.assert_allclose(read(zeros, [(0, 0, 0)], "rotation-vector"), [(0, 0)])


def test_a_yaw_alone_is_read_by_its_side() -> None:
    now, then = COLUMBIA_YAW, {"units": "degrees", "sign": "as in the picture's name"}
    for attributes, stated, yaw in [
        (now, None, -15),
        (then, None, -15),
        ({}, "columbia", -15),
        ({}, "degrees", 15),
        ({"units": "deg", "yaw_positive": "image left"}, None, 15),
    ]:
        label = Label.of("f8", (), dict(attributes))
        np.testing.assert_allclose(read(label, [15, 0], stated, "head_yaw"), [(0, yaw), (0, 0)], atol=1e-12)
    named = Label.of("f8", (), dict(COLUMBIA_YAW))
    np.testing.assert_allclose(read(named, [15], "columbia", "P"), [(0, -15)], atol=1e-12)
    radians = Label.of("f8", (), {})
    np.testing.assert_allclose(read(radians, np.deg2rad([15]), "gazehub", "head_yaw"), [(0, 15)], atol=1e-12)


def test_pitch_yaw_and_roll_of_photographs_are_read() -> None:
    label = Label.of("f4", (3,), dict(PITCH_YAW_ROLL.attributes))
    np.testing.assert_allclose(read(label, np.deg2rad([(5, -20, 30)])), [(5, -20)], atol=1e-4)


def test_of_several_labels_the_one_of_the_stated_convention_is_taken() -> None:
    labels = {"head_pitchyaw": Label.of("f4", (2,)), "head_pose": Label.of("f4", (3,))}
    for stated, name in [("unityeyes", "head_pose"), ("degrees", "head_pitchyaw")]:
        assert getattr(known_head(labels, "in.h5", convention=stated), "label", None) == name
