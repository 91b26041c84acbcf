"""Eyes that targets are written from, and what is in them."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.gaze.angles import look_vec_to_pitchyaw
from tests.makers.every_kind import N_EYES
from tests.makers.eye_files import write_eyes


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_eyes(tmp_path_factory.mktemp("source") / "eyes.h5", N_EYES, shape=(36, 60))


@pytest.fixture(scope="module")
def images(source: Path) -> np.ndarray:
    with h5py.File(source) as file:
        return file["image"][()]


@pytest.fixture(scope="module")
def gaze(source: Path) -> np.ndarray:
    with h5py.File(source) as file:
        return look_vec_to_pitchyaw(file["look_vec"][()])


@pytest.fixture
def files_left_open() -> Iterator[None]:
    """Allows webdataset and datasets to leave the files that they read to the garbage collector, as they do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()
