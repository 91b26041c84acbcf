"""Writing in place: one process writes every refined picture straight to its place in the output; nothing is joined.

HDF5 lays pictures of a fixed number out one after the other, so the place of a row is known before the output is
there. The output begins as a file of rows at those places; at the end HDF5's own bytes are put around them. Until
then no HDF5 library has it open, so a kill at any moment leaves rows that are whole or rows that no unit claims.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import RunError
from gazeaug.eyefile.attributes import copy_attributes
from gazeaug.eyefile.hdf5 import create_hdf5, open_hdf5
from gazeaug.eyefile.links import CHUNK_CACHE_BYTES, limit_metadata_cache
from gazeaug.eyefile.rows import EyeRows
from gazeaug.eyefile.writer import IMAGE, Complete, describe_file, finish_datasets, rows_per_chunk
from gazeaug.outputs import publish, writing_to
from gazeaug.refining.buffers import RowBuffer
from gazeaug.refining.pipeline import WriteBehind
from gazeaug.units.checksums import ROWS_AT_ONCE, RowsDigest
from gazeaug.units.ranges import Unit

DONE = re.compile(r"(\d+) ([0-9a-f]{64})")
COPIED_BYTES = 1 << 20


class InPlaceRows:
    """The rows of an output that is being made, and the units of which all rows are on the disk.

    Args:
        folder: of the unfinished work.
        output: what it becomes; errors name it.
        first_byte: place of the first row, see `first_byte_of`.
        image_shape: (H, W) or (H, W, 3).
    """

    def __init__(self, folder: Path, output: Path, *, first_byte: int, image_shape: tuple[int, ...]) -> None:
        self.rows, self.log = folder / "rows", folder / "units.log"
        self.output, self._frame = output, folder / "frame.h5"
        self.first_byte, self._shape = first_byte, image_shape
        self._row_bytes = int(np.prod(image_shape))

    def done(self) -> dict[int, str]:
        """Units whose rows are on the disk, by number, with their checksums; a line cut short by a kill is none."""
        lines = self.log.read_text(encoding="ascii").splitlines(keepends=True) if self.log.exists() else []
        found = [DONE.fullmatch(line[:-1]) for line in lines if line.endswith("\n")]
        return {int(match[1]): match[2] for match in found if match}

    def mend_log(self) -> None:
        """Drop a line cut short by a kill, so that the next one begins a line of its own."""
        content = self.log.read_bytes() if self.log.exists() else b""
        if not content.endswith(b"\n"):
            self.log.write_bytes(content[: content.rfind(b"\n") + 1])

    def damaged(self, units: Sequence[Unit], eyes: EyeRows, labels: Sequence[str]) -> list[Unit]:
        """Units whose rows are not what was written, labels as the input has them."""
        written = self.done()
        return [unit for unit in units if self._digest_of(unit, eyes, labels) != written[unit.index]]

    def _digest_of(self, unit: Unit, eyes: EyeRows, labels: Sequence[str]) -> str:
        digest = RowsDigest()
        if self.rows.exists():
            for start in range(unit.start, unit.stop, ROWS_AT_ONCE):
                stop = min(start + ROWS_AT_ONCE, unit.stop)
                images = self.read_images(start, stop)
                if len(images) != stop - start:
                    return ""
                digest.update(images, {name: eyes.read_label(name, start, stop) for name in labels})
        return digest.hexdigest()

    def place_of(self, row: int) -> int:
        """Where a row begins in the file, in bytes."""
        return self.first_byte + row * self._row_bytes

    def read_images(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Rows start..stop-1, fewer where the file ends before."""
        with self.rows.open("rb") as file:
            file.seek(self.place_of(start))
            content = file.read((stop - start) * self._row_bytes)
        n_whole = len(content) // self._row_bytes
        return np.frombuffer(content[: n_whole * self._row_bytes], np.uint8).reshape(-1, *self._shape)

    def finish(self, eyes: EyeRows, n_rows: int, options: Mapping[str, Any], complete: Complete) -> None:
        """Put HDF5's bytes around the rows and give the file its name; done again from the start after a kill.

        Args:
            eyes: the input, whose labels are carried.
            n_rows: of the output.
            options: `labels`, `others`, `attributes`, `image_attributes` and `provenance`, as `EyeWriter` takes them.
            complete: called with the file before it gets its name.

        Raises:
            RunError: the disk is full, or another HDF5 library has begun this work.
        """
        with writing_to(self.output):
            with create_hdf5(self._frame, libver="v110", rdcc_nbytes=CHUNK_CACHE_BYTES) as frame:
                limit_metadata_cache(frame)
                image = lay_out(frame, n_rows, self._shape)
                describe_file(frame, options["attributes"], options["provenance"])
                copy_attributes(options["image_attributes"], image)
                for name, label in options["labels"].items():
                    copy_label(eyes, name, label.create(frame, name, n_rows))
                finish_datasets(frame, options["labels"], options["image_attributes"], options["others"])
                complete(frame)
            with open_hdf5(self._frame) as frame:
                behind = place_of_rows(frame[IMAGE], self.first_byte)
            with self._frame.open("rb") as frame, self.rows.open("r+b") as rows:
                copy_bytes(frame, rows, 0, self.first_byte)
                copy_bytes(frame, rows, behind, self._frame.stat().st_size)
        publish(self.output, self.rows)


