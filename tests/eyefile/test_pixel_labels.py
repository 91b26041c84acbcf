"""Labels in pixels go where the picture goes, to a fraction of a pixel, or are refused."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.pixel_labels import CORNERS, IN_CROP, moves_of, resized_attributes
from gazeaug.pictures.crops import resize_pictures, resizing_of

AXES = IN_CROP["axes"]
EDGES = {"units": "pixels", "axes": "x right, y down, edges not centres"}
TWICE = resizing_of((35, 55), (70, 110))


def moved(label: Label, values: Any, size: tuple[int, int] = (70, 110), name: str = "iris_2d") -> np.ndarray:
    return moves_of({name: label}, resizing_of((35, 55), size), "in.h5")[name](np.asarray(values, label.dtype))


@pytest.mark.parametrize("size", [(70, 110), (36, 60), (35, 35), (24, 60), (18, 28)])
def test_a_point_stays_on_what_it_was_put_on(size: tuple[int, int]) -> None:
    """The middle of a bright spot, found in the resized pixels, is where its label has gone."""
    centres = np.random.default_rng(0).uniform((20, 14), (34, 20), (20, 2))
    x, y = np.arange(55), np.arange(35)[:, None]
    spots = [200 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 2.5**2)) for cx, cy in centres]
    pictures = resize_pictures(np.rint(spots).astype(np.uint8), size).astype(float)
    mass = pictures.sum((1, 2))
    found = np.stack(
        [(pictures * np.arange(size[1])).sum((1, 2)), (pictures * np.arange(size[0])[:, None]).sum((1, 2))], 1
    )
    label = Label.of(np.float64, (2,), IN_CROP)
    np.testing.assert_allclose(moved(label, centres, size), found / mass[:, None], atol=0.06)


def test_the_numbers_are_those_of_centres_or_of_edges() -> None:
    points = Label.of(np.float32, (2, 2), IN_CROP)
    np.testing.assert_array_equal(moved(points, [[[0, 0], [10, 20]]]), [[[0.5, 0.5], [20.5, 40.5]]])
    edges = Label.of(np.float32, (2, 2), EDGES)
    np.testing.assert_array_equal(moved(edges, [[[0, 0], [55, 35]]]), [[[0, 0], [110, 70]]])
    # 36x60 of 35x55: a row less above and below, then 12 pixels for 11.
    np.testing.assert_allclose(moved(edges, [[[0, 1], [55, 34]]], (36, 60)), [[[0, 0], [60, 36]]], atol=1e-5)
    box = Label.of(np.float64, (4,), {**EDGES, "order": CORNERS})
    np.testing.assert_array_equal(moved(box, [[1, 2, 3, 4.5]], name="face"), [[2, 4, 6, 9]])
    distance = Label.of(np.float32, (), {"units": "px", "limit": 1.5})
    move = moves_of({"drift_px": distance}, TWICE, "in.h5")["drift_px"]
    np.testing.assert_array_equal(move(np.float32([0.25, np.nan])), np.float32([0.5, np.nan]))
    assert move.label.attributes == {"units": "px", "limit": 3.0}
    assert np.isnan(moved(points, [[[np.nan, 1], [2, 3]]])[0, 0]).tolist() == [True, False]
    assert moved(points, np.empty((0, 2, 2))).shape == (0, 2, 2)


def test_attributes_of_other_programs_say_the_same() -> None:
    """As arrays of one string, as bytes, with capital letters."""
    for given in (
        {"units": np.array(["pixels"], object), "axes": AXES},
        {"units": np.bytes_(b"pixels"), "axes": np.array([AXES.encode()])},
        {"Unit": "Pixels", "Axes": AXES},
    ):
        assert moved(Label.of(np.float32, (2,), given), [[10, 20]], name="p").tolist() == [[20.5, 40.5]]


def test_the_type_holds_fractions_and_is_kept_where_it_does() -> None:
    for given, taken in [(">f4", ">f4"), ("f8", "f8"), ("f2", "f4"), ("i2", "f4"), ("u1", "f4"), ("i8", "f8")]:
        move = moves_of({"p": Label.of(given, (2,), IN_CROP)}, resizing_of((35, 55), (70, 110)), "in.h5")["p"]
        assert move.label.dtype == taken
        np.testing.assert_array_equal(move(np.array([[3, 4]], given)), [[6.5, 8.5]])


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("look_vec", Label.of(np.float32, (3,), {"units": "unit_vector"})),
        ("iris_2d", Label.of(np.float32, (8, 2), {"units": "share of the width"})),
        ("face_box", Label.of(np.float32, (4,), {"units": "pixels", "axes": "x right, y down, of the picture"})),
        ("nose", Label.of(np.float32, (2,), {"units": "pixels of the photograph"})),
        ("head_pitchyaw", Label.of(np.float32, (2,))),
        ("pupil_size", Label.of(np.float32)),
        ("pupil_diameter", Label.of(np.float32, (), {"unit": "mm"})),
        ("gaze_point", Label.of(np.float32, (2,))),
        ("look_x", Label.of(np.float32)),
        ("landmarks_3d", Label.of(np.float32, (68, 3))),
        ("head_rotation", Label.of(np.float32, (3, 3))),
        ("pixel_size", Label.of(np.float32, (), {"units": "mm/px"})),
        ("iris_colour", Label.of(np.float32, (3,))),
        ("eyelid_state", Label.of(h5py.string_dtype())),
        ("source_row", Label.of(np.int64)),
    ],
)
def test_what_is_not_in_pixels_of_the_picture_stays(name: str, label: Label) -> None:
    assert moves_of({name: label}, TWICE, "in.h5") == {}


@pytest.mark.parametrize(
    ("name", "label", "said"),
    [
        ("iris_2d", Label.of(np.float32, (8, 2)), "seems to hold positions in pixels, which resizing would not move"),
        ("eye/Landmarks", Label.of(np.int16, (68, 2), {"made_by": "me"}), "seems to hold positions in pixels"),
        ("landmarks", Label.of(h5py.vlen_dtype(np.float32)), "seems to hold positions in pixels"),
        ("eye_bbox", Label.of(np.float32, (4,)), "seems to hold positions in pixels"),
        ("iris_radius_px", Label.of(np.float32), "seems to hold positions in pixels"),
        ("iris_2d", Label.of(np.float32, (16,)), "seems to hold positions in pixels"),
        *[
            (name, Label.of(np.float32, shape), "seems to hold positions in pixels")
            for name, shape in {
                "pupil_x": (),
                "iris_cy": (),
                "iris_radius": (),
                "pupil_diameter": (),
                "kps": (8, 2),
                "points": (8, 2),
                "eye_center": (2,),
                "roi": (4,),
                "landmarks": (68, 3),
                "keypoints": (16,),
                "iris_ellipse": (5,),
                "camera_matrix": (3, 3),
            }.items()
        ],
        ("mask", Label.of(np.uint8, (35, 55)), "has a value for each pixel of the pictures of 35x55"),
        ("depth", Label.of(np.float32, (35, 55, 1), {"units": "mm"}), "has a value for each pixel"),
        ("p", Label.of(np.float32, (2,), {"Unit": "image pixels"}), "no axes"),
        ("p", Label.of(np.float32, (2,), {"units": "in pixels"}), "no axes"),
        ("p", Label.of(np.float32, (2,), {"units": "pixels"}), r"no axes that are known here for rows of shape \(2,\)"),
        (
            "p",
            Label.of(np.float32, (2,), {"units": "px", "axes": "x right, y up, pixel centres at integers"}),
            "no axes",
        ),
        ("p", Label.of(np.float32, (2,), {"units": "px", "axes": "x right, y down"}), "no axes"),
        ("p", Label.of(np.float32, (3,), IN_CROP), r"rows of shape \(3,\)"),
        ("p", Label.of(np.float32, (4,), {**IN_CROP, "order": "x, y, width, height"}), "no axes"),
        ("iris_x", Label.of(np.float32, (), {"units": "pixels"}), "no axes"),
        ("p", Label.of(h5py.string_dtype(), (2,), IN_CROP), "holds no numbers that resizing could move"),
    ],
)
def test_what_cannot_be_moved_is_refused(name: str, label: Label, said: str) -> None:
    with pytest.raises(InputError, match=rf"in\.h5: label '{name}' .*{said}"):
        moves_of({name: label}, TWICE, "in.h5")


def test_attributes_that_say_the_old_size_say_the_new_one() -> None:
    given = {"size": np.array([35, 55]), "image_size": (55, 35), "shape": (36, 60), "title": "35"}
    found = {name: np.asarray(value).tolist() for name, value in resized_attributes(given, TWICE).items()}
    assert found == {"size": [70, 110], "image_size": [110, 70], "shape": [36, 60], "title": "35"}
