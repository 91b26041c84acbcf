"""HDF5 layouts of public trainers: MPIIGaze.h5, ETH-XGaze, FAZE and Kaggle's.

Sources: the loaders of pytorch_mpiigaze (OnePersonDataset), ETH-XGaze (GazeDataset) and few_shot_gaze (HDFDataset).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug import provenance
from gazeaug.converting.rows import ROWS_AT_ONCE, Rows, distinct
from gazeaug.eyefile.hdf5 import create_hdf5
from gazeaug.eyefile.images import natural_order
from gazeaug.eyefile.labels import TEXT
from gazeaug.eyefile.links import limit_metadata_cache
from gazeaug.eyefile.writer import finish_datasets, rows_per_chunk

Columns = dict[str, NDArray[Any]]
SOURCE_PATH = "source_path"


def write_mpiigaze(rows: Rows, output: Path) -> None:
    """pXX/image uint8 (n, H, W), pXX/gaze and pXX/pose float32 (n, 2): pitch, yaw in radians."""
    names = person_names(rows)
    with creating(output) as file:
        for block in rows.blocks():
            gaze, pose = np.asarray(block.pitchyaw, np.float32), block.head.astype(np.float32)
            columns: Columns = {"image": to_grey(block.images), "gaze": gaze, "pose": pose}
            append_by_person(file, names, block.persons, columns)
        for person, name in names.items():
            file[name].attrs["person"] = person


def write_faze(rows: Rows, output: Path) -> None:
    """A group a person: pixels uint8 RGB (n, H, W, 3), labels float32 (n, 4): gaze and head, pitch before yaw."""
    names = {person: person.replace("/", "_") or "p00" for person in persons_of(rows)}
    with creating(output) as file:
        for block in rows.blocks():
            labels = np.concatenate([np.asarray(block.pitchyaw), block.head], axis=1).astype(np.float32)
            append_by_person(file, names, block.persons, {"pixels": to_rgb(block.images), "labels": labels})


def write_xgaze(rows: Rows, output: Path) -> None:
    """face_patch uint8 BGR (N, H, W, 3), face_gaze and face_head_pose float32 (N, 2): pitch, yaw in radians."""
    with creating(output) as file:
        for block in rows.blocks():
            columns: Columns = {
                "face_patch": to_rgb(block.images)[..., ::-1],
                "face_gaze": np.asarray(block.pitchyaw, np.float32),
                "face_head_pose": block.head.astype(np.float32),
            }
            append(file, columns)


def write_kaggle(rows: Rows, output: Path) -> None:
    """`image` a group of one dataset a picture; `path` names each row's key; every label as it was.

    Keys have leading zeros, so that a reader which pairs the i-th key with the i-th row is right too.
    """
    digits = len(str(rows.n_images))
    with creating(output) as file:
        # Kept so that eyes that were refined are known as such when this file is read again.
        file.attrs["provenance"] = json.dumps(provenance.make(input_provenance=rows.eyes.provenance))
        group = file.create_group("image")
        kinds = {**{name: rows.label(name) for name in rows.labels}, "key": TEXT}
        made = {name: kind.create(file, "path" if name == "key" else renamed(name)) for name, kind in kinds.items()}
        labels = {renamed(name): kind for name, kind in kinds.items() if name != "key"}
        finish_datasets(file, labels, {}, rows.eyes.copied if rows.size is None else {})
        for block in rows.blocks():
            keys = [f"{row + 1:0{digits}d}" for row in range(block.start, block.start + len(block.images))]
            for key, image in zip(keys, block.images, strict=True):
                group.create_dataset(key, data=image)
            for name, values in {**block.labels, "key": np.array(keys, dtype=object)}.items():
                made[name].resize(block.start + len(values), axis=0)
                kinds[name].write(made[name], block.start, values)


def renamed(name: str) -> str:
    """The source's own `path` steps aside for the one that names the keys."""
    return SOURCE_PATH if name == "path" else name


@contextmanager
def creating(output: Path) -> Iterator[h5py.File]:
    """A new file in the version that readers with `swmr=True` (FAZE, ETH-XGaze) open too."""
    with create_hdf5(output, libver="v110") as file:
        limit_metadata_cache(file)
        yield file


def append_by_person(file: h5py.File, names: dict[str, str], persons: list[str] | None, columns: Columns) -> None:
    """Add the rows of each person to that person's group, in order."""
    n_rows = len(next(iter(columns.values())))
    of_row = np.array(persons if persons is not None else [""] * n_rows, dtype=object)
    for person in distinct(of_row):
        mine = of_row == person
        append(file.require_group(names[person]), {name: values[mine] for name, values in columns.items()})


def append(group: h5py.Group, columns: Columns) -> None:
    """Add rows to datasets that are made when first met."""
    for name, values in columns.items():
        if name not in group:
            shape = values.shape[1:]
            chunk_rows = rows_per_chunk(shape) if len(shape) > 1 else ROWS_AT_ONCE
            group.create_dataset(name, (0, *shape), values.dtype, maxshape=(None, *shape), chunks=(chunk_rows, *shape))
        dataset = group[name]
        start = len(dataset)
        dataset.resize(start + len(values), axis=0)
        dataset[start:] = values


def persons_of(rows: Rows) -> list[str]:
    """Everybody in the source, in natural order; one without a name where it names nobody."""
    if not rows.has_persons:
        return [""]
    starts = range(0, rows.n_images, ROWS_AT_ONCE)
    return sorted({name for at in starts for name in rows.persons(at, at + ROWS_AT_ONCE)}, key=natural_order)


def person_names(rows: Rows) -> dict[str, str]:
    """Persons to pXX: their own names where all have that form, else p00, p01 in natural order."""
    persons = persons_of(rows)
    if all(re.fullmatch(r"p\d\d", person) for person in persons):
        return {person: person for person in persons}
    return {person: f"p{i:02d}" for i, person in enumerate(persons)}


def to_rgb(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey repeated in three channels; RGB as it is."""
    return images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)


def to_grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB as luminance; grey as it is."""
    return (
        images if images.ndim == 3 else np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in images])
    )
