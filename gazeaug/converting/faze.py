"""FAZE's HDF5: a group a person with pixels and labels.

Source: the loader of few_shot_gaze (HDFDataset).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gazeaug.converting.hdf5 import append_by_person, creating
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.persons import persons_of
from gazeaug.converting.pictures import to_rgb
from gazeaug.converting.rows import Rows
from gazeaug.converting.targets import Target, holds_none


def write_faze(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """A group a person: pixels uint8 RGB (n, H, W, 3), labels float32 (n, 4): gaze and head, pitch before yaw."""
    names = {person: person.replace("/", "_") or "p00" for person in persons_of(rows)}
    with creating(output, rows) as file:
        for block in rows.blocks():
            labels = np.concatenate([np.asarray(block.pitchyaw), block.head], axis=1).astype(np.float32)
            append_by_person(file, names, block.persons, {"pixels": to_rgb(block.images), "labels": labels})


TARGET = Target(write=write_faze, holds=holds_none, uses_persons=True, needs_gaze=True, has_head=True, channels=3)
