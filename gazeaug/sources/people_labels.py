"""Labels in HDF5 files with a group a person: those beside what the layout knows, and angles that are such."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
from numpy.typing import NDArray

from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.links import dataset_in
from gazeaug.eyefile.types import Carried, carried
from gazeaug.gaze.label import PITCHYAW, KnownGaze
from gazeaug.notes import some


@dataclass(frozen=True)
class Person:
    """A group of a file."""

    group: str
    subject: str
    """The person's own name."""
    n_rows: int


def further_labels(
    file: h5py.File, people: Sequence[Person], used: Collection[str], taken: Collection[str]
) -> tuple[dict[str, Label], tuple[str, ...]]:
    """What else every person has with a row for each picture, all of one type; what is not so is said.

    Args:
        file: of the layout.
        people: with rows.
        used: datasets that are read already.
        taken: names of labels that are there already.
    """
    found: dict[str, Label] = {}
    others: dict[str, None] = {}
    for person in people:
        for name in file[person.group]:
            if name in used:
                continue
            if name in found or name in others:
                continue
            label = None if name in taken or not isinstance(name, str) else same_label(file, people, name)
            if label is None:
                others[str(name)] = None
            else:
                found[name] = label
    left_out = (
        f"left out, as not every person has them with a row for each picture, of one type: {some(map(repr, others))}"
    )
    return found, (left_out,) if others else ()


def same_label(file: h5py.File, people: Sequence[Person], name: str) -> Label | None:
    """A dataset of every person as one label; None where it cannot be one."""
    labels = []
    for person in people:
        if name not in file[person.group]:
            return None
        item = file[person.group].get(name)
        if not isinstance(item, h5py.Dataset) or item.shape[:1] != (person.n_rows,):
            return None
        dataset = dataset_in(file, f"{person.group}/{name}")
        if carried(dataset.id.get_type()) is Carried.NOT:
            return None
        labels.append(Label.like(dataset))
    first = labels[0]
    alike = all(label.shape == first.shape and label.h5_type.equal(first.h5_type) for label in labels)
    return first if alike else None


def angles_of(values: NDArray[Any], where: str, start: int) -> NDArray[Any]:
    """Rows of two angles in radians, as they are.

    Raises:
        InputError: they are not finite, or beyond a full turn; the rows are named, counted from `start`.
    """
    KnownGaze("gaze", PITCHYAW, where).pitchyaw(values, start)
    return values
