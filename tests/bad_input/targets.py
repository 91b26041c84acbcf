"""Targets of convert, and what their readers would not take: wrong inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.bad_input.case import Case
from tests.makers.eye_files import write_eyes
from tests.makers.xgaze import write_subject

TITLE = "Files for other trainers"
N, SIDE = 6, 32


def eyes(folder: Path) -> None:
    """An eye file without people."""
    with h5py.File(write_eyes(folder / "in.h5", N, shape=(SIDE, SIDE, 3)), "r+") as file:
        del file["subject"]


def faces(**labels: Any) -> Callable[[Path], None]:
    """Makes in.h5 of ETH-XGaze, with other labels or pictures than its script writes."""

    def make(folder: Path) -> None:
        with h5py.File(write_subject(folder / "in.h5", N, size=SIDE), "r+") as file:
            for name, values in labels.items():
                if name in file:
                    del file[name]
                file[name] = values

    return make


def halved(folder: Path) -> None:
    """A file of ETH-XGaze with faces of half the size, and landmarks that were left where they were."""
    faces(face_patch=np.zeros((N, SIDE // 2, SIDE // 2, 3), np.uint8))(folder)


def folder_of_notes(folder: Path) -> None:
    """A folder of the user's, with a file that has the name of our mark."""
    eyes(folder)
    (folder / "out").mkdir()
    (folder / "out" / ".gazeaug").write_text("notes on gazeaug")
    (folder / "out" / "face.jpg").touch()


CASES = (
    Case(
        given="a folder with another file .gazeaug as the output",
        make=folder_of_notes,
        command="convert in.h5 --to folder -o out --overwrite",
        said="out: holds files that no conversion wrote, so it is not replaced; write elsewhere.",
        means="The file was not written by `convert`, so the folder is not replaced.",
        do="Give another name.",
    ),
    Case(
        given="head poses of ETH-XGaze that are zero in every row",
        make=faces(face_head_pose=np.zeros((N, 2))),
        command="prepare xgaze in.h5 -o out.h5",
        said="in.h5: 'face_head_pose' is zero in every row, as where no head pose is known, and is not taken for one.",
        means="Zeros usually mean an unknown head pose. They are not read as frontal faces.",
        do="Nothing. If all faces are frontal, say so with `--head-convention mpiigaze` when you convert.",
        status=0,
    ),
    Case(
        given="`--by subject` for eyes without persons",
        make=eyes,
        command="convert in.h5 --to xgaze --by subject -o out",
        said="persons: all rows are subject0000, as there is no label 'subject'; --person names another",
        means="No label names persons, so there is one file. ETH-XGaze's trainer takes it.",
        do="Nothing, or name the label of persons with `--person`.",
        status=0,
    ),
    Case(
        given="`--by subject` for another target",
        make=eyes,
        command="convert in.h5 --to npz --by subject -o out",
        said="--by is for --to xgaze, not for npz.",
        means="The option would have no effect.",
        do="Leave it out; `split --by subject` makes files with some persons each.",
    ),
    Case(
        given="landmarks of faces of another size",
        make=halved,
        command="prepare xgaze in.h5 -o out.h5",
        said="in.h5: 'facial_landmarks' lies about (…), not in the middle of pictures of 16x16: its pixels are "
        "those of pictures of another size, and it is carried as it is.",
        means="The faces were resized after their landmarks were written, as a line of ETH-XGaze's script does.",
        do="Nothing, if you do not use them; otherwise scale them with h5py.",
        status=0,
    ),
    Case(
        given="landmarks of faces of another size to resize",
        make=halved,
        command="prepare xgaze in.h5 -o out.h5 --size 24x24",
        said="in.h5: label 'facial_landmarks' seems to hold positions in pixels, which resizing would not move",
        means="As above: the size of their pictures is unknown.",
        do="Scale them with h5py and give them the attributes, or remove them from the file.",
    ),
    Case(
        given="another picture under the name `image`",
        make=faces(image=np.zeros((N, 4, 4), np.uint8)),
        command="prepare xgaze in.h5 -o out.h5",
        said="in.h5: 'image' has the name of the pictures of an eye file, which are others here; it is left out.",
        means="An eye file has its pictures in `image`, and these are in `face_patch`.",
        do="Nothing, if you do not need it; otherwise rename it with h5py.",
        status=0,
    ),
)
