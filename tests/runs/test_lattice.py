"""Faint lattices are found in camera eyes; grain, compression, sharp edges and smoothness are no lattices."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from torch import Tensor
from torch.nn import functional as F

from gazeaug.runs.lattice import lattice_limit, lattice_of_each, share_above
from gazeaug.samples.renderer import render_eyes

pytestmark = pytest.mark.usefixtures("one_thread")
N = 300
DICE = np.random.default_rng(0)
ROW, COLUMN = np.mgrid[:35, :55]
PATTERNS = {"columns": (-1.0) ** COLUMN, "rows": (-1.0) ** ROW, "chequered": (-1.0) ** (ROW + COLUMN)}


def scaled(images: np.ndarray) -> Tensor:
    return torch.from_numpy(np.clip(np.rint(images), 0, 255)).float()[:, None] / 127.5 - 1


def each(images: np.ndarray, change: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    return np.stack([np.asarray(change(Image.fromarray(image))) for image in images])


def compressed(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=30)
    return Image.open(file)


def with_lattice(images: np.ndarray, pattern: np.ndarray, grey_levels: float) -> np.ndarray:
    """A square of 16 x 16 pixels somewhere in every picture gets the pattern."""
    changed, dice = images.astype(float), np.random.default_rng(1)
    for image in changed:
        y, x = dice.integers(0, 35 - 16), dice.integers(0, 55 - 16)
        image[y : y + 16, x : x + 16] += grey_levels * pattern[y : y + 16, x : x + 16]
    return changed


@pytest.fixture(scope="module")
def real() -> np.ndarray:
    return render_eyes(3 * N, domain="camera", seed=0).images


@pytest.fixture(scope="module")
def others() -> np.ndarray:
    return render_eyes(N, domain="camera", seed=1).images


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_faint_lattice_is_found_wherever_it_is(real, others, pattern):
    shares = [share_above(scaled(with_lattice(others, PATTERNS[pattern], a)), scaled(real)) for a in (1, 2, 3)]
    assert shares[0] > 0.12  # one grey level under grain of 2 to 8
    assert shares[1] > 0.65
    assert shares[2] > 0.9


@pytest.mark.parametrize(
    "change",
    [
        lambda images: images,
        lambda images: images + DICE.normal(0, 6, images.shape),
        lambda images: each(images, compressed),
        lambda images: each(images, lambda image: image.filter(ImageFilter.UnsharpMask(1.5, 300, 0))),
        lambda images: each(images, lambda image: image.filter(ImageFilter.GaussianBlur(1))),
        lambda images: render_eyes(N, domain="synthetic", seed=1).images,
    ],
    ids=["another sample", "more grain", "compressed", "sharpened", "smooth", "rendered"],
)
def test_what_is_no_lattice_is_not_taken_for_one(real, others, change):
    assert share_above(scaled(change(others)), scaled(real)) <= 0.05


def test_grain_is_no_lattice_even_where_the_real_eyes_have_none(real, others):
    smooth = scaled(each(real, lambda image: image.filter(ImageFilter.GaussianBlur(1))))
    assert float(lattice_of_each(smooth).quantile(0.99)) < 0.5 * lattice_limit(smooth)
    assert share_above(scaled(others), smooth) <= 0.04
    assert share_above(scaled(with_lattice(others, PATTERNS["chequered"], 3)), smooth) > 0.85


def test_a_pure_lattice_is_one_and_grey_or_an_edge_is_next_to_nothing():
    edge = np.where(COLUMN < 27, 40.0, 200.0)
    pure = np.stack([np.full((35, 55), 128.0), edge, *(128 + 20 * pattern for pattern in PATTERNS.values())])
    grey, step, *lattices = lattice_of_each(scaled(pure)).tolist()
    assert grey == 0
    assert step < 0.2
    assert all(lattice > 0.99 for lattice in lattices)


def test_it_is_looked_for_in_every_channel_and_in_pictures_of_any_number_and_size():
    colours = torch.zeros(130, 3, 16, 16)
    colours[129, 2] = scaled(128 + 20 * PATTERNS["rows"][None, :16, :16])[0, 0]
    found = lattice_of_each(colours)
    assert found.shape == (130,)
    assert found[129] > 0.99
    assert float(found[:129].max()) == 0


def test_pixel_shuffle_of_unequal_channels_is_what_it_finds(real, others):
    square = torch.tensor([3.0, -1.0, -1.0, -1.0]) / 127.5
    comb = F.pixel_shuffle(square.reshape(1, 4, 1, 1).expand(1, 4, 18, 28), 2)[:, :, :35, :55]
    assert share_above(scaled(others) + comb, scaled(real)) > 0.5
