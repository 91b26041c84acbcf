"""HDF5 files of trainers: rows appended block by block, in groups of persons where the layout has them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.rows import ROWS_AT_ONCE, distinct
from gazeaug.eyefile.hdf5 import create_hdf5
from gazeaug.eyefile.links import limit_metadata_cache
from gazeaug.eyefile.writer import rows_per_chunk

Columns = dict[str, NDArray[Any]]


@contextmanager
def creating(output: Path) -> Iterator[h5py.File]:
    """A new file in the version that readers with `swmr=True` (FAZE, ETH-XGaze) open too."""
    with create_hdf5(output, libver="v110") as file:
        limit_metadata_cache(file)
        yield file


def append_by_person(file: h5py.File, names: dict[str, str], persons: list[str] | None, columns: Columns) -> None:
    """Add the rows of each person to that person's group, in order."""
    n_rows = len(next(iter(columns.values())))
    of_row = np.array(persons if persons is not None else [""] * n_rows, dtype=object)
    for person in distinct(of_row):
        mine = of_row == person
        append(file.require_group(names[person]), {name: values[mine] for name, values in columns.items()})


def append(group: h5py.Group, columns: Columns) -> None:
    """Add rows to datasets that are made when first met."""
    for name, values in columns.items():
        if name not in group:
            shape = values.shape[1:]
            chunk_rows = rows_per_chunk(shape) if len(shape) > 1 else ROWS_AT_ONCE
            group.create_dataset(name, (0, *shape), values.dtype, maxshape=(None, *shape), chunks=(chunk_rows, *shape))
        dataset = group[name]
        start = len(dataset)
        dataset.resize(start + len(values), axis=0)
        dataset[start:] = values
