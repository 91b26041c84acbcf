"""Arrows point where they should, have a head and a rim, and are as long as they are told."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from gazeaug.drawing.marks import ARROW, DOT, draw_arrow, draw_dots


def drawn(start: tuple[float, float], end: tuple[float, float], background: int = 128) -> np.ndarray:
    sheet = Image.new("RGB", (100, 80), (background,) * 3)
    draw_arrow(sheet, start, end)
    return np.asarray(sheet).astype(int)


def covered(sheet: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Rows and columns of the pixels of a colour."""
    return np.argwhere((sheet == colour).all(axis=2))


@pytest.mark.parametrize("end", [(90, 40), (10, 40), (50, 10), (50, 70), (80, 60)])
def test_an_arrow_reaches_its_end_and_widens_to_a_head_there(end: tuple[float, float]) -> None:
    places = covered(drawn((50, 40), end), ARROW)[:, ::-1] + 0.5
    along = np.subtract(end, (50, 40)) / np.hypot(*np.subtract(end, (50, 40)))
    far = (places - (50, 40)) @ along
    aside = np.abs((places - (50, 40)) @ (-along[1], along[0]))
    length = np.hypot(*np.subtract(end, (50, 40)))
    assert length - 3 < far.max() < length + 1
    shaft, head = (far > 5) & (far < length - 12), (far > length - 9) & (far < length - 5)
    assert aside[shaft].max() < 1.6
    assert aside[head].max() > 2.5


@pytest.mark.parametrize("background", [0, 255])
def test_an_arrow_shows_on_black_and_on_white(background: int) -> None:
    sheet = drawn((20, 40), (80, 40), background)
    assert len(covered(sheet, ARROW)) > 60
    assert len(np.unique(sheet.reshape(-1, 3), axis=0)) > 6  # smooth edges
    if background == 255:  # a rim on both sides of the shaft, all along it
        rim = (sheet[:, 30:65].max(axis=2) < 150).sum(axis=0)
        assert rim.min() >= 2


def test_a_gaze_into_the_camera_is_a_dot_and_a_short_one_has_a_small_head() -> None:
    dot, short, long = (len(covered(drawn((50, 40), (50 + length, 40)), ARROW)) for length in (0, 5, 20))
    assert 8 < dot < short < long
    assert np.abs(covered(drawn((50, 40), (50, 40)), ARROW) - (40, 50)).max() <= 3


def test_an_arrow_may_leave_the_sheet() -> None:
    assert len(covered(drawn((95, 5), (140, -30)), ARROW)) > 5


def test_dots_lie_at_their_places() -> None:
    sheet = Image.new("RGB", (60, 40))
    draw_dots(sheet, np.array([[10.5, 20.5], [40.5, 8.5]]))
    found = {tuple(int(axis) for axis in place) for place in covered(np.asarray(sheet), DOT)}
    assert {(20, 10), (8, 40)} <= found
