"""MPIIGaze.h5 of the common PyTorch trainer: a group a person.

Source: the loader of pytorch_mpiigaze (OnePersonDataset).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gazeaug.converting.hdf5 import Columns, append_by_person, creating
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.persons import person_names
from gazeaug.converting.pictures import to_grey
from gazeaug.converting.rows import Rows
from gazeaug.converting.targets import Target, holds_none
from gazeaug.errors import InputError

MPIIGAZE_SIZE = (36, 60)


def write_mpiigaze(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """pXX/image uint8 (n, H, W), pXX/gaze and pXX/pose float32 (n, 2): pitch, yaw in radians."""
    names = person_names(rows)
    with creating(output, rows) as file:
        for block in rows.blocks():
            gaze, pose = np.asarray(block.pitchyaw, np.float32), block.head.astype(np.float32)
            columns: Columns = {"image": to_grey(block.images), "gaze": gaze, "pose": pose}
            append_by_person(file, names, block.persons, columns)
        for person, name in names.items():
            file[name].attrs["person"] = person


def check_size(rows: Rows, how: ConvertOptions) -> list[str]:
    """Refuse pictures that the readers of MPIIGaze.h5 would take for others."""
    if rows.image_shape[:2] != MPIIGAZE_SIZE:
        raise InputError(
            f"{rows.eyes.path}: --to mpiigaze-h5 needs pictures of 36x60, found {rows.eyes.height}x{rows.eyes.width}; "
            "give --resize 36x60 to cut them to that aspect and resize them."
        )
    return []


TARGET = Target(
    write=write_mpiigaze,
    holds=holds_none,
    check=check_size,
    uses_persons=True,
    needs_gaze=True,
    has_head=True,
    channels=1,
)
