"""ETH-XGaze's HDF5: face patches with gaze and head pose.

Source: the loader of ETH-XGaze (GazeDataset).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gazeaug.converting.hdf5 import Columns, append, creating
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.pictures import to_rgb
from gazeaug.converting.rows import Rows
from gazeaug.converting.targets import Target, holds_none


def write_xgaze(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """face_patch uint8 BGR (N, H, W, 3), face_gaze and face_head_pose float32 (N, 2): pitch, yaw in radians."""
    with creating(output) as file:
        for block in rows.blocks():
            columns: Columns = {
                "face_patch": to_rgb(block.images)[..., ::-1],
                "face_gaze": np.asarray(block.pitchyaw, np.float32),
                "face_head_pose": block.head.astype(np.float32),
            }
            append(file, columns)


TARGET = Target(write=write_xgaze, holds=holds_none, needs_gaze=True, has_head=True, channels=3)
