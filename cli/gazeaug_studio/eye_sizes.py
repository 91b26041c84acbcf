"""Bounds for eye files: compressed, a file of few bytes can hold rows that fill the memory of the server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import prod
from pathlib import Path

import h5py

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.links import is_filtered, naming_damage
from gazeaug.eyefile.reader import IMAGE

MOST_ROW_BYTES = 64 << 20
MOST_CHUNK_BYTES = 512 << 20  # that are decoded for a single row
DEEPEST = 4  # groups in groups


def check_sizes(path: Path) -> None:
    """Refuse a file before any row of it is decoded, which opening an eye file does; raises InputError."""
    with (
        open_hdf5(path, expected="expected an HDF5 file of eyes", locking=False) as file,
        naming_damage(f"{path}: what it holds"),
    ):
        for name, dataset in datasets_in(file, DEEPEST):
            n_bytes = bytes_of(dataset, dataset.chunks or ())
            if n_bytes > MOST_CHUNK_BYTES and is_filtered(dataset):
                raise too_large(path, name, f"decodes {n_bytes >> 20:,} MiB for a row", "chunks")
            row = dataset.shape[1:] if name == IMAGE else dataset.shape if name.startswith(f"{IMAGE}/") else ()
            if (n_bytes := bytes_of(dataset, row)) > MOST_ROW_BYTES:
                raise too_large(path, name, f"takes {n_bytes >> 20:,} MiB a row", "pictures")


def bytes_of(dataset: h5py.Dataset, shape: tuple[int, ...]) -> int:
    """What a part of a dataset takes."""
    return int(dataset.id.get_type().get_size()) * prod(shape)


def too_large(path: Path, name: str, what: str, smaller: str) -> InputError:
    """What is said of a file that is not shown."""
    return InputError(f"{path}: '{name}' {what}, too much to be shown here; write the file with smaller {smaller}.")


def datasets_in(group: h5py.Group, depth: int, above: str = "") -> Iterator[tuple[str, h5py.Dataset]]:
    """The datasets of a group and of those in it, by their names; no link is followed.

    Of pictures one by one, which must be alike, the first alone.
    """
    for name in group:
        if isinstance(name, bytes) or not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        kind, path = group.get(name, getclass=True), above + name
        if kind is h5py.Dataset:
            yield path, group[name]
        elif kind is h5py.Group and depth > 0:
            inside = datasets_in(group[name], depth - 1, f"{path}/")
            yield from islice(inside, 1) if path == IMAGE else inside
