"""Rendered eyes and what models of tests made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

import gazeaug
from gazeaug_studio.eye_files import FILES
from tests.makers import models
from tests.makers.eye_files import HEIGHT, WIDTH, write_eyes


def opened(path: Path, mode: str = "r") -> h5py.File:
    """A file that the studio of this process may have open: HDF5 has a file in one mode in a process."""
    FILES.close()
    return h5py.File(path, mode)


def refined_pair(folder: Path, n: int = 150, **options: Any) -> tuple[Path, Path]:
    """Rendered eyes and their twin by a model that inverts them."""
    FILES.close()
    eyes = write_eyes(folder / "eyes.h5", n)
    return eyes, refine(folder, "eyes.h5", "eyes.refined.h5", **options)


def refine(folder: Path, source: str | list[str], output: str, **options: Any) -> Path:
    """Refine files of a folder."""
    FILES.close()
    model = folder / "inverting.onnx"
    if not model.exists():
        models.inverting(model, HEIGHT, WIDTH)
    names = [source] if isinstance(source, str) else source
    given = [folder / name for name in names]
    path = folder / output
    gazeaug.refine(given if len(given) > 1 else given[0], model=model, output=path, device="cpu", **options)
    return path


def pictures_of(path: Path) -> NDArray[np.int64]:
    """All pictures of a file, wide enough to subtract."""
    with opened(path) as file:
        images: NDArray[np.int64] = file["image"][()].astype(np.int64)
        return images


def change_between(before: Path, after: Path) -> NDArray[np.float64]:
    """Mean absolute difference of each pair."""
    found: NDArray[np.float64] = np.abs(pictures_of(after) - pictures_of(before)).mean((1, 2))
    return found
