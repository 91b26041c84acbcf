"""Pictures that are read in ways of our own, beside HDF5's: what comes is what HDF5 gives, or its error."""

from __future__ import annotations

import threading
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.inflating import InflatedRows, can_inflate, inflate
from gazeaug.eyefile.links import CHUNK_CACHE_BYTES
from gazeaug.eyefile.reader import open_eyes

GZIP = {"compression": "gzip"}
LAYOUTS: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "contiguous": ((150, 16, 18), {}),
    "chunked": ((150, 16, 18), {"chunks": (64, 16, 18)}),
    "chunks across pictures": ((150, 16, 18), {"chunks": (100, 5, 7)}),
    "gzip": ((150, 16, 18), {"chunks": (64, 16, 18), **GZIP}),
    "gzip, shuffle": ((150, 16, 18), {"chunks": (7, 16, 18), "shuffle": True, **GZIP}),
    "gzip, many bands": ((1500, 35, 55), {"chunks": (64, 35, 55), **GZIP}),
    "gzip, checksums": ((150, 16, 18), {"chunks": (64, 16, 18), "fletcher32": True, **GZIP}),
    "gzip across pictures": ((150, 16, 18), {"chunks": (100, 5, 7), **GZIP}),
    "gzip, RGB": ((150, 16, 18, 3), {"chunks": (64, 16, 18, 3), **GZIP}),
    "gzip, one channel": ((150, 16, 18, 1), {"chunks": (64, 16, 18, 1), **GZIP}),
    "lzf": ((150, 16, 18), {"chunks": (64, 16, 18), "compression": "lzf"}),
}
INFLATED = {"gzip", "gzip, shuffle", "gzip, many bands", "gzip, RGB", "gzip, one channel"}


def made(path: Path, layout: str) -> np.ndarray:
    shape, options = LAYOUTS[layout]
    images = np.random.default_rng(0).integers(0, 9, shape, dtype=np.uint8)
    with h5py.File(path, "w") as file:
        file.create_dataset("image", data=images, **options)
    return images


def read_into(path: Path, start: int, stop: int, shape: tuple[int, ...]) -> np.ndarray:
    out = np.full((stop - start, *shape), 255, np.uint8)
    with open_eyes(path) as eyes:
        eyes.read_images_into(out, start)
    return out


@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_are_those_of_the_file(tmp_path: Path, layout: str):
    images = made(tmp_path / "a.h5", layout)
    n_rows, shape = len(images), tuple(axis for axis in images.shape[1:] if axis != 1)
    for start, stop in ((0, n_rows), (0, 1), (63, 65), (5, 140), (n_rows - 1, n_rows), (n_rows - 70, n_rows)):
        found = read_into(tmp_path / "a.h5", start, stop, shape)
        np.testing.assert_array_equal(found.reshape(-1, *images.shape[1:]), images[start:stop])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_only_gzip_of_whole_pictures_is_inflated_here(tmp_path: Path, layout: str):
    made(tmp_path / "a.h5", layout)
    with h5py.File(tmp_path / "a.h5") as file:
        assert can_inflate(file["image"]) is (layout in INFLATED)


@pytest.mark.parametrize("layout", sorted(INFLATED))
def test_hdf5_reads_nothing_of_what_is_inflated_here(tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch):
    images = made(tmp_path / "a.h5", layout)
    monkeypatch.setattr(h5py.Dataset, "read_direct", None)
    with h5py.File(tmp_path / "a.h5") as file:
        rows, out = InflatedRows(file["image"]), np.empty_like(images)
        for start in range(0, len(out), 50):
            rows.read_into(out[start : start + 50], start)
        rows.close()
    np.testing.assert_array_equal(out, images)


def test_reading_backwards_and_again_gives_the_same(tmp_path: Path):
    images = made(tmp_path / "a.h5", "gzip, many bands")
    out = np.empty((10, 35, 55), np.uint8)
    with open_eyes(tmp_path / "a.h5") as eyes:
        for start in (1400, 0, 1200, 1205, 3):
            eyes.read_images_into(out, start)
            np.testing.assert_array_equal(out, images[start : start + 10])