class InPlaceWriter:
    """Writes buffers that come in row order; a unit is logged as done once its rows are on the disk."""

    def __init__(self, target: InPlaceRows) -> None:
        self._target = target
        self._flusher = WriteBehind(self._note)  # a thread of its own: waiting for the disk keeps nobody else

    def write(self, buffer: RowBuffer) -> None:
        """Put a buffer's rows where they belong."""
        with writing_to(self._target.output):
            write_all(self._rows, buffer.images, self._target.place_of(buffer.start))
        if buffer.stop == buffer.unit.stop:
            self._flusher.put(f"{buffer.unit.index} {buffer.digest}\n".encode())

    def _note(self, line: bytes) -> None:
        with writing_to(self._target.output):
            getattr(os, "fdatasync", os.fsync)(self._rows.fileno())
            self._log.write(line)

    def __enter__(self) -> InPlaceWriter:
        with writing_to(self._target.output):
            self._target.rows.touch()
            self._rows = self._target.rows.open("r+b", buffering=0)
            self._target.mend_log()
            self._log = self._target.log.open("ab", buffering=0)
        self._flusher.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._rows, self._log:
            self._flusher.__exit__(kind, error, trace)


def write_all(file: FileIO, content: NDArray[np.uint8], place: int) -> None:
    """All bytes of an array to a place in a file; the system may take fewer at a time."""
    left = content.data.cast("B")
    file.seek(place)
    while left:
        left = left[file.write(left) :]


def lay_out(file: h5py.File, n_rows: int, image_shape: tuple[int, ...]) -> h5py.Dataset:
    """Make `image` in a new file, with room for all rows and nothing written."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((min(n_rows, rows_per_chunk(image_shape)), *image_shape))
    creation.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    creation.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    creation.set_obj_track_times(False)
    space = h5py.h5s.create_simple((n_rows, *image_shape))
    return h5py.Dataset(h5py.h5d.create(file.id, IMAGE.encode(), h5py.h5t.STD_U8LE, space, creation))


def first_byte_of(image_shape: tuple[int, ...]) -> int:
    """Where HDF5 puts the first row, tried on a small file in memory."""
    with h5py.File("trial", "w", libver="v110", driver="core", backing_store=False) as file:
        return int(lay_out(file, 1, image_shape).id.get_chunk_info(0).byte_offset)


def place_of_rows(image: h5py.Dataset, first_byte: int) -> int:
    """The byte behind the last chunk, once the rows have been found to lie one after the other from `first_byte`.

    Chunks of a fixed number, allocated at once and not compressed, do (HDF5 file format, "implicit index").

    Raises:
        RunError: they lie elsewhere.
    """
    n_chunks, chunk_bytes = image.id.get_num_chunks(), int(np.prod(image.chunks))
    for index in (0, n_chunks - 1):
        place = image.id.get_chunk_info(index).byte_offset
        if place != first_byte + index * chunk_bytes:
            raise RunError(f"{image.file.filename}: HDF5 puts chunk {index} at byte {place}; give --fresh.")
    return int(first_byte + n_chunks * chunk_bytes)


def copy_label(eyes: EyeRows, name: str, label: h5py.Dataset) -> None:
    """All rows of a label, as the input has them."""
    for start in range(0, len(label), ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, len(label))
        eyes.labels[name].write(label, start, eyes.read_label(name, start, stop))


def copy_bytes(given: Any, taken: Any, start: int, stop: int) -> None:
    """Bytes start..stop-1 of one open file to the same place in another."""
    given.seek(start)
    taken.seek(start)
    while start < stop:
        start += taken.write(given.read(min(COPIED_BYTES, stop - start)))
