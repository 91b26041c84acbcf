"""Why a head pose is not read: a sentence that is true of the label; and labels known by their kind alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gazeaug.eyefile.labels import Label
from gazeaug.gaze.conventions import HEAD_ROTATION
from gazeaug.gaze.head import known_head, notes_on_head
from gazeaug.gaze.head_conventions import COLUMBIA_YAW, PITCH_YAW_ROLL, UNITYEYES

DEGREES = {"units": "degrees"}


def note(labels: dict[str, Label]) -> list[str]:
    return notes_on_head(labels, known_head(labels, "in.h5"))


@pytest.mark.parametrize(
    ("dtype", "shape", "attributes", "said"),
    [
        ("f4", (2,), {}, "says nothing of its numbers; --head-convention states it"),
        ("f4", (2,), {"units": "gradians"}, "says units 'gradians', which no convention here has"),
        (
            "f4",
            (2,),
            {**DEGREES, "order": "yaw, pitch"},
            "says units 'degrees', order 'yaw, pitch', which no conv",
        ),
        (
            "f4",
            (3,),
            {},
            "does not say what its 3 numbers are; --head-convention states it (rotation-vector, unityeyes, pitch-yaw-",
        ),
        (
            "f4",
            (3,),
            {**DEGREES, "order": "pitch, yaw, roll"},
            "holds 3 numbers in degrees and does not say about which axes; if UnityEyes', --head-convention states it: "
            "unityeyes",
        ),
        (
            "f8",
            (3,),
            {"units": b"rad"},
            "holds 3 numbers in radians and does not say what; if a rotation vector, --head-convention states it: "
            "rotation-vector",
        ),
        ("f8", (3,), {"kind": "quaternion"}, "says kind 'quaternion', which no convention here has"),
        ("f8", (3,), {"units": "m"}, "says units 'm', which no convention here has"),
        (
            "f8",
            (3,),
            {"kind": HEAD_ROTATION, **DEGREES},
            f"says kind '{HEAD_ROTATION}', units 'degrees': a contra",
        ),
        (
            "f8",
            (3,),
            {"kind": HEAD_ROTATION, "frame": "unity_camera"},
            f"says kind '{HEAD_ROTATION}', frame 'unity_camera': a contradiction",
        ),
        (
            "f8",
            (3, 3),
            {"kind": "rotation matrix from world to camera"},
            "holds matrices (rotation matrix from world to camera), and does not say where in its world the face looks",
        ),
        ("f8", (4,), {}, "has rows of shape (4,), as no head pose that is known here"),
        ("S4", (2,), {}, "holds text or objects and no numbers"),
        ("f4", (), DEGREES, "holds one number a row and does not say its units and side"),
        (
            "f4",
            (),
            {"units": "radians", "yaw_positive": "image right"},
            "says units 'radians', yaw_positive 'image",
        ),
    ],
)
def test_what_a_label_lacks_is_said(dtype: str, shape: tuple[int, ...], attributes: dict[str, Any], said: str) -> None:
    (found,) = note({"head_pose": Label.of(dtype, shape, attributes)})
    assert found.startswith(f"head pose: zeros, as 'head_pose' {said}")


def test_without_any_head_pose_labels_that_may_be_one_are_named() -> None:
    gaze = Label.of("f4", (3,))
    assert note({"look_vec": gaze}) == ["head pose: zeros, as no label holds pitch and yaw of the head"]
    (found,) = note({"look_vec": gaze, "overhead": gaze, "my/head_angles": gaze})
    assert found == (
        "head pose: zeros, as no label holds pitch and yaw of the head ('my/head_angles' is none of the names "
        "head_pitchyaw, headpose_pitchyaw, face_head_pose, head_pose, head_yaw)"
    )


@pytest.mark.parametrize("kind", [UNITYEYES.attributes, PITCH_YAW_ROLL.attributes, {"kind": HEAD_ROTATION.encode()}])
def test_a_kind_is_known_under_any_name(kind: dict[str, Any]) -> None:
    label = Label.of("f4", (3,), dict(kind))
    found = known_head({"image_id": Label.of("f4", (3,)), "pose of the face": label}, "in.h5")
    assert found is not None
    assert (found.label, found.convention.columns[0]) in [("pose of the face", "pitch"), ("pose of the face", "x")]


def test_a_yaw_alone_says_so_and_an_estimate_too() -> None:
    assert note({"head_yaw": Label.of("f8", (), dict(COLUMBIA_YAW))}) == [
        "head pose: pitch and roll are 0, as 'head_yaw' holds the yaw alone"
    ]
    estimate = Label.of("f4", (3,), {**PITCH_YAW_ROLL.attributes, "estimated": np.bool_(True)})
    assert note({"head_pose": estimate}) == ["head pose: 'head_pose' is an estimate, as its attributes say"]
    assert note({"head_pose": Label.of("f4", (3,), dict(UNITYEYES.attributes))}) == []
