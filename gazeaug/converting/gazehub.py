"""Pictures and text labels for GazeHub's readers.

Source: GazeHub's readers (columns of a .label file).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.folder import save_png
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.persons import person_names
from gazeaug.converting.rows import Rows
from gazeaug.converting.targets import Target, holds_none
from gazeaug.gaze.angles import pitchyaw_to_look_vec

GAZEHUB_COLUMNS = "Face Left Right Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead"


def write_gazehub(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """Image/.../N.png and a Label/pXX.label a person, one line a picture; two angles stand **yaw first**.

    The one picture stands in the columns of the face and of both eyes; 3DGaze is in OpenCV's camera frame.
    """
    names = person_names(rows)
    for folder in ("Image", "Label"):
        (output / folder).mkdir()
    for name in names.values():
        label_file(output, name).write_text(GAZEHUB_COLUMNS + "\n", encoding="utf-8")
    for block in rows.blocks():
        lines: dict[str, list[str]] = {}
        for i, image in enumerate(block.images):
            picture = save_png(image, output / "Image", block.start + i)
            name = names[block.persons[i] if block.persons is not None else ""]
            lines.setdefault(name, []).append(gazehub_line(picture, np.asarray(block.pitchyaw)[i], block.head[i]))
        for name, texts in lines.items():
            with label_file(output, name).open("a", encoding="utf-8") as file:
                file.writelines(texts)


def label_file(output: Path, name: str) -> Path:
    """Where GazeHub's reader finds the lines of a person."""
    return output / "Label" / f"{name}.label"


def gazehub_line(picture: str, gaze: NDArray[np.float64], head: NDArray[np.float64]) -> str:
    """One picture in GazeHub's columns; numbers are written so that they are read back to the last bit."""
    angles = [gaze_to_opencv(gaze), gaze_to_opencv(head), gaze[::-1], head[::-1]]
    texts = [",".join(repr(float(value)) for value in values) for values in angles]
    return " ".join([picture, picture, picture, picture, "left", *texts]) + "\n"


def gaze_to_opencv(pitchyaw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pitch and yaw to a unit vector in OpenCV's camera frame: x right, y down, z forward."""
    vector: NDArray[np.float64] = pitchyaw_to_look_vec(pitchyaw[None])[0] * (1, -1, 1)
    return vector


TARGET = Target(
    write=write_gazehub, holds=holds_none, uses_persons=True, needs_gaze=True, has_head=True, is_folder=True
)
