"""Pictures on a page: whole factors that fit, and a contact sheet taken apart again, pixel by pixel."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from gazeaug.drawing.pictures import GAPS, MOST, NARROW, WIDE, Pictures, pictures_of
from gazeaug.drawing.sheets import Column, contact_sheet


def columns(n: int, shape: tuple[int, ...]) -> list[Column]:
    dice = np.random.default_rng(0)
    return [Column(f"{i}", dice.integers(0, 256, shape, dtype=np.uint8)) for i in range(n)]


@pytest.mark.parametrize("width", [16, 55, 60, 96, 224, 640])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_pictures_fit_by_whole_factors(width: int, n: int) -> None:
    shown = Pictures(columns(n, (2, 10, width)))
    for factor, place, across, gap in ((shown.wide, WIDE, 2, GAPS[0]), (shown.narrow, NARROW, 1, GAPS[1])):
        assert isinstance(factor, int)
        assert 1 <= factor <= MOST
        assert factor == 1 or factor * width * across * n + gap * (n - 1) <= place


def test_fewer_columns_abreast_are_larger() -> None:
    eyes = columns(4, (2, 35, 55))
    assert Pictures(eyes, abreast=2).narrow > Pictures(eyes).narrow


@pytest.mark.parametrize("shape", [(8, 35, 55), (1, 36, 60), (5, 20, 33, 3)])
def test_a_contact_sheet_gives_back_its_pictures(shape: tuple[int, ...]) -> None:
    drawn = columns(3, shape)
    for found, column in zip(pictures_of(contact_sheet(drawn), 3), drawn, strict=True):
        np.testing.assert_array_equal(found, column.images)


def test_a_page_gets_them_in_their_own_pixels() -> None:
    drawn = columns(2, (3, 12, 20))
    for (title, uris), column in zip(Pictures(drawn).shown(), drawn, strict=True):
        shown = [np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))) for uri in uris]
        assert title == column.title
        np.testing.assert_array_equal(shown, column.images)
