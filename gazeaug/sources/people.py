"""HDF5 files with a group a person, each with pictures and labels a row, into eye files: MPIIGaze.h5 and FAZE's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.images import ImageArray, natural_order
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.links import dataset_in, naming_damage, open_inside
from gazeaug.eyefile.reader import read_provenance
from gazeaug.notes import some
from gazeaug.preparing.blocks import Block
from gazeaug.preparing.items import LeftOut
from gazeaug.preparing.job import PrepareReport, prepare
from gazeaug.preparing.options import PartsOptions
from gazeaug.preparing.source import Source, parts_for
from gazeaug.sources.people_labels import Person, further_labels

ROWS_AT_ONCE = 1024
SUBJECT = "subject"
NO_HEAD = "head pose: left out, as it is zero in every row, which is written where none is known"
PERSON = "person"  # attribute of a group: the person's own name, where the group has another
AT_THE_TOP = {"image": "prepare eyes", "face_patch": "prepare xgaze"}  # pictures of files that know no persons

ReadLabels = Callable[[h5py.File, str, int, int], dict[str, NDArray[Any]]]
"""Rows start..stop-1 of a group of a file, as the labels of the output."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How such a file is laid out."""

    source: str
    """What it is, for the output's attribute and for messages."""
    groups: str
    """The groups that it must have, for messages."""
    is_person: Callable[[str], bool]
    """Whether a group of the file, by its name, is a person."""
    images: str
    """The dataset of a group that holds the pictures."""
    needed: tuple[str, ...]
    """Those that must be there with as many rows."""
    elsewhere: Mapping[str, str]
    """Dataset of a group by which another layout is known, and the command that reads that."""
    open: Callable[[h5py.File, Sequence[Person]], Opened]
    """What the labels are, and what reads them, of people with rows."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What an open file of a layout has."""

    labels: Mapping[str, Label]
    read: ReadLabels
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slab:
    """Rows start..stop-1 of a group."""

    group: str
    subject: str
    start: int
    stop: int


def prepare_people(path: Path | str, output: Path | str, layout: Layout, **options: Any) -> PrepareReport:
    """Bring a file of people into an eye file, person by person in natural order.

    Args:
        path: the file.
        output: the eye file.
        layout: of the file.
        options: those of `PartsOptions`.

    Raises:
        InputError: not a file of that layout, or damaged.
    """
    path, how = Path(path), PartsOptions(**options)
    with open_hdf5(path, expected=f"expected {layout.source}") as file:
        with naming_damage(f"{path}: what it holds"):
            every = people_of(path, file, layout)
            people = [person for person in every if person.n_rows]
            if not people:
                raise InputError(f"{path}: expected pictures of people, found none.")
            shape = one_shape(path, file, layout, people, how)
            opened = layout.open(file, people)
            used = (layout.images, *layout.needed)
            further, notes = further_labels(file, people, used, taken={*opened.labels, SUBJECT})
            made = read_provenance(file.attrs.get("provenance", "{}"))
            others = [name for name in names_in(file) if not layout.is_person(name)]
        without = [person.subject for person in every if not person.n_rows]
        source = Source(
            parts=slabs_of(people),
            read=PeopleReader(path, file, layout.images, opened.read, further).read,
            given=[path],
            files_of=lambda _: (path,),
            parts_per_unit=parts_for(shape, ROWS_AT_ONCE),
            labels={**opened.labels, **further, SUBJECT: TEXT},
            facts={"source": layout.source, "input": path.name, "input_provenance": made},
            notes=[
                *opened.notes,
                *notes,
                *([f"without rows, and so not here: {some(map(repr, without))}"] if without else []),
                *([f"no persons by their names, and so not here: {some(map(repr, others))}"] if others else []),
            ],
        )
        return prepare(source, Path(output), how)


def people_of(path: Path, file: h5py.File, layout: Layout) -> list[Person]:
    """The groups of persons, in natural order; raises InputError where one is not as the layout has it."""
    named, people = names_in(file), []
    for name in sorted(filter(layout.is_person, named), key=lambda name: (natural_order(name), name)):
        group = open_inside(file, name)
        held = set(group) if isinstance(group, h5py.Group) else set()
        wanted = (layout.images, *layout.needed)
        if not held >= set(wanted):
            hints = [f"; {command} reads such a file" for key, command in layout.elsewhere.items() if key in held]
            what = "" if isinstance(group, h5py.Group) else ", which is no group"
            raise InputError(
                f"{path}: expected {in_words(wanted)} in '{name}'{what}{other_command(file) or ''.join(hints)}."
            )
        n_rows = {each: rows_in(file, f"{name}/{each}") for each in wanted}
        for each in layout.needed:
            if n_rows[each] != n_rows[layout.images]:
                raise InputError(
                    f"{path}: '{name}/{each}' has {n_rows[each]:,} rows, '{name}/{layout.images}' "
                    f"{n_rows[layout.images]:,}; they must have as many."
                )
        people.append(Person(name, subject_of(group, name), n_rows[layout.images]))
    if not people:
        found = some(map(repr, named)) or "nothing"
        raise InputError(f"{path}: expected {layout.groups}, found {found}{other_command(file)}.")
    return people


def names_in(file: h5py.File) -> list[str]:
    """What a file holds, as text."""
    return [name if isinstance(name, str) else name.decode(errors="backslashreplace") for name in file]


def other_command(file: h5py.File) -> str:
    """The end of a sentence: the command that reads a file with all its pictures in one place; empty if none does."""
    for name, command in AT_THE_TOP.items():
        if name in file and file.get(name, getclass=True) is h5py.Dataset:
            return f"; {command} reads such a file"
    return ""


