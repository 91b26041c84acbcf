"""The grid of kept and left out eyes: rows from the whole of a set, and what was left out read again from its place."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from gazeaug.photos import grid as photo_grid
from gazeaug.photos.eyes import eyes_in
from gazeaug.photos.grid import evenly, picture_of
from gazeaug.photos.options import PhotoOptions
from tests.makers.photographs import CodedFinder, coded, faceless, write_video

OPTIONS = PhotoOptions()


@pytest.fixture(autouse=True)
def coded_finder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_grid, "open_finder", lambda face_model, *, thorough: CodedFinder())


def test_rows_are_spread_evenly() -> None:
    assert evenly(3, 8) == [0, 1, 2]
    assert evenly(100, 5) == [0, 24, 49, 74, 99]


def test_an_eye_that_was_left_out_is_cut_again(tmp_path: Path) -> None:
    coded(openness=5).save(tmp_path / "a b.png")
    right, left = eyes_in(coded(openness=5), CodedFinder(), OPTIONS)
    for eye in (right, left):
        assert eye.left_out is not None
        image = picture_of(f"{tmp_path}/a b.png {eye.labels['eye']}", eye.left_out, OPTIONS)
        np.testing.assert_array_equal(image, eye.image)


def test_a_picture_without_a_face_is_shown_whole(tmp_path: Path) -> None:
    faceless().save(tmp_path / "a.png")
    image = picture_of(f"{tmp_path}/a.png", "no face: none was found", OPTIONS)
    assert image.shape == (35, 55)
    assert np.ptp(image[3:-3, 10:-10]) == 0


@pytest.mark.skipif(find_spec("av") is None, reason="the extra 'video' is not installed")
def test_a_twin_is_cut_out_of_its_frame(tmp_path: Path) -> None:
    write_video(tmp_path / "v.mkv", [coded(width=30 + i) for i in range(40)], codec="ffv1")
    (_, left) = eyes_in(coded(width=30 + 33), CodedFinder(), OPTIONS)
    image = picture_of(f"{tmp_path}/v.mkv#33 left", "twin: 2 of 128 bits", OPTIONS)
    np.testing.assert_array_equal(image, left.image)
