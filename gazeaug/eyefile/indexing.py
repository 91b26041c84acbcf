"""Rows of an eye file as Python asks for them, `eyes[5]` and `eyes[10:20]`; and what a file holds, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.pixels import size_text
from gazeaug.kinds import shortened

if TYPE_CHECKING:
    from gazeaug.eyefile.labels import Label

MOST_NAMED = 8  # labels

Index = int | slice | Sequence[int] | NDArray[np.integer] | NDArray[np.bool_]


def rows_at(index: Index, n_rows: int, where: str) -> NDArray[np.int64]:
    """Row numbers that an index means, negative ones counted from the end; of a mask with a value a row, the true ones.

    Raises:
        IndexError: a row that is not there.
        InputError: no whole numbers.
    """
    if isinstance(index, slice):
        return np.arange(*index.indices(n_rows))
    rows = np.atleast_1d(np.asarray(index))
    if rows.dtype == bool and rows.shape == (n_rows,) and np.ndim(index):
        return np.flatnonzero(rows)
    if (rows.size and rows.dtype.kind not in "iu") or rows.ndim > 1:
        raise InputError(f"{where}: expected a row number, a slice or a list of row numbers, found {shortened(index)}.")
    rows = rows.astype(np.int64)
    if rows.size and not (rows.min() >= -n_rows and rows.max() < n_rows):
        raise IndexError(f"{where}: rows 0 to {n_rows - 1} are there, asked for {shortened(index)}")
    return np.where(rows < 0, rows + n_rows, rows)


def holdings(n_rows: int, image_shape: Sequence[int], labels: Mapping[str, Label], gaze_names: Sequence[str]) -> str:
    """What a file holds: "10,000 pictures of 35 x 55 grey; labels: look_vec float32 (3,); gaze: look_vec"."""
    size = size_text(image_shape[0], image_shape[1], 3 if len(image_shape) == 3 else 1)
    named = [" ".join(filter(None, [name, type_of(label), shape_of(label)])) for name, label in labels.items()]
    more = f", and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    gaze = next((name for name in gaze_names if name in labels), None)
    frame = "" if gaze is None else labels[gaze].attributes.get("frame") or labels[gaze].attributes.get("angle_order")
    said = "none" if gaze is None else f"{gaze} ({frame})" if frame else gaze
    return f"{n_rows:,} pictures of {size}; labels: {', '.join(named[:MOST_NAMED]) or 'none'}{more}; gaze: {said}"


def type_of(label: Label) -> str:
    """Of a label's values."""
    return "text" if label.dtype.kind in "OSU" else label.dtype.name


def shape_of(label: Label) -> str:
    """Of a row of a label; nothing where it is one value."""
    return str(label.shape) if label.shape else ""
