"""ETH-XGaze's HDF5: face patches with gaze and head pose, in one file or, as it is trained on, in a file a subject.

Source: ETH-XGaze's normalization_example.py, which writes the files; data_loader.py (GazeDataset), which reads them.
"""

from __future__ import annotations

import json
import re
from math import ceil
from pathlib import Path
from types import TracebackType

import h5py
import numpy as np
from numpy.typing import NDArray

from gazeaug.converting.hdf5 import VERSION, Columns, append_labels, creating, name_person
from gazeaug.converting.options import ConvertOptions
from gazeaug.converting.persons import NOBODY, in_order, no_persons, persons_of
from gazeaug.converting.pictures import to_rgb
from gazeaug.converting.rows import SUBJECT, Block, Rows, distinct
from gazeaug.converting.targets import Target
from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.images import natural_order
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.writer import finish_datasets
from gazeaug.gaze.conventions import agrees
from gazeaug.gaze.label import PITCHYAW, SCAN_ROWS, KnownGaze
from gazeaug.sources.hdf5 import NO_HEAD_POSE

PATCH, GAZE, HEAD = LAYOUT = "face_patch", "face_gaze", "face_head_pose"
TRAIN, SPLIT = "train", "train_test_split.json"
SETS_WITHOUT_LABELS = ("test", "test_person_specific")  # in the list, beside those for training
SIZES = ((224, 224), (448, 448))  # (H, W) in which ETH-XGaze is given out
LARGEST_STRIDE = 32  # pixels of the picture for one of the last map of a ResNet
NUMBERED = re.compile(r"subject([0-9]{4})(\..*)?", re.DOTALL)  # also as the file that it was prepared from
MOST_OPEN = 128  # files of subjects at a time; some systems allow 256 in all
CACHE_BYTES = 1 << 20  # of each dataset of theirs


def write_xgaze(rows: Rows, output: Path, how: ConvertOptions) -> None:
    """A file, or with `by` a folder: train/subjectNNNN.h5 and train_test_split.json.

    face_patch uint8 BGR (N, H, W, 3), face_gaze and face_head_pose (N, 2): pitch, yaw in radians; labels as they were.
    """
    if how.by is not None:
        write_subjects(rows, output)
        return
    labels = datasets_of(rows)
    with creating(output, rows) as file:
        make_datasets(file, labels)
        for block in rows.blocks():
            append_labels(file, labels, columns_of(block, labels))


def datasets_of(rows: Rows) -> dict[str, Label]:
    """What a file holds, by name. A label that is already what ETH-XGaze has under its name goes over as it is.

    Angles that the source has just so keep its type, as ETH-XGaze's own are float64; computed ones are float32, since
    there are no bits to be kept and float32 is what networks read.
    """
    gaze, head = rows.gaze, rows.head
    assert gaze is not None
    head_type = np.dtype(np.float32) if head is None else type_of(rows, head.label, is_kept=head.convention is PITCHYAW)
    return {
        PATCH: Label.of(np.uint8, (*rows.image_shape[:2], 3)),
        GAZE: Label.of(type_of(rows, gaze.label, is_kept=gaze.convention is PITCHYAW), (2,), PITCHYAW.attributes),
        HEAD: Label.of(head_type, (2,), NO_HEAD_POSE if head is None else PITCHYAW.attributes),
        **{name: rows.label(name) for name in rows.labels},
    }


def type_of(rows: Rows, label: str, *, is_kept: bool) -> np.dtype[np.floating]:
    """The type of angles from a label, which are its own numbers or are computed from them."""
    stored = rows.eyes.labels[label].dtype
    is_double = stored.kind == "f" and stored.itemsize >= np.dtype(np.float64).itemsize
    return np.dtype(np.float64 if is_kept and is_double else np.float32)


def make_datasets(file: h5py.File, labels: dict[str, Label]) -> None:
    """Empty datasets. Chunks of pictures are small, since readers open the file anew for each row of a shuffled set."""
    for name, label in labels.items():
        label.create(file, name)
    finish_datasets(file, labels, {}, {})


def columns_of(block: Block, labels: dict[str, Label], taken: NDArray[np.bool_] | slice = slice(None)) -> Columns:
    """Those rows of a block that are taken, by the name of the dataset."""
    assert block.pitchyaw is not None
    angles = {GAZE: block.pitchyaw, HEAD: block.head}
    found = {name: values[taken].astype(labels[name].dtype) for name, values in angles.items()}
    patches = {PATCH: to_rgb(block.images[taken])[..., ::-1]}
    return {**patches, **found, **{name: values[taken] for name, values in block.labels.items()}}


def write_subjects(rows: Rows, output: Path) -> None:
    """A file a person, whose rows may lie anywhere in the source, and the list that ETH-XGaze's loader reads."""
    names, labels = subject_files(persons_of(rows)), datasets_of(rows)
    (output / TRAIN).mkdir()
    with SubjectFiles(rows, output / TRAIN, names, labels) as files:
        for block in rows.blocks():
            persons = block.persons if block.persons is not None else [NOBODY] * len(block.images)
            of_row = np.array(persons, object)
            for person in distinct(persons):
                append_labels(files.of(person), labels, columns_of(block, labels, of_row == person))
    split = {TRAIN: sorted(names.values(), key=natural_order), **{name: [] for name in SETS_WITHOUT_LABELS}}
    (output / SPLIT).write_text(json.dumps(split, indent=1), encoding="utf-8")


