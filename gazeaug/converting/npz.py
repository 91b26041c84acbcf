"""NumPy's npz, written row by row.

Source: numpy.lib.format.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.facts import facts_of
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.rows import GAZE, ROWS_AT_ONCE, Rows, as_text, flat_name
from gazeaug.converting.targets import Target, holds_plain
from gazeaug.output_kinds import Kind

ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # no clock time, so that the same rows give the same bytes


def write_npz(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """image.npy, a member a label and gaze_pitchyaw.npy, slab by slab into an uncompressed zip.

    `numpy.load` reads it without pickle: text becomes fixed-width Unicode, everything else keeps its type. The
    archive's comment says as JSON what made the eyes and what the labels were; a member more would be taken for data.
    """
    n = rows.n_images
    starts = range(0, n, ROWS_AT_ONCE)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.comment = comment_of(rows, how)
        write_member(archive, "image", np.dtype(np.uint8), (n, *rows.image_shape), (b.images for b in rows.blocks()))
        for name in rows.labels:
            label = rows.label(name)
            dtype = text_type(rows, name) if label.dtype.kind == "O" else np.dtype(label.dtype.str)
            slabs = (as_type(rows.read_label(name, at, at + ROWS_AT_ONCE), dtype, name) for at in starts)
            write_member(archive, flat_name(name), dtype, (n, *label.shape), slabs)
        if rows.gaze is not None:
            slabs = (rows.pitchyaw(rows.gaze, at, at + ROWS_AT_ONCE) for at in starts)
            write_member(archive, GAZE, np.dtype(np.float64), (n, 2), slabs)


def comment_of(rows: Rows, how: ConvertOptions) -> bytes:
    """What is to be known of the eyes; without what is too long for the comment of a zip archive."""
    facts = facts_of(rows, how)
    for left_out in ((), ("labels",), ("labels", "input_provenance")):
        said = json.dumps({name: fact for name, fact in facts.items() if name not in left_out}).encode()
        if len(said) <= zipfile.ZIP_MAX_COMMENT:
            return said
    return b""


def write_member(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype[Any], shape: tuple[int, ...], slabs: Iterable[NDArray[Any]]
) -> None:
    """A member that NumPy reads as an array, its rows written as they come."""
    with archive.open(zipfile.ZipInfo(f"{name}.npy", ZIP_DATE), "w", force_zip64=True) as stream:
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_2_0(stream, header)
        for slab in slabs:
            stream.write(np.ascontiguousarray(slab).tobytes())


def text_type(rows: Rows, name: str) -> np.dtype[Any]:
    """Unicode wide enough for the longest text of a label."""
    longest = 1
    for start, stop in rows.spans():
        values = rows.eyes.read_label(name, start, stop).reshape(-1)
        longest = max(longest, *(len(as_text(value, name)) for value in values))
    return np.dtype(f"<U{longest}")


def as_type(values: NDArray[Any], dtype: np.dtype[Any], name: str) -> NDArray[Any]:
    """Text objects of a label as fixed-width Unicode; other rows as they are."""
    if values.dtype.kind != "O":
        return values
    return np.array([as_text(value, name) for value in values.reshape(-1)], dtype).reshape(values.shape)


TARGET = Target(write=write_npz, holds=holds_plain, kind=Kind.ARRAYS)
