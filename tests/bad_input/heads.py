"""Head poses: wrong inputs, and labels that do not say what they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from gazeaug.gaze.conventions import HEAD_ROTATION
from tests.bad_input.case import Case
from tests.bad_input.gaze import ANGLES, N, eyes

TITLE = "Head poses"
GAZE = np.zeros((N, 2))


def head(numbers: Any, name: str = "head_pose", **attributes: Any) -> Any:
    """Makes in.h5 with the same head in every row."""
    values = np.tile(np.asarray(numbers, np.float64), (N, *[1] * np.ndim(numbers)))
    return eyes({"gaze": ANGLES, name: attributes}, gaze=GAZE, **{name: values})


def noted(given: str, make: Any, said: str, means: str, do: str) -> Case:
    """A head pose that is not read, with the note that says why."""
    command = "convert in.h5 --to xgaze -o out.h5"
    said = f"head pose: zeros, as {said}"
    return Case(given=given, make=make, command=command, said=said, means=means, do=do, status=0)


CASES = (
    noted(
        "no head pose",
        eyes({"gaze": ANGLES}, gaze=GAZE),
        "no label holds pitch and yaw of the head",
        "The target stores a head pose, and the file has none.",
        "Nothing, if the trainer does not read it.",
    ),
    noted(
        "a head pose under another name",
        head((0, 0, 0), "my_head"),
        "no label holds pitch and yaw of the head ('my_head' is none of the names head_pitchyaw, …, head_yaw)",
        "The label may be a head pose, but it has none of the known names.",
        "Rename it, or give it the attribute `kind` ([conventions.md](conventions.md#the-pose-of-the-head)).",
    ),
    noted(
        "three numbers without attributes",
        head((20, 180, 0)),
        "'head_pose' does not say what its 3 numbers are; --head-convention states it (rotation-vector, unityeyes, …)",
        "They may be angles or a rotation vector.",
        "`--head-convention unityeyes` (or `rotation-vector`, ...).",
    ),
    noted(
        "three numbers in degrees, without an order",
        head((20, 180, 0), units="degrees", order="pitch, yaw, roll"),
        "'head_pose' holds 3 numbers in degrees and does not say about which axes; if UnityEyes', "
        "--head-convention states it: unityeyes",
        "There are many conventions for pitch, yaw and roll.",
        "`--head-convention unityeyes` if they are UnityEyes'.",
    ),
    noted(
        "three numbers in radians, without a kind",
        head((0, 0.3, 0), units="radians"),
        "'head_pose' holds 3 numbers in radians and does not say what; if a rotation vector, --head-convention states "
        "it: rotation-vector",
        "They may be a rotation vector or three angles.",
        "`--head-convention rotation-vector`, or `pitch-yaw-roll`.",
    ),
    noted(
        "a head pose in gradians",
        head((10, 3), units="gradians"),
        "'head_pose' says units 'gradians', which no convention here has",
        "Only radians and degrees are read.",
        "Convert it to one of them when you make the file.",
    ),
    noted(
        "a rotation vector that says degrees",
        head((0, 20, 0), kind=HEAD_ROTATION, units="degrees"),
        f"'head_pose' says kind '{HEAD_ROTATION}', units 'degrees': a contradiction",
        "A rotation vector is in radians.",
        "Correct the attribute, or convert the numbers to radians.",
    ),
    noted(
        "SynthesEyes' matrices",
        head(np.eye(3), kind="rotation matrix from world to camera"),
        "'head_pose' holds matrices (rotation matrix from world to camera), and does not say where in its world the "
        "face looks",
        "The matrices give the camera in the world, but not the direction of the head.",
        "Nothing; the matrices stay in the eye file.",
    ),
    Case(
        given="a frontal (0, 0, 0) stated to be UnityEyes'",
        make=head((0, 0, 0)),
        command="convert in.h5 --to xgaze -o out.h5 --head-convention unityeyes",
        said="label 'head_pose' is read as unityeyes, where a face that looks into the camera is (0, 180, 0), found "
        "one that looks away (0, 0, 0) in rows 0, 1, 2 …; state the convention that it is in",
        means="The numbers are already in another convention, or are not UnityEyes'.",
        do="`--head-convention rotation-vector`, or another of [conventions.md](conventions.md#the-pose-of-the-head).",
    ),
    Case(
        given="two angles stated to be UnityEyes'",
        make=head((0, 0)),
        command="convert in.h5 --to xgaze -o out.h5 --head-convention unityeyes",
        said="label 'head_pose' must be 3 numbers a row to be unityeyes, found (2,) of float64.",
        means="UnityEyes writes pitch, yaw and roll.",
        do="`--head-convention degrees` or `mpiigaze`.",
    ),
    Case(
        given="a rotation vector stated to be UnityEyes'",
        make=head((0, 0.3, 0), units="radians", kind=HEAD_ROTATION),
        command="convert in.h5 --to xgaze -o out.h5 --head-convention unityeyes",
        said="its attribute units says 'radians', --head-convention unityeyes says 'degrees'.",
        means="The option contradicts the label's attributes.",
        do="Leave the option out.",
    ),
)
