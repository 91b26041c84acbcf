"""Charts as PNG: every line is there in its colour, at the height of its values."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageColor

from gazeaug.drawing.chart_picture import COLOURS, HEIGHT, LEFT, WIDTH, Curves, chart_picture, round_ticks


def places_of(image, colour: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a colour, above the legend."""
    near = np.abs(np.asarray(image).astype(int) - ImageColor.getrgb(colour)).max(2) < 30
    return np.nonzero(near[: HEIGHT - 20])


def test_lines_lie_where_their_values_are():
    lines = {"high": [(0.0, 10.0), (20.0, 10.0)], "low": [(0.0, 0.0), (20.0, 0.0)]}
    image = chart_picture([Curves("title", lines, "degrees"), Curves("other", {"a": [(5.0, 1.0)]}, "pictures")])
    assert image.size[0] == 2 * WIDTH
    (high, across), (low, _) = (places_of(image.crop((0, 0, WIDTH, image.size[1])), c) for c in COLOURS[:2])
    assert high.max() < low.min() - 200
    assert across.min() < LEFT + 5
    assert across.max() > WIDTH - 40
    alone, _ = places_of(image.crop((WIDTH, 0, 2 * WIDTH, image.size[1])), COLOURS[0])
    assert len(alone) > 30  # one point is a disc


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 98, [0, 25, 50, 75, 100]),
        (11.9, 20.3, [10, 12.5, 15, 17.5, 20, 22.5]),
        (0, 30, [0, 10, 20, 30]),
        (5, 5, None),
    ],
)
def test_ticks_are_round_and_hold_the_values(low, high, expected):
    ticks = round_ticks(low, high)
    assert expected is None or ticks == expected
    assert ticks[0] <= low <= high <= ticks[-1]
    assert len(ticks) > 1


def test_sizes_far_apart_stand_on_a_logarithmic_axis():
    image = chart_picture([Curves("title", {"a": [(100.0, 1.0), (1000.0, 0.5), (10_000.0, 0.0)]}, "pictures")])
    rows, columns = places_of(image, COLOURS[0])
    middle = columns[np.abs(rows - (rows.min() + rows.max()) / 2) < 2].mean()
    assert middle == pytest.approx((columns.min() + columns.max()) / 2, abs=8)


def test_a_rising_line_rises():
    image = chart_picture([Curves("title", {"a": [(0.0, 0.0), (1.0, 5.0), (2.0, 6.0)]}, "step")])
    rows, columns = places_of(image, COLOURS[0])
    assert rows[columns < 150].mean() > rows[columns > 600].mean() + 200
