from __future__ import annotations

import zlib
from itertools import product
from math import prod
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug_studio import eye_sizes
from gazeaug_studio.eye_sizes import check_sizes
from tests.makers.eye_files import compress, write_eyes


def add_zeros(file: h5py.File, name: str, shape: tuple[int, ...], chunks: tuple[int, ...]) -> None:
    """Zeros as compressed chunks, of which none is ever in memory."""
    dataset = file.create_dataset(name, shape=shape, dtype="u1", chunks=chunks, compression="gzip")
    pack = zlib.compressobj(1)
    piece = bytes(1 << 20)
    data = b"".join(pack.compress(piece) for _ in range(prod(chunks) >> 20)) + pack.compress(
        bytes(prod(chunks) % (1 << 20))
    )
    data += pack.flush()
    for offset in product(*(range(0, size, step) for size, step in zip(shape, chunks, strict=True))):
        dataset.id.write_direct_chunk(offset, data)


@pytest.mark.parametrize(
    ("name", "shape", "chunks", "said"),
    [
        ("image", (1000, 35, 55), (1000, 35, 55), "decodes"),
        ("image", (1, 900, 900), (1, 900, 900), "MiB a row"),
        ("image/1", (900, 900), (900, 900), "MiB a row"),
        ("head/pose", (16, 100_000), (16, 100_000), "decodes"),
    ],
)
def test_a_small_file_of_very_much_is_refused_before_it_is_read(studio, folder, monkeypatch, name, shape, chunks, said):
    monkeypatch.setattr(eye_sizes, "MOST_CHUNK_BYTES", 1 << 20)
    monkeypatch.setattr(eye_sizes, "MOST_ROW_BYTES", 500_000)
    path = folder / "eyes.h5"
    with h5py.File(path, "w") as file:
        add_zeros(file, name, shape, chunks)
        if not name.startswith("image"):
            file["image"] = np.zeros((16, 16, 18), np.uint8)
    for address, more in (("/api/eyes", {}), ("/api/eyes/rows", {"start": 0, "stop": 1}), ("/api/eyes/tags", {})):
        answer = studio.get(address, file="eyes.h5", **more)
        assert answer.status == 422
        assert said in answer.json["error"]
    (item,) = studio.get("/api/folder").json["items"]
    assert item["kind"] == "unreadable"
    assert said in item["facts"]["problem"]


def test_a_label_of_large_rows_is_said_and_its_points_are_not_drawn(studio, folder):
    with h5py.File(write_eyes(folder / "eyes.h5", 4), "a") as file:
        add_zeros(file, "large", (4, 70 << 20), (1, 70 << 20))
        file.create_dataset("mesh", data=np.zeros((4, 5000, 2), np.float32))
    labels = studio.get("/api/eyes/labels", file="eyes.h5", row=0).json
    assert "70 MiB a row" in labels["large"]["problem"]
    assert "mesh" not in studio.get("/api/eyes/marks", file="eyes.h5", start=0, stop=4).json["points"]


def test_usual_files_pass(tmp_path: Path) -> None:
    check_sizes(write_eyes(tmp_path / "plain.h5", 40))
    check_sizes(compress(write_eyes(tmp_path / "filtered.h5", 40)))
    with pytest.raises(InputError, match="expected an HDF5 file"):
        check_sizes(Path(__file__))
