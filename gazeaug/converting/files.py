"""Pictures as PNG files with a table of labels, for people and for GazeHub's and Hugging Face's readers.

Sources: GazeHub's reader (columns of a .label file), Hugging Face's `imagefolder` (metadata.jsonl, metadata.csv).
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.converting.hdf5 import person_names
from gazeaug.converting.rows import GAZE, Block, Rows, as_plain, flat_name
from gazeaug.gaze.angles import pitchyaw_to_look_vec

GAZEHUB_COLUMNS = "Face Left Right Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead"
FILES_A_FOLDER = 10_000


def write_folder(rows: Rows, output: Path, *, table: str = "jsonl") -> None:
    """images/00000/00000000.png, and metadata.jsonl or metadata.csv: `file_name` and a column a label.

    Args:
        rows: what to write.
        output: the folder, which is there.
        table: "jsonl", or "csv" with a column for each number of a label (look_vec_0, look_vec_1).
    """
    with (output / f"metadata.{table}").open("w", newline="", encoding="utf-8") as file:
        lines: Any = csv.writer(file)
        for block in rows.blocks():
            for i, image in enumerate(block.images):
                name = save_png(image, output, block.start + i)
                record = {"file_name": name, **plain_labels(block, i)}
                if table == "csv":
                    flat = flattened(record)
                    if block.start + i == 0:
                        lines.writerow(flat)
                    lines.writerow(flat.values())
                else:
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")


def write_gazehub(rows: Rows, output: Path) -> None:
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


def save_png(image: NDArray[np.uint8], folder: Path, row: int) -> str:
    """Write a picture; its name within `folder`."""
    name = f"images/{row // FILES_A_FOLDER:05d}/{row:08d}.png"
    path = folder / name
    if row % FILES_A_FOLDER == 0:
        path.parent.mkdir(parents=True)
    path.write_bytes(png_bytes(image))
    return name


def png_bytes(image: NDArray[np.uint8]) -> bytes:
    """A picture as PNG, which loses nothing."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


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
