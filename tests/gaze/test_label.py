"""One reader for every gaze: convention against shape and attributes, rows that are none by number, doubts as notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.label import KnownGaze, needed_gaze, scan_gaze

UP_LEFT = (-0.4698463, 0.3420201, -0.8137977)  # 20 degrees up, 30 to the image's left


def marked(name: str, dtype: Any, shape: tuple[int, ...]) -> dict[str, Label]:
    return {"gaze": Label.of(dtype, shape, dict(CONVENTIONS[name].attributes))}


@pytest.mark.parametrize(
    ("labels", "stated", "said"),
    [
        ({"gaze": Label.of("f4", (3,))}, "mpiigaze", r"has 3 numbers a row, mpiigaze has 2 \(pitch, yaw\)"),
        ({"gaze": Label.of("f4", (2,))}, "opencv", r"has 2 numbers a row, opencv has 3 or 4 \(x, y, z\)"),
        (marked("mpiigaze", "f4", (3,)), None, "has 3 numbers a row, mpiigaze has 2"),
        ({"gaze": Label.of("f4")}, "degrees", r"has rows of shape \(\), degrees has 2"),
        ({"gaze": Label.of("f4", (1, 3))}, "opencv", r"has rows of shape \(1, 3\)"),
        ({"gaze": Label.of(h5py.string_dtype())}, "mpiigaze", "must be numbers to be mpiigaze, found text or objects"),
        ({"gaze": Label.of([("x", "f4"), ("y", "f4")])}, "mpiigaze", "must be numbers"),
        ({"gaze": Label.of("f4", (2,), {"units": "degrees"})}, "mpiigaze", "attribute units says 'degrees', .*radians"),
        ({"gaze": Label.of("f4", (2,), {"units": b"Deg"})}, "gazehub", "attribute units says 'Deg'"),
    ],
)
def test_a_convention_is_held_against_the_label(labels: dict[str, Label], stated: str | None, said: str) -> None:
    with pytest.raises(InputError, match=rf"in\.h5: label 'gaze'.*{said}"):
        needed_gaze(labels, "in.h5", convention=stated)


def test_attributes_in_other_words_do_not_contradict() -> None:
    labels = {"gaze": Label.of("f4", (2,), {"units": b"rad"})}
    assert needed_gaze(labels, "in.h5", convention="mpiigaze").convention.name == "mpiigaze"


@pytest.mark.parametrize(
    ("name", "bad", "said"),
    [
        ("unityeyes", (0, 0, 0), "must be directions, found vectors of length 0 in row 12;"),
        ("unityeyes", (1e-9, 0, 0), "vectors of length 0 in row 12;"),
        ("unityeyes", (1e200, 0, 0), "too long for a number in row 12;"),
        ("opencv", (np.nan, 0, 1), "must be finite, found NaN or infinity in row 12;"),
        ("mpiigaze", (np.inf, 0), "must be finite, found NaN or infinity in row 12;"),
        ("degrees", (10, np.nan), "must be finite"),
        (
            "mpiigaze",
            (10.5, -7),
            r"angles in radians, found more than a full turn \(10.5, -7\) in row 12; are they",
        ),
        ("degrees", (10.5, 700), r"angles in degrees, found more than a full turn \(10.5, 700\) in row 12\."),
    ],
)
@pytest.mark.parametrize("reader", ["look_vec", "pitchyaw"])
def test_rows_that_are_no_gaze_are_named(name: str, bad: tuple[float, ...], said: str, reader: str) -> None:
    gaze = KnownGaze("gaze", CONVENTIONS[name], "in.h5: label 'gaze'")
    rows = np.tile([0.3, 0.2, 1.0][: len(bad)], (5, 1))
    getattr(gaze, reader)(rows, 10)
    rows[2] = bad
    with pytest.raises(InputError, match=rf"in\.h5: label 'gaze' .*{said}"):
        getattr(gaze, reader)(rows, 10)
    with pytest.raises(InputError, match=said.replace("12", "7")):
        getattr(gaze, reader)(rows, np.array([9, 8, 7, 6, 5]))
    rows[[1, 3, 4]] = bad
    with pytest.raises(InputError, match="in rows 11, 12, 13 and more"):
        getattr(gaze, reader)(rows, 10)
    assert list(gaze.faults(rows, np.arange(5))) == [1, 2, 3, 4]


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f4", "f8", "i4", "u1"])
def test_any_type_of_number_gives_the_gaze(dtype: str) -> None:
    vectors = np.array([(3, 4, 0), (0, 0, 1)], dtype)
    gaze = KnownGaze("gaze", CONVENTIONS["opengl"], "in.h5")
    np.testing.assert_allclose(gaze.look_vec(vectors), [(0.6, 0.8, 0), (0, 0, -1)], atol=1e-12)
    degrees = KnownGaze("gaze", CONVENTIONS["degrees"], "in.h5").pitchyaw(np.array([(20, 30)], dtype))
    np.testing.assert_allclose(degrees, np.deg2rad([(20, 30)]), atol=1e-12)


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        ([UP_LEFT, (0, 0, -1)], "unityeyes", []),
        (np.array([UP_LEFT, (0, 0, -1)], "f2"), "unityeyes", []),
        ([(-469.8, 342.0, -813.8), (0, 0, -500)], "unityeyes", ["vectors are 500 to 1000 long and not 1"]),
        ([(0.1, 0.2, 0), (0.1, 0, 0)], "unityeyes", ["vectors are 0.1 to 0.2236 long and not 1"]),
        ([(*UP_LEFT, 0), (0, 0, -1, 0)], "unityeyes", []),
        ([(*UP_LEFT, 0), (0, 0, -1, 0.7)], "unityeyes", ["the fourth number of its vectors is up to 0.7 and not 0"]),
        ([(20, 30), (-10, 0)], "degrees", []),
        ([(0.35, 0.52), (-0.17, 0)], "degrees", ["all angles are within 0.52 degrees; if they are radians"]),
        ([(1, 0), (0, -1)], "mpiigaze", ["whole numbers of radians (int64); were they rounded"]),
        ([(0.35, 0.52), (-0.17, 6.2)], "mpiigaze", []),
    ],
)
def test_what_is_doubtful_is_said(tmp_path: Path, values: Any, name: str, said: list[str]) -> None:
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["image"], file["gaze"] = np.zeros((2, 35, 55), "u1"), values
    with open_eyes(tmp_path / "in.h5") as eyes:
        found = scan_gaze(eyes, needed_gaze(eyes.labels, "in.h5", convention=name))
    assert [doubt[: len(text)] for doubt, text in zip(found, said, strict=True)] == said


@pytest.mark.parametrize("name", ["gazehub", "pitch-down"])
def test_angles_in_another_order_or_of_other_signs_keep_their_bits(name: str) -> None:
    convention = CONVENTIONS[name]
    pitch, yaw = np.random.default_rng(0).uniform((-1.5, -3.1), (1.5, 3.1), (500, 2)).T
    given = np.stack([yaw, pitch] if name == "gazehub" else [-pitch, yaw], axis=1)
    known = KnownGaze("gaze", convention, "x")
    assert known.pitchyaw(given).tolist() == np.stack([pitch, yaw], axis=1).tolist()
    beyond = np.array([(0.2, 2.0), (4.0, 0.3), (-3.5, -1.8)])  # past straight up, and round the back
    folded = known.pitchyaw(beyond)
    np.testing.assert_allclose(folded, CONVENTIONS["mpiigaze"].of_look_vec(convention.to_look_vec(beyond)), atol=1e-12)
    assert (np.abs(folded) <= (np.pi / 2, np.pi)).all()
