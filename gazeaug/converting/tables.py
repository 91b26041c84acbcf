"""The labels of a row as tables and JSON hold them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from gazeaug.converting.rows import GAZE, Block, Rows, as_plain, flat_name
from gazeaug.errors import InputError


def plain_labels(block: Block, i: int) -> dict[str, Any]:
    """The labels of a row as numbers, text and lists, and its gaze as pitch and yaw."""
    labels = {flat_name(name): as_plain(values[i], name) for name, values in block.labels.items()}
    return labels if block.pitchyaw is None else {**labels, GAZE: block.pitchyaw[i].tolist()}


def check_columns(rows: Rows) -> None:
    """Refuse labels that would have a column in common once lists are spread, such as x of two numbers and x_0.

    Raises:
        InputError: naming the column.
    """
    shapes = {flat_name(name): rows.label(name).shape for name in rows.labels}
    if rows.gaze is not None:
        shapes[GAZE] = (2,)
    columns = [
        column
        for name, shape in shapes.items()
        for column in ([f"{name}_{k}" for k in range(int(np.prod(shape)))] if shape else [name])
    ]
    for column, n in Counter(columns).items():
        if n > 1:
            raise InputError(
                f"{rows.eyes.path}: two labels would become the column '{column}' of a CSV; name others with --labels, "
                "or write --table jsonl."
            )


def flattened(record: dict[str, Any]) -> dict[str, Any]:
    """Lists spread over columns name_0, name_1 and on."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        items = np.asarray(value, dtype=object).ravel() if isinstance(value, list) else None
        flat.update({name: value} if items is None else {f"{name}_{i}": item for i, item in enumerate(items)})
    return flat