def subject_files(persons: list[str]) -> dict[str, str]:
    """The file of each person: by the numbers in their names where all are called subjectNNNN, else counted.

    Readers take the number from the four digits in the file's name.
    """
    numbers = [found[1] for person in persons if (found := NUMBERED.fullmatch(person))]
    if len(set(numbers)) < len(persons):
        numbers = [f"{i:04d}" for i in range(len(persons))]
        persons = in_order(persons)
    return {person: f"subject{number}.h5" for person, number in zip(persons, numbers, strict=True)}


class SubjectFiles:
    """The files of a folder, one a person, only some of them open at a time; use as a context manager.

    Args:
        rows: the source.
        folder: for the files.
        names: of the files, by person.
        labels: the datasets of each.
    """

    def __init__(self, rows: Rows, folder: Path, names: dict[str, str], labels: dict[str, Label]) -> None:
        self._rows, self._folder, self._names, self._labels = rows, folder, names, labels
        self._open: dict[str, h5py.File] = {}  # the one used last is the last

    def of(self, person: str) -> h5py.File:
        """The file of a person, open to be written."""
        file = self._open.pop(person, None)
        if file is None:
            if len(self._open) >= MOST_OPEN:
                self._open.pop(next(iter(self._open))).close()
            file = self._opened(person)
        self._open[person] = file
        return file

    def _opened(self, person: str) -> h5py.File:
        path = self._folder / self._names[person]
        if path.exists():
            return open_hdf5(path, "r+", libver=VERSION, rdcc_nbytes=CACHE_BYTES)
        file = creating(path, self._rows, rdcc_nbytes=CACHE_BYTES)
        if self._rows.has_persons:
            name_person(file, person)
        make_datasets(file, self._labels)
        return file

    def __enter__(self) -> SubjectFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            self._open.popitem()[1].close()


def holds_label(name: str, label: Label) -> bool:
    """Every label, as readers pass over further datasets; under the layout's own names only what belongs there."""
    if name in (GAZE, HEAD):
        is_such = agrees(PITCHYAW, label.attributes) or (name == HEAD and label.attributes == NO_HEAD_POSE)
        return label.dtype.kind == "f" and label.shape == (2,) and is_such
    return name.split("/")[0] not in LAYOUT


def check_xgaze(rows: Rows, how: ConvertOptions) -> list[str]:
    """What ETH-XGaze's network and loader make of such pictures and persons.

    Raises:
        InputError: angles under ETH-XGaze's own names are none, or persons are named for nothing.
    """
    check_own_angles(rows)
    if how.by is None and rows.person != SUBJECT:
        raise InputError(f"--person {rows.person} changes nothing for xgaze without --by subject; give both, or none.")
    return [*notes_on_size(rows), *(notes_on_subjects(rows) if how.by is not None else [])]


def check_own_angles(rows: Rows) -> None:
    """Refuse rows of ETH-XGaze's own labels that are no angles, where gaze and head are read from others.

    Raises:
        InputError: naming the rows.
    """
    read = {known.label for known in (rows.gaze, rows.head) if known is not None}
    for name in (each for each in (GAZE, HEAD) if each in rows.labels and each not in read):
        own = KnownGaze(name, PITCHYAW, f"{rows.eyes.path}: label '{name}'")
        for start, stop in rows.spans(SCAN_ROWS):
            own.pitchyaw(rows.eyes.read_label(name, start, stop), start)


def notes_on_size(rows: Rows) -> list[str]:
    """Said of pictures of another size than ETH-XGaze's. Its ResNet-50 pools over whatever map there is at its end."""
    height, width = rows.image_shape[:2]
    if (height, width) in SIZES:
        return []
    last = ceil(height / LARGEST_STRIDE), ceil(width / LARGEST_STRIDE)
    notes = [
        f"pictures: {height}x{width}, where ETH-XGaze's are faces of 224x224: its ResNet-50 trains on them (its "
        f"last map is {last[0]}x{last[1]}, not 7x7); its trained weights are for faces, and networks of one size fail"
    ]
    if last == (1, 1):
        notes.append("pictures: so small that a last batch of one stops the training: a batch size must leave more")
    return notes


def notes_on_subjects(rows: Rows) -> list[str]:
    """Said of files of subjects."""
    names = subject_files(persons_of(rows))
    who = f"all {len(names):,} are" if len(names) > 1 else "the only one is"
    notes = [
        f"subjects: {who} for training; {SPLIT} names none under {' and '.join(SETS_WITHOUT_LABELS)}, "
        "and its loader stops at an empty list"
    ]
    if not rows.has_persons:
        notes.append(f"persons: all rows are subject0000, as {no_persons(rows)}; --person names another")
    elif any(not person.startswith(name.removesuffix(".h5")) for person, name in names.items()):
        notes.append("subjects: numbered in natural order; the attribute 'person' of each file has the name")
    return notes


TARGET = Target(
    write=write_xgaze,
    holds=holds_label,
    check=check_xgaze,
    options=("by", "person"),
    folder_options=("by",),
    needs_gaze=True,
    has_head=True,
    channels=3,
)
