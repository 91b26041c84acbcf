"""Shared fixtures: small eye files and models made on the spot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.makers import models
from tests.makers.browsers import BROWSERS, executable, opened_browser
from tests.makers.eye_files import HEIGHT, WIDTH, write_eyes


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


@pytest.fixture
def quick_classifiers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two-sample tests that take no time, where their figures do not matter."""
    for name, value in (("EPOCHS", 1), ("LEAST_UPDATES", 4)):
        monkeypatch.setattr(f"gazeaug.evaluation.two_sample_test.{name}", value)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Tiny networks gain nothing from threads, and lose much to them on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")  # not for longer: while its driver lives, this thread can run no loop of asyncio
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright.sync_api")
    installed = executable()
    if installed is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with opened_browser(installed) as opened:
        yield opened
