"""HDF5 files of trainers: rows appended block by block, in groups of persons where the layout has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug import provenance
from gazeaug.converting.rows import ROWS_AT_ONCE, Rows, distinct
from gazeaug.eyefile.hdf5 import create_hdf5
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.links import limit_metadata_cache
from gazeaug.eyefile.writer import rows_per_chunk

VERSION = "v110"  # that readers with `swmr=True` (FAZE, ETH-XGaze) open too
Columns = dict[str, NDArray[Any]]


def creating(output: Path, rows: Rows, **options: Any) -> h5py.File:
    """A new file, to be used as a context manager; it says what its rows are from.

    Eyes that were refined are then known as such when the file is read again, whatever layout it has.

    Args:
        output: its name.
        rows: what goes into it.
        options: those of `h5py.File`.
    """
    file = create_hdf5(output, libver=VERSION, **options)
    try:
        limit_metadata_cache(file)
        file.attrs["provenance"] = json.dumps(provenance.make(input_provenance=rows.eyes.provenance))
    except BaseException:
        file.close()
        raise
    return file


def append_by_person(file: h5py.File, names: dict[str, str], persons: list[str] | None, columns: Columns) -> None:
    """Add the rows of each person to that person's group, in order."""
    n_rows = len(next(iter(columns.values())))
    of_row = np.array(persons if persons is not None else [""] * n_rows, dtype=object)
    for person in distinct(of_row):
        mine = of_row == person
        append(file.require_group(names[person]), {name: values[mine] for name, values in columns.items()})


def name_person(group: h5py.Group, person: str) -> None:
    """Say whose rows a group, or a file, holds: `prepare` takes that for the subject."""
    group.attrs["person"] = person.replace("\0", "\\0")  # which no attribute can hold


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


def append_labels(group: h5py.Group, labels: Mapping[str, Label], columns: Columns) -> None:
    """Add rows to datasets that were made as these labels, of any HDF5 type."""
    for name, label in labels.items():
        dataset, values = group[name], columns[name]
        start = len(dataset)
        dataset.resize(start + len(values), axis=0)
        label.write(dataset, start, values)
