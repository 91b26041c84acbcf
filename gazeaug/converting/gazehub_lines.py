"""The lines of GazeHub's .label files: what stands in each column, number by number.

Source: GazeHub's scripts. 3DGaze is in OpenCV's camera frame, in gaze360 in Gaze360's own; 3DHead is the rotation
vector of the head, in rt-gene minus its z axis; pairs of angles are yaw, pitch, in ETH-XGaze's train.label pitch, yaw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.gazehub_layouts import LAYOUTS
from gazeaug.converting.gazehub_plan import LABEL_OF, OF_ETH, Plan, sides_of
from gazeaug.converting.rows import Block, Rows
from gazeaug.eyefile.labels import text_of
from gazeaug.gaze.conventions import VectorConvention
from gazeaug.gaze.label import KnownGaze
from gazeaug.sources.gazehub_directions import GAZE_ANGLES, HEAD_ANGLES, HEAD_AXIS, direction_of

OPENCV, GAZE360 = np.array((1, -1, 1)), np.array((-1, -1, 1))  # of UnityEyes' frame, and of OpenCV's
AS_IT_IS = 1e-6  # from what is computed: up to that the numbers of GazeHub's own text stay bit for bit
UNIT = 1e-12  # from a length of 1: up to that any other vector does


def lines_of(
    rows: Rows, block: Block, plan: Plan, pictures: Sequence[str], persons: Sequence[str]
) -> dict[str, list[str]]:
    """The lines of a block's rows by what is put behind the name of their file: for ETH-XGaze in two orders."""
    fields = fields_of(rows, block, plan, pictures, persons)
    columns = {column: fields[column.lower()]() for column in plan.columns}
    if "gaze" not in columns:
        return {"": joined(columns)}
    yaw_first = {"gaze": texts(np.asarray(block.pitchyaw)[:, ::-1]), "head": texts(block.head[:, ::-1])}
    return {"": joined(columns), "YP": joined({**columns, **yaw_first})}


def joined(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Columns as lines."""
    return [" ".join(fields) for fields in zip(*columns.values(), strict=True)]


def fields_of(
    rows: Rows, block: Block, plan: Plan, pictures: Sequence[str], persons: Sequence[str]
) -> dict[str, Callable[[], Sequence[str]]]:
    """What makes the fields of each column, by its name in small letters."""
    start, stop = block.start, block.start + len(block.images)
    labels, is_rt_gene = block.labels, plan.layout is LAYOUTS["rt-gene"]
    pitchyaw = np.asarray(block.pitchyaw)

    def gaze() -> Sequence[str]:
        vectors = vectors_of(rows, block)
        return texts(vectors * GAZE360 if plan.layout is LAYOUTS["gaze360"] else vectors)

    def head() -> Sequence[str]:
        if is_rt_gene:
            return texts(kept(block, HEAD_AXIS, direction_of(block.head[:, ::-1])))
        return texts(rows.head_rotation(start, stop))

    def origin() -> Sequence[str]:
        if is_rt_gene:
            return persons
        name = next((name for name in ("origin", "path") if name in labels), None)
        found = pictures if name is None else [text_of(value) for value in labels[name]]
        return [as_field(text) or picture for text, picture in zip(found, pictures, strict=True)]

    def carried(column: str) -> Callable[[], Sequence[str]]:
        def values() -> Sequence[str]:
            name = LABEL_OF.get(column, column)
            if name not in labels:
                return [OF_ETH[column]] * len(pictures)
            return texts(np.asarray(labels[name]).reshape(len(pictures), -1))

        return values

    return {
        **dict.fromkeys(("image", "face", "left", "right"), lambda: pictures),
        **dict.fromkeys(("origin", "metapath"), origin),
        **{column.lower(): carried(column) for column in (*plan.layout.more, *OF_ETH)},
        "whicheye": lambda: sides_of(rows, start, stop, plan),
        "3dgaze": gaze,
        "3dhead": head,
        "2dgaze": lambda: texts(kept(block, GAZE_ANGLES, pitchyaw[:, ::-1])),
        "2dhead": lambda: texts(kept(block, HEAD_ANGLES, block.head[:, ::-1])),
        "gaze": lambda: texts(pitchyaw),
        "head": lambda: texts(block.head),
    }


def as_field(text: str) -> str:
    """Text without the spaces that separate fields."""
    return "_".join(text.split())


def texts(values: NDArray[np.generic]) -> list[str]:
    """Numbers of each row with commas between them, as short as they are read back to the last bit."""
    return [",".join(map(repr, row)) for row in values.tolist()]


def kept(block: Block, name: str, computed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers as a label has them, where there is one that says the same as what is computed."""
    if name not in block.labels:
        return computed
    said = np.asarray(block.labels[name], np.float64)
    is_same = (np.abs(said - computed) <= AS_IT_IS).all(axis=1, keepdims=True)
    values: NDArray[np.float64] = np.where(is_same, said, computed)
    return values


def vectors_of(rows: Rows, block: Block) -> NDArray[np.float64]:
    """Unit vectors of the gaze in OpenCV's camera frame; to the last bit what the label has, where that is one."""
    gaze = rows.gaze
    if not isinstance(gaze, KnownGaze) or not isinstance(gaze.convention, VectorConvention):
        return direction_of(np.asarray(block.pitchyaw)[:, ::-1])
    values = np.asarray(rows.eyes.read_label(gaze.label, block.start, block.start + len(block.images)), np.float64)
    vectors = values[:, :3] * np.array(gaze.convention.signs) * OPENCV
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    most = AS_IT_IS if GAZE_ANGLES in block.labels else UNIT  # GazeHub's own may be rounded to float32
    unit: NDArray[np.float64] = np.where(np.abs(lengths - 1) <= most, vectors, vectors / lengths)
    return unit
