"""Persons, and files with a group a person: wrong inputs, and what trainers would stop at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.bad_input.case import Case
from tests.makers.eye_files import write_eyes
from tests.makers.sources import write_faze, write_mpiigaze_h5

TITLE = "Persons, and files with a group for each person"
TO_MPIIGAZE, TO_FAZE = "convert in.h5 -o out.h5 --to mpiigaze-h5", "convert in.h5 -o out.h5 --to faze"
FROM_FAZE = "prepare faze in.h5 -o out.h5"


def eyes(**labels: Any) -> Callable[[Path], object]:
    """An eye file with other labels, by name."""

    def make(folder: Path) -> None:
        with h5py.File(write_eyes(folder / "in.h5", 32, shape=(36, 60)), "r+") as file:
            for name, values in labels.items():
                file.pop(name, None)
                file[name] = np.array(values, dtype=object if isinstance(values[0], str) else None)

    return make


def faze(**datasets: Any) -> Callable[[Path], object]:
    """A file of FAZE with persons a and b, and other datasets for b."""

    def make(folder: Path) -> None:
        with h5py.File(write_faze(folder / "in.h5", {"a": 3, "b": 2}), "r+") as file:
            for name, values in datasets.items():
                del file[f"b/{name}"]
                file[f"b/{name}"] = values

    return make


CASES = [
    Case(
        given="numbers of rows that pytorch_mpiigaze does not take",
        make=eyes(),
        command=TO_MPIIGAZE,
        said="rows: pytorch_mpiigaze stops unless p00 to p14 are all there with 3,000 rows each (45,000 in all, 42,000 "
        "to train without one), found … persons of … rows, … in all; --for-trainer lays rows out so",
        means="the file is correct, but that trainer requires the numbers of rows of the evaluation subset",
        do="give --for-trainer, or use another reader",
        status=0,
    ),
    Case(
        given="`--for-trainer` of more than 15 persons",
        make=eyes(subject=[f"who{i % 16}" for i in range(32)]),
        command=f"{TO_MPIIGAZE} --for-trainer",
        said="in.h5: --for-trainer lays out 15 persons, '…' names …; take that many into a file of their own",
        means="pytorch_mpiigaze reads only p00 to p14",
        do="take 15 persons out with `gazeaug split --by subject`, or name a label of fewer persons with --person",
    ),
    Case(
        given="right eyes among left ones, for a trainer of MPIIGaze",
        make=eyes(side=["left", "right"] * 16, mirrored=[0] * 32),
        command=TO_MPIIGAZE,
        said="… right eyes stand unmirrored beside left ones: trainers of MPIIGaze expect right eyes mirrored, with "
        "their gaze and head pose; prepare mpiigaze --mirror right makes such a file",
        means="such a trainer treats every eye as a left one",
        do="`gazeaug prepare mpiigaze --mirror right`, or left eyes alone by `gazeaug prepare eyes --where side=left`",
        status=0,
    ),
    Case(
        given="right eyes of which no label says whether they were mirrored",
        make=eyes(side=["left", "right"] * 16),
        command=TO_MPIIGAZE,
        said="'side' names … right eyes, and no label 'mirrored' says whether they are mirrored",
        means="mirrored right eyes are still labelled `right`, so the label does not say whether they were mirrored",
        do="nothing if they were mirrored; otherwise as above",
        status=0,
    ),
    Case(
        given="right eyes of which no label says whether they were mirrored, prepared again",
        make=eyes(side=["left", "right"] * 16),
        command="prepare eyes in.h5 -o o.h5",
        said="note: 'side' names 16 right eyes, and no label 'mirrored' says whether they are mirrored, as trainers of "
        "MPIIGaze expect, with their gaze and head pose; prepare them from their source with --mirror right.",
        means="mirrored right eyes are still labelled `right`, so the label does not say whether they were mirrored",
        do="nothing if they were mirrored; otherwise `--mirror right` when you prepare them",
        status=0,
    ),
    Case(
        given="an eye file in the place of FAZE's",
        make=eyes(),
        command="prepare faze in.h5 -o o.h5",
        said="in.h5: expected pixels and labels in '…'; prepare eyes reads such a file.",
        means="It has its pictures in one dataset, not a group for each person.",
        do="Nothing: it is an eye file already. `gazeaug prepare eyes` resizes or filters it.",
    ),
    Case(
        given="an eye file in the place of MPIIGaze.h5",
        make=eyes(),
        command="prepare mpiigaze-h5 in.h5 -o o.h5",
        said="in.h5: expected groups …, found …; prepare eyes reads such a file.",
        means="As above.",
        do="As above.",
    ),
    Case(
        given="the input as the output",
        make=eyes(),
        command="prepare eyes in.h5 --every 2 -o in.h5 --overwrite",
        said="in.h5: the output is also the input; give another name with --output.",
        means="The rows that are left out would be lost.",
        do="Write to another name.",
    ),
    Case(
        given="pictures of another size than FAZE's network takes",
        make=eyes(),
        command=TO_FAZE,
        said="pictures: few_shot_gaze's network takes strips of 64x256 with both eyes, these are …; --size 64x256 "
        "leaves the middle … of each … picture, … times as large",
        means="the network would fail at the first batch; a picture of one eye is cropped much to become so wide",
        do="--size 64x256, or prepare strips with both eyes",
        status=0,
    ),
    Case(
        given="persons whose names would become one group",
        make=eyes(subject=["a/b", "a_b"] * 16),
        command=TO_FAZE,
        said="in.h5: label '…': the persons '…' and '…' would both become '…'; write other names there, or name "
        "another label with --person.",
        means="the name of a group cannot be empty or contain a slash",
        do="write other names into that label, or name persons by another label",
    ),
    Case(
        given="a person of one row, for FAZE",
        make=eyes(subject=["anna"] * 31 + ["bob"]),
        command=TO_FAZE,
        said="persons: few_shot_gaze's loader stops at '…' of one row, as it draws another row of the same person",
        means="the trainer draws two rows of each person",
        do="leave that person out (`gazeaug split --by subject`)",
        status=0,
    ),
    Case(
        given="`--person` with a label of several numbers a row",
        make=eyes(),
        command=f"{TO_FAZE} --person iris_2d",
        said="in.h5: --person takes a label of one text or whole number a row; '…' holds … in rows of shape …",
        means="such a label cannot name persons",
        do="name another label; `gazeaug inspect` lists them",
    ),
    Case(
        given="`--person` with numbers that are not whole",
        make=eyes(who=np.arange(32) / 2),
        command=f"{TO_MPIIGAZE} --person who",
        said="label 'who' names persons, so its numbers must be whole, found others in rows …",
        means="a fraction or NaN cannot name a person",
        do="correct such rows, or name another label",
    ),
    Case(
        given="`--person` for a layout without persons",
        make=eyes(),
        command="convert in.h5 -o out.npz --to npz --person subject",
        said="--person is for --to …, not for npz.",
        means="that layout has no groups of persons and keeps the label unchanged",
        do="leave the option out",
    ),
    Case(
        given="MPIIGaze.h5 of pytorch_mpiigaze as a file of FAZE",
        make=lambda folder: write_mpiigaze_h5(folder / "in.h5", 3),
        command=FROM_FAZE,
        said="in.h5: expected pixels and labels in '…'; prepare mpiigaze-h5 reads such a file.",
        means="two trainers use the name MPIIGaze.h5 for different layouts",
        do="use the kind that the message names",
    ),
    Case(
        given="MPIIGaze.h5 of FAZE as that of pytorch_mpiigaze",
        make=lambda folder: write_faze(folder / "in.h5", {"p00": 3}),
        command="prepare mpiigaze-h5 in.h5 -o out.h5",
        said="in.h5: expected image, gaze and pose in '…'; prepare faze reads such a file.",
        means="two trainers use the name MPIIGaze.h5 for different layouts",
        do="use the kind that the message names",
    ),
    Case(
        given="labels of FAZE with too few columns",
        make=faze(labels=np.zeros((2, 3), "f4")),
        command=FROM_FAZE,
        said="'b/labels' must hold four numbers a row or more, gaze and head pose as pitch and yaw, found …",
        means="the gaze needs two columns, the head pose the next two",
        do="write four columns, with zeros for an unknown head pose",
    ),
    Case(
        given="more labels than pictures in a group of a person",
        make=faze(labels=np.zeros((5, 4), "f4")),
        command=FROM_FAZE,
        said="in.h5: '…' has … rows, '…' …; they must have as many.",
        means="it is unknown which rows belong together",
        do="make that file again",
    ),
    Case(
        given="persons with pictures of different sizes",
        make=faze(pixels=np.zeros((2, 32, 60, 3), "u1")),
        command=FROM_FAZE,
        said="in.h5: pictures of 'b' are 32x60 RGB, of 'a' 64x256 RGB; --size and --rgb or --grey bring them to one.",
        means="an eye file has one size",
        do="give --size, and --rgb or --grey",
    ),
]
