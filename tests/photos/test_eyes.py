"""Eyes of one picture: crops level and to scale, labels in their pixels, mirrored ones, filters and their reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from gazeaug.errors import InputError
from gazeaug.photos.eyes import PhotoEye, eyes_in, find_eyes, photo_labels
from gazeaug.photos.faces import Face
from gazeaug.photos.options import PhotoOptions
from tests.makers.photographs import CENTRE, CodedFinder, coded, face, faceless, paint


def eyes_of(picture: Image.Image, **options: Any) -> list[PhotoEye]:
    return list(eyes_in(picture, CodedFinder(), PhotoOptions(**options)))


class Turned:
    """Finds the face of a coded picture that was turned clockwise by some degrees."""

    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def find_faces(self, picture: Image.Image) -> list[Face]:
        c, s = np.cos(np.deg2rad(self.degrees)), np.sin(np.deg2rad(self.degrees))
        one, middle = face(), np.array(picture.size) / 2
        return [replace(one, points=(one.points - middle) @ np.array([[c, s], [-s, c]]) + middle)]


def dark_centre(image: np.ndarray) -> np.ndarray:
    """x, y of the middle of what is dark."""
    y, x = np.nonzero(image < 90)
    return np.array([x.mean(), y.mean()])


@pytest.mark.parametrize("size", [(35, 55), (36, 60), (70, 110)])
@pytest.mark.parametrize("margin", [1.25, 1.5])
def test_crops_have_one_scale_and_labels_in_their_pixels(size: tuple[int, int], margin: float) -> None:
    for width in (24, 48, 60):
        right, left = eyes_of(coded(width=width), size=size, margin=margin)
        assert (right.labels["eye"], left.labels["eye"]) == ("right", "left")
        for eye in (right, left):
            assert eye.left_out is None
            assert eye.image.shape == size
            lids = eye.labels["landmarks_2d"]
            assert np.ptp(lids[:, 0]) == pytest.approx(size[1] / margin, rel=1e-3)
            np.testing.assert_allclose((lids[0] + lids[8]) / 2, [(size[1] - 1) / 2, (size[0] - 1) / 2], atol=1e-3)
            np.testing.assert_allclose(
                eye.labels["iris_2d"].mean(axis=0), dark_centre(eye.image), atol=0.7 * size[1] / 55
            )
            assert eye.labels["eye_width_px"] == pytest.approx(width)
            assert eye.labels["openness"] == pytest.approx(0.35)


@pytest.mark.parametrize("degrees", [-30, 45])
def test_crops_are_level_unless_they_are_not_to_be(degrees: float) -> None:
    turned = coded().rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=(190, 160, 140))
    straight = eyes_of(coded())
    level = list(eyes_in(turned, Turned(degrees), PhotoOptions()))
    for one, other in zip(straight, level, strict=True):
        assert np.abs(one.image.astype(int) - other.image).mean() < 4
        np.testing.assert_allclose(one.labels["landmarks_2d"], other.labels["landmarks_2d"], atol=1e-3)
    as_it_stands = list(eyes_in(turned, Turned(degrees), PhotoOptions(align="none")))
    corners = as_it_stands[1].labels["landmarks_2d"][[0, 8]]
    assert np.rad2deg(np.arctan2(*(corners[1] - corners[0])[::-1])) == pytest.approx(degrees, abs=0.01)


def test_right_eyes_are_flipped_only_if_asked_and_say_so() -> None:
    (right, left), (flipped, same) = eyes_of(coded()), eyes_of(coded(), mirror="right")
    assert [eye.labels["mirrored"] for eye in (right, left, flipped, same)] == [0, 0, 1, 0]
    np.testing.assert_array_equal(same.image, left.image)
    assert np.abs(flipped.image[:, ::-1].astype(int) - right.image).max() <= 3
    np.testing.assert_allclose(flipped.labels["landmarks_2d"][:, 0], 54 - right.labels["landmarks_2d"][:, 0], atol=1e-4)
    assert flipped.labels["landmarks_2d"][0, 0] < flipped.labels["landmarks_2d"][8, 0]  # as a left eye's
    np.testing.assert_allclose(flipped.labels["iris_2d"].mean(axis=0), dark_centre(flipped.image), atol=0.7)


def test_a_flipped_crop_has_the_head_pose_of_a_flipped_head() -> None:
    for mirror, sign in [(None, 1), ("right", -1)]:
        options = PhotoOptions(head_pose=True, mirror=mirror)
        right, left = eyes_in(coded().rotate(-20), Turned(20), options)
        assert np.rad2deg(right.labels["head_pose"][2]) == pytest.approx(sign * 20, abs=1e-3)
        assert np.rad2deg(left.labels["head_pose"][2]) == pytest.approx(20, abs=1e-3)


def test_colour_one_eye_head_pose_and_equalised() -> None:
    (left,) = eyes_of(coded(), eye="left", color=True, head_pose=True)
    assert left.image.shape == (35, 55, 3)
    assert left.labels.keys() == photo_labels(PhotoOptions(head_pose=True)).keys() - {"path", "frame"}
    np.testing.assert_allclose(left.labels["head_pose"], 0, atol=1e-6)
    for color in (False, True):
        equal = eyes_of(coded(), equalize=True, color=color)[0].image
        assert equal.min() < 10
        assert equal.max() > 245


@pytest.mark.parametrize(
    ("picture", "options", "reason"),
    [
        (coded(width=12), {}, "small: eye width 12 is below 15"),
        (coded(width=22), {}, "profile: eye width over face height 0.11 is below 0.12"),
        (coded(openness=10), {}, "closed: openness 0.1 is below 0.12"),
        (coded().filter(ImageFilter.GaussianBlur(8)), {"min_sharpness": 0.12}, "blurred: sharpness"),
        (coded(), {"min_openness": 0.5}, "closed: openness 0.35 is below 0.5"),
        (coded().point(lambda level: level // 40), {}, "flat: contrast"),
        (coded().point(lambda level: 235 + level // 40), {}, "flat: contrast"),
        (coded(), {"min_contrast": 100}, "flat: contrast"),
    ],
    ids=["small", "profile", "closed", "blurred", "own limit", "dark", "bright", "own contrast"],
)
def test_what_is_left_out_says_why(picture: Image.Image, options: dict[str, Any], reason: str) -> None:
    changed = reason.startswith(("blurred", "flat"))
    width, openness, _ = coded().getpixel((0, 0)) if changed else picture.getpixel((0, 0))
    picture.putpixel((0, 0), (width, openness, 0))
    for eye in eyes_of(picture, **options):
        assert eye.left_out is not None
        assert eye.left_out.startswith(reason)
        assert eye.left_out.endswith(f"; {width} pixels wide at {CENTRE[eye.labels['eye']][0]:.0f}, 120")


def test_an_eye_across_the_border_is_left_out_and_the_other_kept() -> None:
    right, left = eyes_of(paint(face(shift=90), (48, 35, 90)))
    assert right.left_out is None
    assert left.left_out == "clipped: the eye reaches beyond the picture's border; 48 pixels wide at 300, 120"


def test_no_face_no_eye() -> None:
    assert eyes_of(faceless()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"margin": 0.1}, "--margin must be from 0.5 to 10, got 0.1"),
        ({"eye": "middle"}, "--eye must be one of right, left, both, got 'middle'"),
        ({"mirror": "left"}, "--mirror must be one of right, got 'left'"),
        ({"align": "up"}, "--align must be one of eyes, none, got 'up'"),
        ({"min_openness": -1.0}, "--min-openness must not be negative, got -1"),
        ({"min_eye_width": float("nan")}, "--min-eye-width must not be negative"),
        ({"size": (4, 4)}, "--size must be at least 16x16"),
    ],
)
def test_options_out_of_range_are_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        PhotoOptions(**options)


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        ("no.jpg", "no.jpg: expected a picture, but there is no such file."),
        (
            np.zeros((30, 40)),
            r"picture must be a uint8 array \(H, W\) or \(H, W, 3\), found float64 of shape \(30, 40\).",
        ),
        (np.zeros((3, 30, 40), np.uint8), r"found uint8 of shape \(3, 30, 40\)."),
        (Image.new("F", (40, 30)), "picture: 8 or 16 bits a pixel are read, found Pillow's mode F."),
    ],
)
def test_what_is_no_picture_is_refused(picture: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        find_eyes(picture)
