"""Head poses by what they say of themselves, or by what is stated of them; never by their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.gaze.conventions import CONVENTIONS, HEAD_ROTATION
from gazeaug.gaze.head import known_head

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
        Label.of("f4", (3,), {"units": "degrees", "order": "pitch, yaw, roll as UnityEyes wrote it"}),
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
