"""Pictures as PNG files with a table of labels, for people and for Hugging Face's `imagefolder`.

Source: Hugging Face's `imagefolder` (metadata.jsonl, metadata.csv).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.pictures import png_bytes
from gazeaug.converting.rows import Rows
from gazeaug.converting.tables import flattened, plain_labels
from gazeaug.converting.targets import Target, holds_plain

FILES_A_FOLDER = 10_000


def write_folder(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """images/00000/00000000.png, and metadata.jsonl or metadata.csv: `file_name` and a column a label.

    Args:
        rows: what to write.
        output: the folder, which is there.
        how: its `table` is "jsonl", or "csv" with a column for each number of a label (look_vec_0, look_vec_1).
    """
    with (output / f"metadata.{how.table}").open("w", newline="", encoding="utf-8") as file:
        lines: Any = csv.writer(file)
        for block in rows.blocks():
            for i, image in enumerate(block.images):
                name = save_png(image, output, block.start + i)
                record = {"file_name": name, **plain_labels(block, i)}
                if how.table == "csv":
                    flat = flattened(record)
                    if block.start + i == 0:
                        lines.writerow(flat)
                    lines.writerow(flat.values())
                else:
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")


def save_png(image: NDArray[np.uint8], folder: Path, row: int) -> str:
    """Write a picture; its name within `folder`."""
    name = f"images/{row // FILES_A_FOLDER:05d}/{row:08d}.png"
    path = folder / name
    if row % FILES_A_FOLDER == 0:
        path.parent.mkdir(parents=True)
    path.write_bytes(png_bytes(image))
    return name


TARGET = Target(write=write_folder, holds=holds_plain, options=("table",), is_folder=True)
