"""Pictures as PNG files with a table of labels, for people and for Hugging Face's `imagefolder`.

Source: Hugging Face's `imagefolder` (metadata.jsonl, metadata.csv). With `flat` the pictures lie alone in one folder,
as ports of SimGAN read them: carpedm20/simulated-unsupervised-tensorflow (data/gaze_data.py: grey N_cropped.png, as
many as N.jpg beside them), zhangzi1/simGAN (data.py: every file is taken for a grey picture), and those that take a
folder of folders (mjdietzx/SimGAN, AlexHex7/SimGAN_pytorch).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.file_names import MANY, FileNames, numbered
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.pictures import png_bytes
from gazeaug.converting.rows import Rows
from gazeaug.converting.tables import check_columns, flattened, plain_labels
from gazeaug.converting.targets import Target, holds_plain, says_grey
from gazeaug.errors import InputError

FILES_A_FOLDER = 10_000


def write_folder(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """images/00000/00000000.png, and metadata.jsonl or metadata.csv: `file_name` and a column a label.

    Args:
        rows: what to write.
        output: the folder, which is there.
        how: its `table` is "jsonl", or "csv" with a column for each number of a label (look_vec_0, look_vec_1); with
            `flat` all pictures are in images/, by the names of its pattern.
    """
    names = names_for(rows, how)
    if names is not None:
        (output / "images").mkdir()
    with (output / f"metadata.{how.table}").open("w", newline="", encoding="utf-8") as file:
        lines: Any = csv.writer(file)
        for block in rows.blocks():
            stop = block.start + len(block.images)
            flat_names = None if names is None else [f"images/{name}" for name in names.of(block.start, stop)]
            for i, image in enumerate(block.images):
                if flat_names is None:
                    name = save_png(image, output, block.start + i)
                else:
                    name = flat_names[i]
                    with (output / name).open("xb") as picture:
                        picture.write(png_bytes(image))
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


def names_for(rows: Rows, how: ConvertOptions) -> FileNames | None:
    """The names of pictures in one folder; None where they are spread over several.

    Raises:
        InputError: a pattern without `flat`, or one that cannot be taken.
    """
    if not how.flat:
        if how.names is not None:
            raise InputError("--names is for pictures in one folder; give --flat too.")
        return None
    return numbered(rows) if how.names is None else FileNames(rows, how.names)


def check_pictures(rows: Rows, how: ConvertOptions) -> list[str]:
    """What readers of pictures should know, once the names are found to be safe and each there once.

    Raises:
        InputError: see `FileNames` and `check_columns`.
    """
    if how.table == "csv":
        check_columns(rows)
    notes = says_grey(rows, how)
    names = names_for(rows, how)
    if names is None:
        return notes
    names.check()
    if rows.channels != 1:
        notes.append("pictures: RGB; ports of SimGAN that read one folder (carpedm20, zhangzi1) need --grey")
    notes.append("pictures: alone in images/; the table is beside it, for readers that take each file for a picture")
    if rows.n_images > MANY:
        notes.append(f"pictures: {rows.n_images:,} in one folder; listing it takes long on network disks")
    return notes


TARGET = Target(
    write=write_folder, holds=holds_plain, check=check_pictures, options=("table", "flat", "names"), is_folder=True
)
