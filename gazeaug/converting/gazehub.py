"""Pictures and text labels for GazeHub's readers, in the columns that `--columns` names.

Source: GazeHub's scripts, which write such folders, and its readers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.gazehub_layouts import LAYOUTS
from gazeaug.converting.gazehub_lines import lines_of
from gazeaug.converting.gazehub_plan import LABEL_OF, SPLIT, Plan, check_gazehub, facts_of_gazehub, plan_for
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.pictures import png_bytes
from gazeaug.converting.rows import Block, Rows
from gazeaug.converting.targets import Target, holds_none
from gazeaug.eyefile.labels import Label, text_of
from gazeaug.gaze.sides import SIDE_LABELS, is_words
from gazeaug.sources.gazehub_directions import GAZE_ANGLES, HEAD_ANGLES, HEAD_AXIS

NUMBERS = {
    **dict.fromkeys((GAZE_ANGLES, HEAD_ANGLES), ((2,),)),
    **dict.fromkeys((HEAD_AXIS, "Rmat", "Smat", "GazeOrigin"), ((3,),)),
    **dict.fromkeys(("cam_index", "frame_index"), ((), (1,))),
    "face_mat_norm": ((3, 3),),
}
"""Labels of numbers that have a column in some layout, and the shapes of their rows."""


def write_gazehub(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """Image/... and Label/..., one line a picture; the one picture stands in the columns of the face and of both eyes.

    Numbers are written so that they are read back to the last bit.
    """
    plan = plan_for(rows, how)
    pictures_of, made = Counter[str](), set[Path]()
    for block in rows.blocks():
        persons = [plan.names[person] for person in block.persons or [""] * len(block.images)]
        splits = splits_of(block, persons, plan)
        pictures = []
        for i, (person, split) in enumerate(zip(persons, splits, strict=True)):
            pictures_of[person] += 1
            places = {"person": person, "n": pictures_of[person], "row": block.start + i + 1, "split": split}
            pictures.append(plan.layout.picture.format(**places))
            save_picture(block.images[i], output / plan.layout.root / pictures[-1], made)
        for suffix, lines in lines_of(rows, block, plan, pictures, persons).items():
            append_lines([output / plan.layout.file_of(f"{split}{suffix}") for split in splits], lines, plan)


def save_picture(image: NDArray[np.uint8], path: Path, made: set[Path]) -> None:
    """Write a picture as PNG, in a folder that is made where it is not among those that are."""
    if path.parent not in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.add(path.parent)
    path.write_bytes(png_bytes(image))


def append_lines(paths: Sequence[Path], lines: Sequence[str], plan: Plan) -> None:
    """Write each line behind those of its file; a new file begins with the header."""
    by_path: dict[Path, list[str]] = {}
    for path, line in zip(paths, lines, strict=True):
        by_path.setdefault(path, []).append(line)
    for path, its_lines in by_path.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="\n") as file:
            header = [] if file.tell() else [" ".join(plan.columns)]
            file.writelines(f"{line}\n" for line in (*header, *its_lines))


def splits_of(block: Block, persons: Sequence[str], plan: Plan) -> list[str]:
    """The name of the label file that each row goes into."""
    layout = plan.layout
    if layout.by_person:
        return list(persons)
    if plan.has_splits:
        return [text_of(part) for part in block.labels[SPLIT]]
    folds = {name: layout.splits[k % layout.n_folds] for k, name in enumerate(plan.names.values())}
    return [folds[person] for person in persons]


def as_asked(target: Target, how: ConvertOptions) -> Target:
    """The target with what the layout holds, and what its persons are called."""
    layout = LAYOUTS[how.columns]
    columns = {LABEL_OF.get(column, column) for column in (*layout.columns, *layout.more)}
    held = columns & {*NUMBERS}
    held |= {"origin", "path"} if columns & {"Origin", "metapath", "origin"} and how.columns != "rt-gene" else set()
    held |= {*SIDE_LABELS} if "WhichEye" in columns else set()
    held |= {GAZE_ANGLES} if "2DGaze" in columns else set()
    held |= {HEAD_ANGLES} if "2DHead" in columns else set()
    held |= {HEAD_AXIS} if how.columns == "rt-gene" else set()
    held |= {SPLIT} if layout.splits else set()

    def holds(name: str, label: Label) -> bool:
        if name in NUMBERS:
            kinds = "iu" if name.endswith("_index") else "iuf"
            return name in held and label.shape in NUMBERS[name] and label.dtype.kind in kinds
        return name in held and (is_words(label) if name in SIDE_LABELS else label.shape == ())

    return replace(
        target,
        holds=holds,
        uses_persons=layout.has_persons,
        has_head=layout.has_head,
        nobody=layout.person.format(layout.first),
    )


TARGET = Target(
    write=write_gazehub,
    holds=holds_none,
    check=check_gazehub,
    options=("columns",),
    variant=as_asked,
    facts=facts_of_gazehub,
    uses_persons=True,
    needs_gaze=True,
    has_head=True,
    is_folder=True,
)
