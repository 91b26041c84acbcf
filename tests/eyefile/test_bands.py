"""Pictures read beside HDF5, or in larger pieces than asked for: what comes is what HDF5 gives, or its error."""

from __future__ import annotations

import threading
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.bands import Bands, can_inflate, has_bands, inflate
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
def test_hdf5_reads_nothing_of_what_is_inflated_here(tmp_path: Path, layout: str):
    images = made(tmp_path / "a.h5", layout)
    with h5py.File(tmp_path / "a.h5") as file:
        rows, out = Bands(file["image"], unused), np.empty_like(images)
        for start in range(0, len(out), 50):
            rows.read_into(out[start : start + 50], start)
        rows.close()
    np.testing.assert_array_equal(out, images)


def unused(start: int, stop: int) -> np.ndarray:
    raise AssertionError


def test_reading_backwards_and_again_gives_the_same(tmp_path: Path):
    images = made(tmp_path / "a.h5", "gzip, many bands")
    out = np.empty((10, 35, 55), np.uint8)
    with open_eyes(tmp_path / "a.h5") as eyes:
        for start in (1400, 0, 1200, 1205, 3):
            eyes.read_images_into(out, start)
            np.testing.assert_array_equal(out, images[start : start + 10])


def test_chunks_never_written_are_no_pictures_whatever_stands_for_them(tmp_path: Path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        image = file.create_dataset("image", (20, 4, 4), "u1", chunks=(8, 4, 4), fillvalue=7, **GZIP)
        image[:8] = 1
    assert (read_into(tmp_path / "a.h5", 0, 8, (4, 4)) == 1).all()
    with pytest.raises(InputError, match="row 8 and maybe others were never written"):
        read_into(tmp_path / "a.h5", 0, 20, (4, 4))


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


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if "chunks" in LAYOUTS[name][1]])
def test_chunks_that_need_no_decoding_are_not_cached(tmp_path: Path, layout: str):
    made(tmp_path / "a.h5", layout)
    with open_eyes(tmp_path / "a.h5") as eyes:
        n_bytes = eyes._images._dataset.id.get_access_plist().get_chunk_cache()[1]
        assert (n_bytes == 0) is not has_bands(eyes._images._dataset)


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_every_band_is_decoded_once_and_the_last_one_let_go(tmp_path: Path, dtype: str):
    """As h5py lays out many pictures if it is not told how: a row lies in many chunks, each of thousands of rows."""
    images = np.random.default_rng(0).integers(0, 256, (2500, 35, 55))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("image", data=images.astype(dtype), chunks=(1000, 9, 14), **GZIP)
    out, asked = np.empty((2500, 35, 55), np.uint8), []
    with open_eyes(tmp_path / "a.h5") as eyes:
        bands = eyes._images._bands
        read, bands._band_rows = bands._read, 1000
        bands._read = lambda start, stop: (asked.append((start, stop)), read(start, stop))[1]
        for start in range(0, 2500, 300):
            eyes.read_images_into(out[start : start + 300], start)
        assert asked == [(0, 1000), (1000, 2000), (2000, 2500)]
        assert bands._band.size == 0
    np.testing.assert_array_equal(out, images)
