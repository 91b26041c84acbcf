"""The labels of a row as tables and JSON hold them."""

from __future__ import annotations

from typing import Any

import numpy as np

from gazeaug.converting.rows import GAZE, Block, as_plain, flat_name


def plain_labels(block: Block, i: int) -> dict[str, Any]:
    """The labels of a row as numbers, text and lists, and its gaze as pitch and yaw."""
    labels = {flat_name(name): as_plain(values[i]) for name, values in block.labels.items()}
    return labels if block.pitchyaw is None else {**labels, GAZE: block.pitchyaw[i].tolist()}


def flattened(record: dict[str, Any]) -> dict[str, Any]:
    """Lists spread over columns name_0, name_1 and on."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        items = np.asarray(value, dtype=object).ravel() if isinstance(value, list) else None
        flat.update({name: value} if items is None else {f"{name}_{i}": item for i, item in enumerate(items)})
    return flat
