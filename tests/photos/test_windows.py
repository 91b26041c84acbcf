"""Windows: points go in and out, turned and mirrored; what is cut is what a formula says, at every scale and border."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from gazeaug.photos.windows import Window

WIDTH, HEIGHT = 500, 400


def shade(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Grey levels of the test picture at array indices."""
    return 127 + 100 * np.sin(x / 37) * np.cos(y / 43)


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return Image.fromarray(np.rint(shade(x, y)).astype(np.uint8))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("angle", [0.0, 0.5, -2.0])
@pytest.mark.parametrize("width", [40.0, 110.0, 333.3, 900.0])
def test_a_cut_shows_what_stands_at_its_points(
    picture: Image.Image, width: float, angle: float, mirrored: bool
) -> None:
    window = Window(centre=(200.3, 150.7), width=width, angle=angle, size=(70, 110), mirrored=mirrored)
    grid = np.stack(np.meshgrid(np.arange(110), np.arange(70)), axis=-1).reshape(-1, 2)
    points = window.out_of(grid)
    np.testing.assert_allclose(window.into(points), grid, atol=1e-9)
    x, y = np.clip(points - 0.5, 0, [WIDTH - 1, HEIGHT - 1]).T  # beyond the border the edge is repeated
    expected = shade(x, y).reshape(70, 110)
    difference = np.abs(window.cut(picture).astype(float) - expected)
    assert difference.mean() < 1.2
    assert difference.max() < 5


def test_reducing_takes_the_mean_of_the_area() -> None:
    checks = (np.indices((300, 300)).sum(axis=0) % 2 * 255).astype(np.uint8)
    cut = Window(centre=(150, 150), width=240, angle=0.3, size=(20, 30)).cut(Image.fromarray(checks))
    assert np.abs(cut.astype(int) - 127).max() <= 8


def test_corners_run_clockwise_from_the_top_left() -> None:
    corners = Window(centre=(50, 40), width=20, angle=0.0, size=(10, 20)).corners()
    np.testing.assert_allclose(corners, [(40, 35), (60, 35), (60, 45), (40, 45)])


@pytest.mark.parametrize("centre", [(-300.0, 50.0), (900.0, 900.0)])
def test_a_window_outside_shows_the_edge(picture: Image.Image, centre: tuple[float, float]) -> None:
    cut = Window(centre=centre, width=60, angle=0.0, size=(20, 30)).cut(picture.convert("RGB"))
    assert cut.shape == (20, 30, 3)
    assert np.ptp(cut, axis=1).max() <= 2  # edges are repeated along rows
