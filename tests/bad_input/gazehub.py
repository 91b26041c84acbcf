"""GazeHub's folders and columns: wrong inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from gazeaug.gaze.conventions import CONVENTIONS
from tests.bad_input.case import Case
from tests.makers.eye_files import write_eyes
from tests.makers.gazehub import HEADERS, write_gazehub

TITLE = "GazeHub's folders"
Change = Callable[[list[str]], list[str]]
Make = Callable[[Path], object]


def hub(change: Change | None = None, header: str = HEADERS["eye"], lines: int | None = None) -> Make:
    """A folder of MPIIGaze's eyes; of the first file other fields in its lines, or in its first ones, or a header."""

    def make(folder: Path) -> None:
        path = write_gazehub(folder / "hub", "eye") / "Label" / "p00.label"
        fields = [line.split(" ") for line in path.read_text().splitlines()[1:]]
        n = len(fields) if lines is None else lines
        changed = [change(line) if change and i < n else line for i, line in enumerate(fields)]
        path.write_text("".join(f"{line}\n" for line in (header, *map(" ".join, changed))))

    return make


def swapped_everywhere(folder: Path) -> None:
    """Pitch stands before yaw in every line of both files."""
    for path in (write_gazehub(folder / "hub", "eye") / "Label").iterdir():
        header, *lines = path.read_text().splitlines()
        fields = [line.split(" ") for line in lines]
        turned = [[*line[:5], ",".join(line[5].split(",")[::-1]), *line[6:]] for line in fields]
        path.write_text("".join(f"{line}\n" for line in (header, *map(" ".join, turned))))


def with_sides(*sides: bytes) -> Make:
    """An eye file whose label `side` says these."""

    def make(folder: Path) -> None:
        with h5py.File(folder / "in.h5", "w") as file:
            file["image"] = np.random.default_rng(0).integers(0, 256, (len(sides), 36, 60), dtype=np.uint8)
            file["gaze"] = np.zeros((len(sides), 2))
            file["gaze"].attrs.update(CONVENTIONS["mpiigaze"].attributes)
            file["side"] = np.array(sides)

    return make


def eyes_of_simgan(folder: Path) -> None:
    """Pictures of 35x55."""
    write_eyes(folder / "in.h5", 2, shape=(35, 55))


def without_picture(folder: Path) -> None:
    """The first picture is missing."""
    hub()(folder)
    (folder / "hub" / "Image" / "p00" / "1.jpg").unlink()


def in_utf16(folder: Path) -> None:
    """The first labels were saved by an editor as UTF-16."""
    hub()(folder)
    path = folder / "hub" / "Label" / "p00.label"
    path.write_bytes(path.read_text().encode("utf-16"))


def with_numbered_sides(folder: Path) -> None:
    """WhichEye is 0 or 1."""
    hub()(folder)
    for path in (folder / "hub" / "Label").iterdir():
        path.write_text(path.read_text().replace(" left ", " 0 ").replace(" right ", " 1 "))


def without_labels(folder: Path) -> None:
    """The labels lie elsewhere."""
    hub()(folder)
    (folder / "hub" / "Label").rename(folder / "hub" / "ClusterLabel")


