"""Eyes in other layouts, and folders in which they were written: wrong inputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from gazeaug.converting.conversion import convert
from gazeaug.sources.own_folders import MARK
from tests.bad_input.case import Case
from tests.makers.eye_files import write_eyes

TITLE = "Other layouts"


def eyes(folder: Path) -> None:
    """Three grey eyes, two of them of one subject."""
    write_eyes(folder / "eyes.h5", 3, shape=(36, 60))
    with h5py.File(folder / "eyes.h5", "r+") as file:
        file["subject"][...] = np.array([b"p00", b"p01", b"P01"])


def converted(change: Callable[[Path], object]) -> Callable[[Path], None]:
    """A folder `in` that convert wrote, and what became of it."""

    def make(folder: Path) -> None:
        write_eyes(folder / "eyes.h5", 3, shape=(36, 60))
        convert(folder / "eyes.h5", folder / "in", to="folder")
        change(folder / "in")

    return make


def with_other_labels(folder: Path) -> None:
    """The hidden file names a column that is not there."""
    facts = json.loads((folder / MARK).read_text("utf-8"))
    facts["labels"]["subject"]["column"] = "person"
    (folder / MARK).write_text(json.dumps(facts), encoding="utf-8")


def flat(pattern: str) -> str:
    """The command."""
    return f"convert eyes.h5 --to folder -o out --flat --names '{pattern}'"


CASES = [
    Case(
        given="one name for all pictures",
        make=eyes,
        command=flat("eye.png"),
        said="error: --names eye.png: gives all 3 pictures one name; put {row} or another field into it.",
        means="Each picture needs a name of its own.",
        do="`--names '{row}.png'`, or with zeros `'{row:06d}.png'`.",
    ),
    Case(
        given="names that differ in capital letters only",
        make=eyes,
        command=flat("{subject}.png"),
        said="error: eyes.h5: rows 1 and 2: --names {subject}.png calls both 'p01.png' and 'P01.png', one file where "
        "capital letters do not count; put {row} into it.",
        means="On disks of Windows and macOS one picture would replace the other.",
        do="`--names '{subject}_{row}.png'`.",
    ),
    Case(
        given="a name that leaves the folder",
        make=eyes,
        command=flat("../{row}.png"),
        said="error: eyes.h5: row 0: --names ../{row}.png gives '../0.png', which holds '/'; choose other fields.",
        means="All files are in one folder, but a label such as `path` contains folders.",
        do="Use `{path_stem}` instead of `{path}`. Give the folder with `--output`.",
    ),
    Case(
        given="a field that is no label",
        make=eyes,
        command=flat("{person}_{row}.png"),
        said="error: --names {person}_{row}.png: no field {person}; there are {row}, {number}, {path_stem}, …",
        means="Fields are the row's number from 0 or 1, and labels with one whole number or text a row.",
        do="Use one of the listed fields.",
    ),
    Case(
        given="names of another format",
        make=eyes,
        command=flat("{row}.jpg"),
        said="error: --names {row}.jpg: must end in .png, since the pictures are written as PNG.",
        means="JPEG would change pixels, and a wrong ending confuses readers.",
        do="`--names '{row}.png'`.",
    ),
    Case(
        given="names without --flat",
        make=eyes,
        command="convert eyes.h5 --to folder -o out --names '{row}.png'",
        said="error: --names is for pictures in one folder; give --flat too.",
        means="Without `--flat` every 10,000 pictures have their own folder.",
        do="Add `--flat`.",
    ),
    Case(
        given="RGB asked of a layout that is grey",
        make=eyes,
        command="convert eyes.h5 --to mpiigaze-h5 -o out.h5 --rgb",
        said="error: --rgb is for …folder; the pictures of mpiigaze-h5 are always grey.",
        means="Its readers expect one channel.",
        do="Leave `--rgb` out.",
    ),
    Case(
        given="grey pictures for loaders of RGB",
        make=eyes,
        command="convert eyes.h5 --to folder -o out",
        said="pictures: grey, of one channel; loaders that normalise three (mean and std of RGB) need --rgb",
        means="torchvision's Normalize with three means fails on a picture of one channel.",
        do="`--rgb`, unless the loader converts (torchvision's ImageFolder does).",
        status=0,
    ),
    Case(
        given="a folder of convert with another table",
        make=converted(lambda folder: (folder / "metadata.jsonl").write_text("{}")),
        command="prepare folder in -o o.h5",
        said="note: …metadata.jsonl: is not as convert wrote it, so that it counts only where --labels names it, as "
        "any table.",
        means="The table was changed after `convert` wrote it, so the stored types and attributes are not used.",
        do="`--labels in/metadata.jsonl --convention NAME`.",
        status=0,
    ),
    Case(
        given="a folder of convert with a damaged hidden file",
        make=converted(lambda folder: (folder / MARK).write_text("{")),
        command="prepare folder in -o o.h5",
        said="note: …/.gazeaug: cannot be read (…), so that the folder is read as any other.",
        means="The hidden file with types and attributes of the labels is damaged. The table is complete.",
        do="`--labels in/metadata.jsonl --convention NAME`.",
        status=0,
    ),
    Case(
        given="a folder of convert with the hidden file of another folder",
        make=converted(with_other_labels),
        command="prepare folder in -o o.h5",
        said="error: …metadata.jsonl: holds something else than .gazeaug beside it says (…); delete that file to read "
        "it as any table.",
        means="The hidden file names a column that the table does not have.",
        do="Delete `.gazeaug`, and give `--labels`.",
    ),
    Case(
        given="a folder of convert with landmarks, to another size",
        make=converted(lambda folder: None),
        command="prepare folder in -o o.h5 --size 35x55",
        said="error: …metadata.jsonl: 'iris_2d' is in pixels of pictures of 36x60, which would be resized under it; "
        "give --size 36x60 and resize the eye file, or take that column out.",
        means="The landmarks would not be scaled.",
        do="Leave `--size` out, then `gazeaug prepare eyes o.h5 --size 35x55`.",
    ),
]
