"""One Parquet file for Hugging Face's datasets.

Source: the Image feature of Hugging Face datasets.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.facts import facts_of
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.pictures import png_bytes
from gazeaug.converting.rows import GAZE, Rows, as_text, flat_name
from gazeaug.converting.targets import Target, holds_plain, says_grey
from gazeaug.errors import InputError
from gazeaug.output_kinds import Kind

FACTS = "gazeaug"  # key of the schema's metadata


def write_parquet(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """One Parquet file: `image` as Hugging Face's Image feature (PNG bytes), a column a label, gaze_pitchyaw.

    Its schema's metadata says under `gazeaug`, as JSON, what made the eyes and what the labels were.

    Raises:
        InputError: pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError("--to parquet needs a library: pip install 'gazeaug[parquet]'.") from None
    features = json.dumps({"info": {"features": {"image": {"_type": "Image"}}}})
    said = {"huggingface": features, FACTS: json.dumps(facts_of(rows, how))}
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
                columns[flat_name(name)] = arrow_column(pyarrow, values, name)
            table = pyarrow.table(columns).replace_schema_metadata(said)
            writer = writer or pyarrow.parquet.ParquetWriter(output, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def with_gaze(labels: dict[str, NDArray[Any]], pitchyaw: NDArray[np.float64] | None) -> dict[str, NDArray[Any]]:
    """Labels with the gaze angles among them."""
    return labels if pitchyaw is None else {**labels, GAZE: pitchyaw}


def arrow_column(pyarrow: Any, values: NDArray[Any], name: str) -> Any:
    """Rows of a label as an Arrow array: numbers of the same type, text, or fixed-size lists of either."""
    flat = values.reshape(-1)
    if values.dtype.kind in "OS":
        column = pyarrow.array([as_text(value, name) for value in flat], pyarrow.string())
    else:
        column = pyarrow.array(flat.astype(flat.dtype.newbyteorder("=")))
    for axis in reversed(values.shape[1:]):
        column = pyarrow.FixedSizeListArray.from_arrays(column, axis)
    return column


TARGET = Target(write=write_parquet, holds=holds_plain, check=says_grey, kind=Kind.TABLE)
