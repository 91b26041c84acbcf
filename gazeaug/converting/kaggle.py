"""The Kaggle layout of gaze.h5: a dataset a picture, labels joined to them by `path`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gazeaug.converting.hdf5 import creating
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.rows import Rows
from gazeaug.converting.targets import Target, holds_all
from gazeaug.eyefile.labels import TEXT
from gazeaug.eyefile.writer import finish_datasets

SOURCE_PATH = "source_path"


def write_kaggle(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """`image` a group of one dataset a picture; `path` names each row's key; every label as it was.

    Keys have leading zeros, so that a reader which pairs the i-th key with the i-th row is right too.
    """
    digits = len(str(rows.n_images))
    with creating(output, rows) as file:
        group = file.create_group("image")
        kinds = {**{name: rows.label(name) for name in rows.labels}, "key": TEXT}
        made = {name: kind.create(file, "path" if name == "key" else renamed(name)) for name, kind in kinds.items()}
        labels = {renamed(name): kind for name, kind in kinds.items() if name != "key"}
        finish_datasets(file, labels, {}, rows.eyes.copied if rows.size is None else {})
        for block in rows.blocks():
            keys = [f"{row + 1:0{digits}d}" for row in range(block.start, block.start + len(block.images))]
            for key, image in zip(keys, block.images, strict=True):
                group.create_dataset(key, data=image)
            for name, values in {**block.labels, "key": np.array(keys, dtype=object)}.items():
                made[name].resize(block.start + len(values), axis=0)
                kinds[name].write(made[name], block.start, values)


def renamed(name: str) -> str:
    """The source's own `path` steps aside for the one that names the keys."""
    return SOURCE_PATH if name == "path" else name


def path_moves(rows: Rows, how: ConvertOptions) -> list[str]:
    """Said where the source's own path steps aside."""
    return ["path: names the keys now; the source's own is in 'source_path'"] if "path" in rows.labels else []


TARGET = Target(write=write_kaggle, holds=holds_all, check=path_moves)
