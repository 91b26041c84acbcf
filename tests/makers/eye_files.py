"""Eye files with labels of many kinds, and damage done to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.eyefile.links import datasets_of
from gazeaug.eyefile.pixel_labels import IN_CROP

HEIGHT, WIDTH = 16, 18


def write_eyes(
    path: Path,
    n: int = 150,
    *,
    shape: tuple[int, ...] = (HEIGHT, WIDTH),
    seed: int = 0,
    images: NDArray[np.uint8] | None = None,
) -> Path:
    """An eye file with labels of many kinds, in plain h5py; its pictures are noise where none are given."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (n, *shape), dtype=np.uint8)
    with h5py.File(path, "w") as file:
        file.create_dataset("image", data=noise if images is None else images, chunks=(min(64, n), *shape))
        look_vec = rng.normal(size=(n, 4)).astype("f4")
        look_vec[:, 3] = 0
        look_vec /= np.linalg.norm(look_vec, axis=1, keepdims=True)
        file["look_vec"] = look_vec
        file["look_vec"].attrs["frame"] = "unity_camera"
        file["head/pose"] = rng.normal(size=(n, 3)).astype(">f8")
        file["iris_2d"] = rng.normal(size=(n, 8, 2)).astype("f4")
        file["iris_2d"].attrs.update(IN_CROP)
        file["subject"] = np.array([f"p{i % 15:02d}".encode() for i in range(n)])
        file.create_dataset("path", data=[f"imgs/ä{i}.jpg" for i in range(n)], dtype=h5py.string_dtype())
        file.attrs["source"] = "made by a test"
    return path


def compress(path: Path) -> Path:
    """The same file with its pictures compressed, so that damage shows."""
    with h5py.File(path, "r+") as file:
        images = file["image"][()]
        del file["image"]
        file.create_dataset("image", data=images, chunks=(16, HEIGHT, WIDTH), compression="gzip")
    return path


def damage(path: Path, chunk: int) -> None:
    """Overwrite one compressed chunk of the pictures."""
    with h5py.File(path) as file:
        found = file["image"].id.get_chunk_info_by_coord((chunk * 16, 0, 0))
    with path.open("r+b") as raw:
        raw.seek(found.byte_offset)
        raw.write(b"\xaa" * found.size)


def flip_a_byte(path: Path) -> None:
    """Change one pixel behind the writer's back."""
    with h5py.File(path, "r+") as file:
        file["image"][-1, 3, 3] ^= 1


def values_of(path: Path) -> dict[str, object]:
    """Every dataset and every attribute but the provenance, whose command differs, and the run's own number."""
    found: dict[str, object] = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.update({name: item[()].tolist()}) if isinstance(item, h5py.Dataset) else None
        )
        found |= {key: np.asarray(value).tolist() for key, value in file.attrs.items()}
    return {name: value for name, value in found.items() if name not in ("provenance", "gazeaug_run")}


def contents(path: Path) -> dict[str, Any]:
    """Every dataset and attribute, but for the number of the run."""
    found: dict[str, Any] = {}
    with h5py.File(path) as file:
        for name, dataset in datasets_of(file, skip="").items():
            rows = dataset[()]
            found[name] = (dataset.dtype, dataset.chunks, rows.tolist() if rows.dtype.kind == "O" else rows.tobytes())
            found[f"{name} attributes"] = sorted((key, str(value)) for key, value in dataset.attrs.items())
        found["attributes"] = {key: str(value) for key, value in file.attrs.items() if key != "gazeaug_run"}
    return found
