"""Containers that other libraries stream: tar shards for webdataset, Parquet for Hugging Face datasets, NumPy's npz.

Sources: webdataset's TarWriter, the Image feature of Hugging Face datasets, numpy.lib.format.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.files import plain_labels, png_bytes
from gazeaug.converting.rows import GAZE, ROWS_AT_ONCE, Rows, as_text, flat_name
from gazeaug.errors import InputError

IMAGES_A_SHARD = 10_000
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # no clock time, so that the same rows give the same bytes


def write_webdataset(rows: Rows, output: Path) -> None:
    """eyes-000000.tar and on: NNNNNNNN.png and NNNNNNNN.json a row, the gaze as gaze_pitchyaw in the JSON.

    Raises:
        InputError: webdataset is not installed.
    """
    try:
        import webdataset
    except ImportError:
        raise InputError("--to webdataset needs a library: pip install 'gazeaug[webdataset]'.") from None
    tar: Any = None
    try:
        for block in rows.blocks():
            for i, image in enumerate(block.images):
                row = block.start + i
                if row % IMAGES_A_SHARD == 0:
                    if tar is not None:
                        tar.close()
                    # A name in place of the stream would let webdataset run it as a command where it begins with pipe:.
                    stream = (output / f"eyes-{row // IMAGES_A_SHARD:06d}.tar").open("wb")
                    tar = Tar(webdataset, stream)
                tar.write(f"{row:08d}", png_bytes(image), json.dumps(plain_labels(block, i)).encode())
    finally:
        if tar is not None:
            tar.close()


class Tar:
    """A shard being written, with the stream under it."""

    def __init__(self, webdataset: ModuleType, stream: IO[bytes]) -> None:
        self._stream = stream
        self._tar = webdataset.TarWriter(stream, encoder=False, mtime=0.0)

    def write(self, key: str, png: bytes, labels: bytes) -> None:
        """Add a row."""
        self._tar.write({"__key__": key, "png": png, "json": labels})

    def close(self) -> None:
        """Finish the shard."""
        self._tar.close()
        self._stream.close()


def write_parquet(rows: Rows, output: Path) -> None:
    """One Parquet file: `image` as Hugging Face's Image feature (PNG bytes), a column a label, gaze_pitchyaw.

    Raises:
        InputError: pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError("--to parquet needs a library: pip install 'gazeaug[parquet]'.") from None
    features = json.dumps({"info": {"features": {"image": {"_type": "Image"}}}})
    writer: Any = None
    try:
        for block in rows.blocks():
            names = [f"{row:08d}.png" for row in range(block.start, block.start + len(block.images))]
            pictures = [
                {"bytes": png_bytes(image), "path": name} for image, name in zip(block.images, names, strict=True)
            ]
            kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
            columns = {"image": pyarrow.array(pictures, kind)}
            for name, values in with_gaze(block.labels, block.pitchyaw).items():
                columns[flat_name(name)] = arrow_column(pyarrow, values)
            table = pyarrow.table(columns).replace_schema_metadata({"huggingface": features})
            writer = writer or pyarrow.parquet.ParquetWriter(output, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def with_gaze(labels: dict[str, NDArray[Any]], pitchyaw: NDArray[np.float64] | None) -> dict[str, NDArray[Any]]:
    """Labels with the gaze angles among them."""
    return labels if pitchyaw is None else {**labels, GAZE: pitchyaw}


def arrow_column(pyarrow: Any, values: NDArray[Any]) -> Any:
    """Rows of a label as an Arrow array: numbers of the same type, text, or fixed-size lists of either."""
    flat = values.reshape(-1)
    if values.dtype.kind in "OS":
        column = pyarrow.array([as_text(value) for value in flat], pyarrow.string())
    else:
        column = pyarrow.array(flat.astype(flat.dtype.newbyteorder("=")))
    for axis in reversed(values.shape[1:]):
        column = pyarrow.FixedSizeListArray.from_arrays(column, axis)
    return column


def write_npz(rows: Rows, output: Path) -> None:
    """image.npy, a member a label and gaze_pitchyaw.npy, slab by slab into an uncompressed zip.

    `numpy.load` reads it without pickle: text becomes fixed-width Unicode, everything else keeps its type.
    """
    n = rows.n_images
    starts = range(0, n, ROWS_AT_ONCE)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        write_member(archive, "image", np.dtype(np.uint8), (n, *rows.image_shape), (b.images for b in rows.blocks()))
        for name in rows.labels:
            label = rows.label(name)
            dtype = text_type(rows, name) if label.dtype.kind == "O" else np.dtype(label.dtype.str)
            slabs = (as_type(rows.read_label(name, at, at + ROWS_AT_ONCE), dtype) for at in starts)
            write_member(archive, flat_name(name), dtype, (n, *label.shape), slabs)
        if rows.gaze is not None:
            slabs = (rows.pitchyaw(rows.gaze, at, at + ROWS_AT_ONCE) for at in starts)
            write_member(archive, GAZE, np.dtype(np.float64), (n, 2), slabs)


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
    for start in range(0, rows.n_images, ROWS_AT_ONCE):
        values = rows.eyes.read_label(name, start, start + ROWS_AT_ONCE).reshape(-1)
        longest = max(longest, *(len(as_text(value)) for value in values))
    return np.dtype(f"<U{longest}")


def as_type(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Text objects as fixed-width Unicode; other rows as they are."""
    if values.dtype.kind != "O":
        return values
    return np.array([as_text(value) for value in values.reshape(-1)], dtype).reshape(values.shape)
