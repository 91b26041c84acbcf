"""MPIIGaze.h5 of the common PyTorch trainer: a group a person.

Source: the loader of pytorch_mpiigaze (OnePersonDataset, create_dataset).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gazeaug.converting.hdf5 import Columns, append_by_person, creating, name_person
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.persons import IN_GROUP, NOBODY, count_persons, numbered, renaming_note
from gazeaug.converting.pictures import to_grey
from gazeaug.converting.rows import Block, Rows
from gazeaug.converting.sides import side_notes
from gazeaug.converting.targets import Target, holds_none
from gazeaug.converting.trainer_rows import N_ROWS, PEOPLE, Dealing, lay_out, layout_notes
from gazeaug.errors import InputError
from gazeaug.notes import some

MPIIGAZE_SIZE = (36, 60)


def write_mpiigaze(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """pXX/image uint8 (n, H, W), pXX/gaze and pXX/pose float32 (n, 2): pitch, yaw in radians."""
    counts = count_persons(rows)
    groups = lay_out(rows, counts) if how.for_trainer else []
    own, dealing = numbered(counts), Dealing(groups)
    whose = {group.name: group.person for group in groups} or {name: person for person, name in own.items()}
    with creating(output, rows) as file:
        for block in rows.blocks():
            persons = block.persons if block.persons is not None else [NOBODY] * len(block.images)
            names, columns = [own[person] for person in persons], columns_of(block)
            if groups:
                names, columns = dealing.deal(persons, columns)
            append_by_person(file, {name: name for name in whose}, names, columns)
        for name, person in whose.items():
            if rows.has_persons:
                name_person(file[name], person)


def columns_of(block: Block) -> Columns:
    """What a block holds for a group."""
    gaze, pose = np.asarray(block.pitchyaw, np.float32), block.head.astype(np.float32)
    return {"image": to_grey(block.images), "gaze": gaze, "pose": pose}


def check_mpiigaze(rows: Rows, how: ConvertOptions) -> list[str]:
    """Refuse pictures of another size and persons that cannot be laid out; say what pytorch_mpiigaze would not take."""
    height, width = rows.image_shape[:2]
    if (height, width) != MPIIGAZE_SIZE:
        by = "" if rows.size is None else " by --size"
        raise InputError(
            f"{rows.eyes.path}: --to mpiigaze-h5 needs pictures of 36x60, found {height}x{width}{by}; "
            "give --size 36x60 to cut them to that aspect and resize them."
        )
    counts = count_persons(rows)
    if how.for_trainer:
        return [*layout_notes(rows, lay_out(rows, counts)), *side_notes(rows)]
    names = numbered(counts)
    numbers = {names[person]: n for person, n in counts.items()}
    return [*renaming_note(rows, names, IN_GROUP), *trainer_notes(numbers), *side_notes(rows)]


def trainer_notes(counts: Mapping[str, int]) -> list[str]:
    """What pytorch_mpiigaze makes of some groups: it stops where p00 to p14 are not all there with 3,000 rows each."""
    if all(counts.get(name) == N_ROWS for name in PEOPLE):
        unread = [name for name in counts if name not in PEOPLE]
        return [f"rows: pytorch_mpiigaze reads p00 to p14 alone, not {some(unread)}"] if unread else []
    n_each = f"{min(counts.values()):,}" + (f" to {max(counts.values()):,}" if len(set(counts.values())) > 1 else "")
    persons = f"{len(counts)} persons" if len(counts) > 1 else "1 person"
    there = f"{persons} of {n_each} rows, {sum(counts.values()):,} in all"
    do = "--for-trainer lays rows out so" if len(counts) <= len(PEOPLE) else "take 15 persons out, then --for-trainer"
    return [
        "rows: pytorch_mpiigaze stops unless p00 to p14 are all there with 3,000 rows each (45,000 in all, 42,000 to "
        f"train without one), found {there}; {do}"
    ]


TARGET = Target(
    write=write_mpiigaze,
    holds=holds_none,
    check=check_mpiigaze,
    options=("for_trainer",),
    uses_persons=True,
    needs_gaze=True,
    has_head=True,
    channels=1,
)
