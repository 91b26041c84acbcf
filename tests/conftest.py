"""Shared fixtures: small eye files and models made on the spot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from tests.makers import models

HEIGHT, WIDTH = 16, 18
TINY: dict[str, Any] = {
    "batch_size": 4,
    "features": 4,
    "blocks": 1,
    "discriminator_width": 0.1,
    "camera_steps": 3,
    "discriminator_pretrain_steps": 2,
    "buffer_size": 10,
    "log_interval": 1,
    "device": "cpu",
    "adversarial_loss": "cross-entropy",
    "precision": "fp32",  # the same on every machine
}


def write_eyes(path: Path, n: int = 150, *, shape: tuple[int, ...] = (HEIGHT, WIDTH), seed: int = 0) -> Path:
    """An eye file with labels of many kinds, in plain h5py."""
    rng = np.random.default_rng(seed)
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "image", data=rng.integers(0, 256, (n, *shape), dtype=np.uint8), chunks=(min(64, n), *shape)
        )
        look_vec = rng.normal(size=(n, 4)).astype("f4")
        look_vec[:, 3] = 0
        file["look_vec"] = look_vec
        file["look_vec"].attrs["frame"] = "unity_camera"
        file["head/pose"] = rng.normal(size=(n, 3)).astype(">f8")
        file["iris_2d"] = rng.normal(size=(n, 8, 2)).astype("f4")
        file["subject"] = np.array([f"p{i % 15:02d}".encode() for i in range(n)])
        file.create_dataset("path", data=[f"imgs/ä{i}.jpg" for i in range(n)], dtype=h5py.string_dtype())
        file.attrs["source"] = "made by a test"
    return path


@pytest.fixture
def eyes_path(tmp_path: Path) -> Path:
    return write_eyes(tmp_path / "unityeyes.h5")


@pytest.fixture
def model_path(tmp_path: Path) -> Path:
    return models.inverting(tmp_path / "refiner.onnx", HEIGHT, WIDTH)


@pytest.fixture(scope="session")
def real_data_folder() -> Path:
    folder = Path(os.environ.get("GAZEAUG_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real pictures are not at {folder}; set GAZEAUG_REAL_DATA")
    return folder


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Tiny networks gain nothing from threads, and lose much to them on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
