"""FAZE's HDF5: a group a person with pixels and labels.

Source: the loader and the network of few_shot_gaze (HDFDataset, DTED), and what faze_preprocess writes for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gazeaug.converting.hdf5 import append_by_person, creating, name_person
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.persons import (
    IN_GROUP,
    count_persons,
    distinct_names,
    persons_of,
    renaming_note,
    shown,
)
from gazeaug.converting.pictures import to_rgb
from gazeaug.converting.rows import Rows
from gazeaug.converting.targets import Target
from gazeaug.eyefile.labels import Label
from gazeaug.notes import some
from gazeaug.pictures.crops import aspect_box
from gazeaug.sources.faze import REST

FAZE_SIZE = (64, 256)  # the decoder of DTED gives just that, and is compared with the picture
N_TRAINED = 400  # rows of a person, at least: --pick-at-least-per-person of 1_train_dt_ed.py


def write_faze(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """A group a person: pixels uint8 RGB (n, H, W, 3), labels float32 (n, 4): gaze and head, pitch before yaw.

    A group that has another name than the person says whose it is. Further columns of labels, as `prepare faze` keeps
    them, follow those.
    """
    names = distinct_names(rows, persons_of(rows))
    with creating(output, rows) as file:
        for block in rows.blocks():
            columns = [np.asarray(block.pitchyaw), block.head, *block.labels.values()]
            labels = np.concatenate(columns, axis=1).astype(np.float32)
            append_by_person(file, names, block.persons, {"pixels": to_rgb(block.images), "labels": labels})
        for person, name in names.items():
            if rows.has_persons and person != name:
                name_person(file[name], person)


def holds_rest(name: str, label: Label) -> bool:
    """Further columns of the labels of a file of the same kind."""
    return name == REST and len(label.shape) == 1 and label.dtype.kind == "f"


def check_faze(rows: Rows, how: ConvertOptions) -> list[str]:
    """Refuse persons who would become one; say what few_shot_gaze would stop at or pass over."""
    counts = count_persons(rows)
    names = distinct_names(rows, counts)
    said = person_notes({names[person]: n for person, n in counts.items()})
    return [*size_notes(rows), *renaming_note(rows, names, IN_GROUP, "have other names as groups"), *said]


def size_notes(rows: Rows) -> list[str]:
    """Said of pictures that are, or were, of another size than the network's."""
    height, width = rows.eyes.image_shape[:2]
    left, top, right, bottom = aspect_box(width, height, FAZE_SIZE)
    is_whole = (right - left, bottom - top) == (width, height)
    part = "the whole" if is_whole else f"the middle {bottom - top:g}x{right - left:g}"
    kept = f"{part} of each {height}x{width} picture"
    by = f"{FAZE_SIZE[1] / (right - left):.2g} times as large"
    if rows.image_shape[:2] == FAZE_SIZE:
        return [] if is_whole else [f"pictures: of strips of 64x256 they are {kept}, {by}"]
    size = "x".join(map(str, rows.image_shape[:2]))
    return [
        f"pictures: few_shot_gaze's network takes strips of 64x256 with both eyes, these are {size}; --size 64x256 "
        f"leaves {kept}, {by}"
    ]


def person_notes(counts: Mapping[str, int]) -> list[str]:
    """Said of persons at whom the loader stops, and of those whom training passes over."""
    notes = []
    single = [shown(name) for name, n in counts.items() if n == 1]
    if single:
        notes.append(
            f"persons: few_shot_gaze's loader stops at {some(single)} of one row, as it draws another row of the same "
            "person; leave such persons out"
        )
    n_enough = sum(n >= N_TRAINED for n in counts.values())
    if n_enough < len(counts):
        notes.append(
            f"persons: few_shot_gaze trains on those of {N_TRAINED} rows or more, {n_enough} of {len(counts)} here; "
            "its --pick-at-least-per-person takes fewer"
        )
    if not all(re.fullmatch("[0-9]{5}", name) for name in counts):
        notes.append(
            "persons: few_shot_gaze trains on those that its gazecapture_split.json names (00002, ...): list them"
        )
    return notes


TARGET = Target(
    write=write_faze, holds=holds_rest, check=check_faze, uses_persons=True, needs_gaze=True, has_head=True, channels=3
)
