"""What an output says of itself: what made the eyes, and what the labels were that its layout cannot describe."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug import provenance
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.rows import GAZE, Rows, flat_name, is_plain
from gazeaug.eyefile.label_json import described
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.origin import Origin
from gazeaug.gaze.label import PITCHYAW
from gazeaug.runtime.identity import file_sha256
from gazeaug.sources.own_folders import MARK, TABLES

GAZE_LABEL = "gaze"  # under which the angles are read again, where the label that they are from does not go along


def facts_of(rows: Rows, how: ConvertOptions, **more: Any) -> dict[str, Any]:
    """What is to be known of eyes that were converted, as JSON holds it."""
    origin = Origin.of(rows.eyes)
    return provenance.make(
        to=how.to,
        **more,
        eyes=sorted(str(kind) for kind in origin.kinds if kind is not None),
        image_shape=list(rows.image_shape),
        labels=described_labels(rows),
        input_provenance=rows.eyes.provenance,
    )


def described_labels(rows: Rows) -> dict[str, dict[str, Any]]:
    """The labels that go over, each with its column, type, shape and attributes."""
    labels = {name: (flat_name(name), rows.label(name)) for name in rows.labels if is_plain(rows.label(name))}
    if rows.gaze is not None and rows.gaze.label not in labels and GAZE_LABEL not in labels:
        labels[GAZE_LABEL] = GAZE, Label.of(np.float64, (2,), PITCHYAW.attributes)
    return {name: {"column": column, **described(label)} for name, (column, label) in labels.items()}


def write_mark(
    folder: Path, rows: Rows, how: ConvertOptions, left_out: Sequence[str], notes: Sequence[str], **more: Any
) -> None:
    """Say in a hidden file of a folder that a conversion made it, what the eyes in it are, and what its layout adds."""
    table = next((folder / name for name in TABLES if (folder / name).is_file()), None)
    of_table = {} if table is None else {"table": table.name, "table_sha256": file_sha256(table)}
    said = facts_of(rows, how, left_out=left_out, notes=notes, **of_table, **more)
    (folder / MARK).write_text(json.dumps(said, indent=1), encoding="utf-8")