PREPARE = "prepare gazehub hub -o out.h5"
CASES = (
    Case(
        given="GazeHub's labels without their header",
        make=hub(header="p00/0.jpg day01/1.jpg left 0,0,-1 0,0,0 0,0 0,0"),
        command=PREPARE,
        said="hub/Label/p00.label: expected a header as GazeHub's scripts write it, such as '…', found 'p00/0.jpg …'; "
        "put the header back as the first line.",
        means="The first line names the columns; without it the meaning of the columns is unknown.",
        do="Add the first line again. Labels with points on a screen instead of a gaze are not supported.",
    ),
    Case(
        given="angles of GazeHub with pitch before yaw",
        make=swapped_everywhere,
        command=f"{PREPARE} --keep-going",
        said="p00.label: line 2: 3DGaze (…) and 2DGaze (…) are … degrees apart: the two numbers of 2DGaze are swapped",
        means="3DGaze and 2DGaze should be the same gaze, and here they differ. One of them is wrong.",
        do="Write yaw before pitch, as GazeHub does.",
    ),
    Case(
        given="a line of GazeHub's labels whose two gazes differ",
        make=hub(lambda line: [*line[:3], "0,0,-1", *line[4:]], lines=1),
        command=PREPARE,
        said="p00.label: line 2: 3DGaze and 2DGaze are … degrees apart; one of them is wrong. (--keep-going leaves",
        means="In the other lines they agree.",
        do="Correct the line, or `--keep-going`.",
    ),
    Case(
        given="a line of GazeHub's labels that is cut",
        make=hub(lambda line: line[:4], lines=1),
        command=PREPARE,
        said="hub/Label/p00.label: line 2: expected 10 fields (Image Origin …), found 4.",
        means="Each line needs a field for each column of the header.",
        do="Correct the line, or `--keep-going`.",
    ),
    Case(
        given="a picture that GazeHub's labels name and that is missing",
        make=without_picture,
        command=PREPARE,
        said="hub/Label/p00.label: line 2: its picture hub/Image/p00/1.jpg is missing.",
        means="The pictures were not all copied.",
        do="Copy it, or `--keep-going`.",
    ),
    Case(
        given="GazeHub's labels in another folder",
        make=without_labels,
        command=PREPARE,
        said="hub/Label: expected a folder with GazeHub's .label files, but there is none; name it with --labels.",
        means="EyeDiap's are in `ClusterLabel`, those of RT-Gene in `Label-glasses`, if they were sorted by hand.",
        do="`--labels hub/ClusterLabel`.",
    ),
    Case(
        given="`--picture` for labels of eyes",
        make=hub(),
        command=f"{PREPARE} --picture right",
        said="p00.label: --picture right: expected such a column of pictures, found Image only.",
        means="Labels of eyes have only one picture a line.",
        do="Leave the option out.",
    ),
    Case(
        given="sides that are neither left nor right, for GazeHub",
        make=with_sides(b"left", b"right", b"both"),
        command="convert in.h5 --to gazehub -o out",
        said="in.h5: label 'side': expected left or right (or L, R), found 'both' in row 2; correct it, or leave",
        means="WhichEye is left or right.",
        do="Correct the label, or `--labels gaze`.",
    ),
    Case(
        given="columns of GazeHub for another target",
        make=with_sides(b"left"),
        command="convert in.h5 --to npz -o out.npz --columns face",
        said="--columns is for --to gazehub, not for npz.",
        means="The option would have no effect.",
        do="Leave it out.",
    ),
    Case(
        given="the usual columns of GazeHub for another target",
        make=with_sides(b"left"),
        command="convert in.h5 --to npz -o out.npz --columns eye",
        said="--columns is for --to gazehub, not for npz.",
        means="As above.",
        do="As above.",
    ),
    Case(
        given="eyes without a side, for GazeHub",
        make=with_sides(b"1", b"2"),
        command="convert in.h5 --to gazehub -o out",
        said="WhichEye: left in every line, as 'side' says neither left nor right",
        means="The column cannot be empty; no public reader uses it.",
        do="Nothing, or add a label `side` with left and right.",
        status=0,
    ),
    Case(
        given="one person for trainers of GazeHub that leave one out",
        make=with_sides(b"left", b"right"),
        command="convert in.h5 --to gazehub -o out",
        said="label files: found 1 to train on; trainers that leave one out (Mnist and Gaze-Net) need 2 or more, or "
        "nothing is left for them (num_samples=0); each person of 'subject' has a file, --person LABEL names another",
        means="They test on the label file of one person and train on the others.",
        do="`--person LABEL`; of eye files refined together, `--person source` treats each file as a person.",
        status=0,
    ),
    Case(
        given="eyes of another size than GazeHub's networks for eyes",
        make=eyes_of_simgan,
        command="convert in.h5 --to gazehub -o out",
        said="pictures: Mnist's and Gaze-Net's networks take 36x60 exactly, found 35x55; for them give --size 36x60",
        means="Their first linear layer needs 36x60 (`mat1 and mat2 shapes cannot be multiplied`).",
        do="`--size 36x60`.",
        status=0,
    ),
    Case(
        given="a picture of GazeHub's labels whose name holds a space",
        make=hub(lambda line: ["p", *line], lines=1),
        command=PREPARE,
        said="hub/Label/p00.label: line 2: expected 10 fields (Image …), found 11; spaces separate them, so that no "
        "name may hold one. (--keep-going leaves such items out)",
        means="GazeHub's readers split the line at each space, and would read other fields as the gaze.",
        do="Rename the folder or the picture, and write the new name into the labels.",
    ),
    Case(
        given="GazeHub's labels in UTF-16",
        make=in_utf16,
        command=PREPARE,
        said="hub/Label/p00.label: expected GazeHub's labels as text in UTF-8, found a text file (UTF-16).",
        means="An editor saved them in another encoding; GazeHub's readers cannot read them either.",
        do="Save them as UTF-8.",
    ),
    Case(
        given="numbers for the sides in GazeHub's labels",
        make=with_numbered_sides,
        command=PREPARE,
        said="note: WhichEye: says neither left nor right in 6 of 6 lines, so that it is not known which eyes "
        "GazeHub's scripts flipped",
        means="It is unknown which number means right. GazeHub flips right eyes, so the label `mirrored` would "
        "need it and is left out.",
        do="Replace the numbers by left and right. Nothing, if all eyes have the same orientation.",
        status=0,
    ),
    Case(
        given="`--person` for columns of GazeHub without persons",
        make=with_sides(b"left", b"left"),
        command="convert in.h5 --to gazehub --columns gaze360 --person side -o out",
        said="--person is for layouts that name persons, not for gazehub --columns gaze360.",
        means="Gaze360's labels have a line a picture and no column for persons.",
        do="Leave it out, or choose other columns.",
    ),
)