def test_chunks_never_written_are_what_the_file_says(tmp_path: Path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        image = file.create_dataset("image", (20, 4, 4), "u1", chunks=(8, 4, 4), fillvalue=7, **GZIP)
        image[8:16] = 1
    found = read_into(tmp_path / "a.h5", 0, 20, (4, 4))
    assert found[:, 0, 0].tolist() == [7] * 8 + [1] * 8 + [7] * 4


def test_chunks_that_gzip_left_alone_are_taken_as_they_are(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (16, 4, 4), dtype=np.uint8)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        image = file.create_dataset("image", (16, 4, 4), "u1", chunks=(8, 4, 4), shuffle=True, **GZIP)
        image.id.write_direct_chunk((0, 0, 0), pixels[:8].tobytes(), 0b10)
        image.id.write_direct_chunk((8, 0, 0), zlib.compress(pixels[8:].tobytes()), 0)
    np.testing.assert_array_equal(read_into(tmp_path / "a.h5", 0, 16, (4, 4)), pixels)


ZIPPED = zlib.compress(bytes(128))


@pytest.mark.parametrize("stored", [b"\xff" * 40, ZIPPED[:-6], ZIPPED[:-1], ZIPPED[:-1] + b"?"])
def test_a_damaged_chunk_spoils_its_own_rows_only(tmp_path: Path, stored: bytes):
    images = np.random.default_rng(0).integers(0, 9, (24, 4, 4), dtype=np.uint8)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        image = file.create_dataset("image", data=images, chunks=(8, 4, 4), **GZIP)
        image.id.write_direct_chunk((8, 0, 0), stored, 0)
    np.testing.assert_array_equal(read_into(tmp_path / "a.h5", 0, 8, (4, 4)), images[:8])
    np.testing.assert_array_equal(read_into(tmp_path / "a.h5", 16, 24, (4, 4)), images[16:])
    with pytest.raises(InputError, match="rows 4 to 11 of 'image' cannot be read"):
        read_into(tmp_path / "a.h5", 4, 12, (4, 4))


@pytest.mark.parametrize("n_bytes", [100, 1 << 24])
def test_another_length_is_refused_before_it_is_inflated(n_bytes: int):
    with pytest.raises(ValueError, match="bytes where 128 were expected"):
        inflate(zlib.compress(bytes(n_bytes)), 128)


def test_threads_end_with_the_file(tmp_path: Path):
    made(tmp_path / "a.h5", "gzip, many bands")
    n_threads = threading.active_count()
    with open_eyes(tmp_path / "a.h5") as eyes:
        eyes.read_images_into(np.empty((500, 35, 55), np.uint8), 0)
        assert threading.active_count() > n_threads
    assert threading.active_count() == n_threads


@pytest.mark.parametrize(
    ("layout", "n_bytes"),
    [
        ("chunked", 0),
        ("chunks across pictures", 0),
        ("gzip across pictures", CHUNK_CACHE_BYTES),
        ("lzf", CHUNK_CACHE_BYTES),
    ],
)
def test_only_chunks_that_need_decoding_are_cached(tmp_path: Path, layout: str, n_bytes: int):
    made(tmp_path / "a.h5", layout)
    with open_eyes(tmp_path / "a.h5") as eyes:
        assert eyes._images._dataset.id.get_access_plist().get_chunk_cache()[1] == n_bytes


def test_the_cache_holds_all_chunks_that_a_row_lies_in(tmp_path: Path):
    """As h5py lays out a million pictures if it is not told how: a row lies in hundreds of chunks."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("image", (40_000, 35, 55), "u1", chunks=(10_000, 2, 2), **GZIP)
    with open_eyes(tmp_path / "a.h5") as eyes:
        n_slots, n_bytes, _ = eyes._images._dataset.id.get_access_plist().get_chunk_cache()
    assert n_bytes == 18 * 28 * 10_000 * 2 * 2
    assert n_slots > 18 * 28
