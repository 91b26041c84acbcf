"""The Kaggle layout of gaze.h5: a dataset a picture, labels joined to them by `path`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from gazeaug.converting.hdf5 import append_labels, creating
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.rows import Rows
from gazeaug.converting.targets import Target
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.writer import finish_datasets
from gazeaug.sources.hdf5 import KEYS, OWN_PATH

PICTURES = "image"


def write_kaggle(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """`image` a group of one dataset a picture; `path` names each row's key; every label as it was.

    Keys have leading zeros, so that a reader which pairs the i-th key with the i-th row is right too.
    """
    digits = len(str(rows.n_images))
    names = {name: own_path(rows) if name == KEYS else name for name in rows.labels}
    aside = {OWN_PATH: names[KEYS]} if KEYS in names else {}
    labels = {**{name: rows.label(own) for own, name in names.items()}, KEYS: replace(TEXT, attributes=aside)}
    with creating(output, rows) as file:
        group = file.create_group(PICTURES)
        for name, label in labels.items():
            label.create(file, name)
        others = rows.eyes.copied if rows.size is None else {}
        finish_datasets(file, labels, {}, {name: one for name, one in others.items() if holds_label(name)})
        for block in rows.blocks():
            keys = [f"{row + 1:0{digits}d}" for row in range(block.start, block.start + len(block.images))]
            for key, image in zip(keys, block.images, strict=True):
                group.create_dataset(key, data=image)
            columns = {name: block.labels[own] for own, name in names.items()}
            append_labels(file, labels, {**columns, KEYS: np.array(keys, dtype=object)})


def own_path(rows: Rows) -> str:
    """The name of the source's own `path`, which steps aside for the one that names the keys."""
    name = f"source_{KEYS}"
    while name in rows.eyes.labels:
        name = f"source_{name}"
    return name


def holds_label(name: str, label: Label | None = None) -> bool:
    """Whatever HDF5 holds, but what lies in groups of the names of the pictures and of the keys."""
    return name == KEYS or name.split("/")[0] not in (PICTURES, KEYS)


def path_moves(rows: Rows, how: ConvertOptions) -> list[str]:
    """Said where the source's own path steps aside."""
    said = f"{KEYS}: names the keys now; the source's own is in '{own_path(rows)}'"
    return [said] if KEYS in rows.labels else []


TARGET = Target(write=write_kaggle, holds=holds_label, check=path_moves)
