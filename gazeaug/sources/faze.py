"""FAZE's HDF5: a group a person with pixels (RGB) and labels (gaze and head pose, pitch before yaw).

Source: what faze_preprocess writes (create_hdf_files_for_faze, and for ST-ED with four more columns of labels), and the
loader of few_shot_gaze (HDFDataset).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.links import dataset_in
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.keywords import with_options_of
from gazeaug.preparing.options import PartsOptions
from gazeaug.preparing.job import PrepareReport
from gazeaug.sources.people import NO_HEAD, Layout, Opened, ReadLabels, is_zero, prepare_people
from gazeaug.sources.people_labels import Person, angles_of

PIXELS, LABELS = "pixels", "labels"
REST = "faze_labels_from_5"  # the columns of labels after the fourth, where there are any
FOR_STED = {"meaning": "gaze of the left eye (pitch, yaw), gaze of the right eye (pitch, yaw)", "units": "radians"}


@with_options_of(PartsOptions, after=2)
def prepare_faze(path: Path | str, output: Path | str, **options: Any) -> PrepareReport:
    """A file of FAZE: every person's pixels, gaze, head pose, and whatever else has a row for each picture.

    Args:
        path: the file.
        output: the eye file.
        options: those of `PartsOptions`.

    Raises:
        InputError: not a file of that layout, or damaged.
    """
    return prepare_people(path, output, FAZE, **options)


def open_faze(file: h5py.File, people: Sequence[Person]) -> Opened:
    """Gaze and head pose of the first four columns of labels, and the rest of them.

    Raises:
        InputError: labels that are no four numbers a row or more, or not as many for each person.
    """
    stored = {person.group: dataset_in(file, f"{person.group}/{LABELS}") for person in people}
    first = people[0].group
    for group, labels in stored.items():
        where = f"{file.filename}: '{group}/{LABELS}'"
        if labels.dtype.kind not in "iuf" or labels.ndim != 2 or labels.shape[1] < 4:
            raise InputError(
                f"{where} must hold four numbers a row or more, gaze and head pose as pitch and yaw, found "
                f"{labels.shape[1:]} of {labels.dtype}."
            )
        if labels.shape[1] != stored[first].shape[1]:
            raise InputError(
                f"{where} has {labels.shape[1]} numbers a row, '{first}/{LABELS}' {stored[first].shape[1]}; all "
                "persons must have as many."
            )
    dtype = np.result_type(np.float32, *(labels.dtype for labels in stored.values()))
    angles = Label.of(dtype, (2,), CONVENTIONS["mpiigaze"].attributes)
    has_head = not is_zero(file, people, LABELS, first=2)
    kinds = {"gaze": angles, **({"head_pose": angles} if has_head else {})}
    n_more = stored[first].shape[1] - 4
    if n_more:
        kinds[REST] = Label.of(dtype, (n_more,), FOR_STED if n_more == 4 else {})
    notes = () if has_head else (NO_HEAD,)
    return Opened(labels=kinds, read=reader(dtype, has_head=has_head), notes=notes)


def reader(dtype: np.dtype[Any], *, has_head: bool) -> ReadLabels:
    """What reads gaze, head pose and the rest of the labels of a person."""

    def read(file: h5py.File, group: str, start: int, stop: int) -> dict[str, NDArray[Any]]:
        values = np.asarray(dataset_in(file, f"{group}/{LABELS}")[start:stop], dtype)
        where = f"{file.filename}: '{group}/{LABELS}'"
        found = {"gaze": angles_of(values[:, :2], where, start)}
        if has_head:
            found["head_pose"] = angles_of(values[:, 2:4], f"{where}, columns 3 and 4,", start)
        if values.shape[1] > 4:
            found[REST] = values[:, 4:]
        return found

    return read


FAZE = Layout(
    source="FAZE HDF5",
    groups="a group a person with pixels and labels, as faze_preprocess writes them",
    is_person=lambda name: True,
    images=PIXELS,
    needed=(LABELS,),
    elsewhere={"pose": "prepare mpiigaze-h5"},
    open=open_faze,
)
