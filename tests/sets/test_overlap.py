"""A picture of the test set is found in a training set, wherever it stands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.sets.overlap import refuse_overlap, row_digests

TRAIN, TEST = Path("train.h5"), Path("test.h5")


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 8, 9), dtype=np.uint8)


def test_one_shared_picture_is_named(images):
    train = np.concatenate([images[:10], images[15:16]])
    with pytest.raises(InputError, match=r"1 of its pictures.*row 10 is row 5 there"):
        refuse_overlap(TRAIN, row_digests(train), TEST, row_digests(images[10:]))


def test_a_picture_that_differs_by_one_level_is_another(images):
    other = images.copy()
    other[:, 0, 0] ^= 1
    refuse_overlap(TRAIN, row_digests(other), TEST, row_digests(images))


def test_the_same_file_under_two_names(images, tmp_path):
    (tmp_path / "a.h5").write_text("")
    (tmp_path / "b.h5").symlink_to(tmp_path / "a.h5")
    with pytest.raises(InputError, match="is the test set too"):
        refuse_overlap(tmp_path / "b.h5", row_digests(images[:5]), tmp_path / "a.h5", row_digests(images[5:]))
