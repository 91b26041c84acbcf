"""Sharpness falls with blur and not with light; hashes of twins are near, those of other eyes far."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from gazeaug.photos.quality import HASH_BITS, bits_apart, difference_hash, sharpness_of
from gazeaug.samples.renderer import render_eyes


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return render_eyes(60, domain="synthetic", seed=1).images


def test_blur_lowers_sharpness_and_light_does_not(images: np.ndarray) -> None:
    for image in images[:20]:
        values = [
            sharpness_of(np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(r)))) for r in (0, 1, 2, 4)
        ]
        assert values == sorted(values, reverse=True)
        assert sharpness_of((image * 0.5).astype(np.uint8)) == pytest.approx(values[0], rel=0.1)
    assert sharpness_of(np.full((35, 55), 9, np.uint8)) == 0


def test_twins_are_near_and_other_eyes_are_far(images: np.ndarray) -> None:
    dice = np.random.default_rng(0)
    noisy = np.clip(images + dice.normal(0, 2, images.shape), 0, 255).astype(np.uint8)
    hashes = [difference_hash(image) for image in images]
    twins = [bits_apart(one, difference_hash(other)) for one, other in zip(hashes, noisy, strict=True)]
    others = [bits_apart(one, other) for i, one in enumerate(hashes) for other in hashes[:i]]
    assert bits_apart(hashes[0], hashes[0]) == 0
    assert max(twins) < HASH_BITS / 4
    assert np.median(twins) + 10 < np.median(others)