def rows_in(file: h5py.File, name: str) -> int:
    """Rows of a dataset; raises InputError where it has no axis of rows."""
    dataset = dataset_in(file, name)
    if not dataset.shape:
        raise InputError(f"{file.filename}: '{name}' must have a row for each picture, found a single value.")
    return int(dataset.shape[0])


def subject_of(group: h5py.Group, name: str) -> str:
    """The person of a group by its attribute `person`, as `convert` writes it; else by the group's name."""
    said = group.attrs.get(PERSON, name)
    if not isinstance(said, str | bytes):
        return name
    try:
        return said.encode().decode() if isinstance(said, str) else said.decode()
    except UnicodeError:  # h5py hands out such text with surrogates
        return name


def one_shape(
    path: Path, file: h5py.File, layout: Layout, people: Sequence[Person], how: PartsOptions
) -> tuple[int, ...]:
    """The shape of pictures, (H, W) or (H, W, 3); raises InputError where persons have others that remain others."""
    shapes = {person.group: shape_of(dataset_in(file, f"{person.group}/{layout.images}")) for person in people}
    (first, shape), *others = shapes.items()
    for name, other in others:
        if brought(other, how) != brought(shape, how):
            raise InputError(
                f"{path}: pictures of '{name}' are {in_size(other)}, of '{first}' {in_size(shape)}; --size and --rgb "
                "or --grey bring them to one."
            )
    return shape


def shape_of(pictures: h5py.Dataset) -> tuple[int, ...]:
    """(H, W) or (H, W, 3) of pictures, without reading any; raises InputError where they are none."""
    height_width, channels = tuple(pictures.shape[1:3]), tuple(pictures.shape[3:])
    if len(height_width) != 2 or channels not in ((), (1,), (3,)) or 0 in height_width:
        where = f"{pictures.file.filename}: '{pictures.name.lstrip('/')}'"
        raise InputError(f"{where}: expected (N, H, W) or (N, H, W, 3), found {pictures.shape}.")
    return (*height_width, *(channels if channels == (3,) else ()))


def brought(shape: tuple[int, ...], how: PartsOptions) -> tuple[int, ...]:
    """The shape that pictures will have in the output."""
    is_rgb = len(shape) == 3 if how.color is None else how.color
    return (*(how.size or shape[:2]), *((3,) if is_rgb else ()))


def in_size(shape: tuple[int, ...]) -> str:
    """The shape of a picture in words."""
    return f"{shape[0]}x{shape[1]} {'RGB' if len(shape) == 3 else 'grey'}"


def in_words(names: Sequence[str]) -> str:
    """Names with commas and an 'and'."""
    return f"{', '.join(names[:-1])} and {names[-1]}"


def slabs_of(people: Sequence[Person]) -> list[Slab]:
    """People in slabs."""
    return [
        Slab(person.group, person.subject, start, min(start + ROWS_AT_ONCE, person.n_rows))
        for person in people
        for start in range(0, person.n_rows, ROWS_AT_ONCE)
    ]


class PeopleReader:
    """Reads such a file, person by person.

    Args:
        path, file: the open file.
        images: the dataset of a group that holds the pictures.
        read_labels: reads those that the layout knows.
        further: labels that are read as they are.
    """

    def __init__(
        self, path: Path, file: h5py.File, images: str, read_labels: ReadLabels, further: Mapping[str, Label]
    ) -> None:
        self._path, self._file, self._name = path, file, images
        self._read_labels, self._further = read_labels, further
        self._open: tuple[str, ImageArray] | None = None

    def read(self, slab: Slab) -> Iterator[Block | LeftOut]:
        """Rows in one block; where they cannot be read, one by one, without those that are damaged."""
        try:
            yield self._rows(slab)
        except InputError:
            for row in range(slab.start, slab.stop):
                try:
                    yield self._rows(Slab(slab.group, slab.subject, row, row + 1))
                except InputError as error:
                    yield LeftOut(f"{slab.group} row {row}", str(error))

    def _rows(self, slab: Slab) -> Block:
        group, start, stop = slab.group, slab.start, slab.stop
        with naming_damage(f"{self._path}: rows {start} to {stop - 1} of {group}"):
            subjects = np.array([slab.subject] * (stop - start), object)
            more = {
                name: label.read(dataset_in(self._file, f"{group}/{name}"), start, stop)
                for name, label in self._further.items()
            }
            labels = {**self._read_labels(self._file, group, start, stop), **more, SUBJECT: subjects}
            return Block(self._images_of(group).read(start, stop), labels)

    def _images_of(self, group: str) -> ImageArray:
        """Those of one person are open at a time: there may be thousands of persons."""
        if self._open is None or self._open[0] != group:
            self._open = group, ImageArray(dataset_in(self._file, f"{group}/{self._name}"))
        return self._open[1]


def is_zero(file: h5py.File, people: Sequence[Person], name: str, first: int = 0) -> bool:
    """Whether two angles are zero in every row, as a head pose is written where none is known.

    Args:
        file: open.
        people: whose rows.
        name: the dataset of each.
        first: the column of the first of the angles.
    """
    for slab in slabs_of(people):
        dataset = dataset_in(file, f"{slab.group}/{name}")
        try:
            rows = dataset[slab.start : slab.stop] if dataset.dtype.kind in "iuf" else None
        except OSError:  # which is told of when it is read
            return False
        if rows is None or rows[..., first : first + 2].any():
            return False
    return True
