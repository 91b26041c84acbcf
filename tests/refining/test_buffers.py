"""Buffers: memory is used again, never by two at once; lengths suit batches and the chunks of the input."""

from __future__ import annotations

import mmap
from pathlib import Path

import h5py
import numpy as np
import pytest

import gazeaug.refining.stream
from gazeaug.eyefile.rows import EyeRows
from gazeaug.refining.buffers import BUFFER_BYTES, LARGEST_BUFFER_BYTES, BufferPool, RowBuffer, rows_per_buffer
from gazeaug.refining.work import refine
from gazeaug.units.ranges import Unit
from tests.makers import models
from tests.makers.eye_files import write_eyes


def test_memory_comes_back_and_is_handed_out_again():
    pinned: list[np.ndarray] = []
    pool = BufferPool((4, 2, 2), pinned.append)
    first, second = pool.take(), pool.take()
    assert not np.shares_memory(first.given, second.given)
    pool.give_back(first)
    assert pool.take() is first
    assert (pool.n_made, len(pinned)) == (2, 4)


def test_no_two_pieces_of_memory_share_a_page():
    pool = BufferPool((3, 35, 55))
    pieces = [piece for buffer in (pool.take(), pool.take()) for piece in (buffer.given, buffer.refined)]
    pages = [page for piece in pieces for page in range(piece.ctypes.data // mmap.PAGESIZE, last_page(piece) + 1)]
    assert all(piece.ctypes.data % mmap.PAGESIZE == 0 and piece.flags.writeable for piece in pieces)
    assert len(pages) == len(set(pages)) == 4 * 2


def last_page(piece: np.ndarray) -> int:
    return (piece.ctypes.data + piece.nbytes - 1) // mmap.PAGESIZE


def test_the_last_row_pads_the_batch():
    given = np.arange(8, dtype=np.uint8).reshape(8, 1, 1)
    buffer = RowBuffer(given, np.zeros_like(given), Unit(index=0, start=0, stop=5), 0, 5)
    assert buffer.padded(4) == 8
    assert given[:, 0, 0].tolist() == [0, 1, 2, 3, 4, 4, 4, 4]
    assert len(buffer.images) == buffer.stop == 5


@pytest.mark.parametrize(
    ("batch", "chunk", "row_bytes"), [(16, 64, 1925), (64, 512, 1925), (7, 64, 288), (64, 4096, 1925), (64, 1, 10**6)]
)
def test_a_buffer_holds_whole_batches_and_whole_chunks(batch: int, chunk: int, row_bytes: int):
    rows = rows_per_buffer(batch, chunk, row_bytes)
    assert rows % batch == 0
    assert rows % chunk == 0
    assert min(BUFFER_BYTES // 2, batch * row_bytes) <= rows * row_bytes <= max(LARGEST_BUFFER_BYTES, batch * row_bytes)


def test_chunks_too_large_for_a_buffer_are_read_in_batches():
    assert rows_per_buffer(64, 100_000, 1925) == 64 * 8


def test_a_run_makes_a_few_buffers_and_reads_along_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = write_eyes(tmp_path / "unityeyes.h5", 20_000)
    pools: list[BufferPool] = []
    starts: list[int] = []

    class Noted(BufferPool):
        def __init__(self, *given) -> None:
            super().__init__(*given)
            pools.append(self)

    read = EyeRows.read_images_into
    monkeypatch.setattr(gazeaug.refining.stream, "BufferPool", Noted)
    monkeypatch.setattr(
        EyeRows, "read_images_into", lambda self, out, start: (starts.append(start), read(self, out, start))[1]
    )
    report = refine(source, model=models.inverting(tmp_path / "refiner.onnx"), rows_per_unit=256)
    assert all(start % 64 == 0 for start in starts)
    assert len(starts) == 80  # the first one to try the model
    assert pools[0].n_made <= 8
    with h5py.File(report.output) as found, h5py.File(source) as given:
        np.testing.assert_array_equal(found["image"][()], 255 - given["image"][()])
