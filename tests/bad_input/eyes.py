"""MPIIGaze's lists and UT Multiview as people have them, and eyes that stand the other way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.bad_input.case import Case
from tests.makers import sources

TITLE = "Eyes of MPIIGaze and UT Multiview"
LISTED = "prepare mpiigaze in --lists lists -o o.h5"
VIEWS = "prepare utmultiview in -o o.h5"


def listed(text: str) -> Callable[[Path], object]:
    """A day of two pictures, and a list."""

    def make(folder: Path) -> None:
        sources.write_format_5(folder / "in" / "p00" / "day01.mat", sources.make_day(2, 0))
        (folder / "lists").mkdir()
        (folder / "lists" / "p00.txt").write_text(text)

    return make


def recording(name: str, change: Callable[[Path], object] = lambda csv: None) -> Callable[[Path], object]:
    """A file of labels with its pictures, changed."""
    return lambda folder: change(sources.write_recording(folder / "in", sources.make_recording(name, 3, 0)))


def with_a_header(csv: Path) -> None:
    csv.write_text("gaze_x,gaze_y,gaze_z\n" + csv.read_text())


def not_unpacked(folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "s00-09.zip").write_bytes(b"PK\3\4")


def both_sides(folder: Path) -> None:
    for side in sources.SIDES:
        sources.write_recording(folder / "in", sources.make_recording(f"s00/test/000_{side}", 3, 0))


def shortened(csv: Path) -> None:
    csv.write_text("".join(csv.read_text().splitlines(keepends=True)[:2]))


CASES: tuple[Case, ...] = (
    Case(
        given="a list that names a picture which is not there",
        make=listed("day01/0002.jpg left\nday01/0009.jpg right\n"),
        command=LISTED,
        said="day01.mat: holds no picture '0009.jpg', which the lists name. (--keep-going leaves such items out)",
        means="The lists and the file are of different versions.",
        do="Use lists and files of the same version, or `--keep-going`.",
    ),
    Case(
        given="lists without a line",
        make=listed("\n"),
        command=LISTED,
        said="o.h5: the input gave no row; nothing is written.",
        means="They contain no eye of these persons.",
        do="Use the lists of the evaluation subset, `sample list for eye image`.",
    ),
    Case(
        given="left eyes, and right eyes that are not mirrored",
        make=listed("day01/0002.jpg left\nday01/0001.jpg right\n"),
        command=LISTED,
        said="note: 1 right eyes stand unmirrored beside left ones: trainers of MPIIGaze expect right eyes mirrored, "
        "with their gaze and head pose; --mirror right does it.",
        means="Trainers of MPIIGaze read a right eye as a left eye with the opposite yaw.",
        do="`--mirror right`. Nothing, if your trainer distinguishes the sides.",
        status=0,
    ),
    Case(
        given="the same of UT Multiview",
        make=both_sides,
        command=VIEWS,
        said="note: 3 right eyes stand unmirrored beside left ones: …; --mirror right does it.",
        means="As above.",
        do="As above.",
        status=0,
    ),
    Case(
        given="the archives of UT Multiview, not unpacked",
        make=not_unpacked,
        command=VIEWS,
        said="in: expected UT Multiview's sNN/test/NNN_left.csv in it or below, found none…; unpack s00-09.zip first.",
        means="The archives of persons must be unpacked. The zips of pictures inside them need not be.",
        do="Unpack them.",
    ),
    Case(
        given="a CSV of UT Multiview with a header",
        make=recording("s00/test/000_left", with_a_header),
        command=VIEWS,
        said="000_left.csv: line 1: expected nine numbers (gaze, head rotation, eye position), separated by commas, no "
        "header above them; found 'gaze_x,gaze_y,gaze_z'. …",
        means="The number of a line is the number of its picture. One more line shifts all of them.",
        do="Use the original file.",
    ),
    Case(
        given="fewer lines than pictures in UT Multiview",
        make=recording("s00/test/000_left", shortened),
        command=VIEWS,
        said="000_left.csv: has 2 lines, none for the picture 00000002.bmp. (--keep-going leaves such items out)",
        means="The CSV is incomplete, or belongs to other pictures.",
        do="Download it again, or `--keep-going`.",
    ),
    Case(
        given="a missing zip of UT Multiview",
        make=recording("s00/test/000_left", lambda csv: csv.with_suffix(".zip").unlink()),
        command=VIEWS,
        said="000_left.csv: its pictures are missing: neither 000_left.zip nor a folder 000_left is there. …",
        means="The labels are there without their pictures.",
        do="Put the zip back, unpacked or not, or `--keep-going`.",
    ),
    Case(
        given="right eyes of UT Multiview's synth",
        make=recording("s00/synth/000_right"),
        command=f"{VIEWS} --subset synth --eye right",
        said="--eye right of --subset synth: public loaders pair the pictures and lines of those eyes in two ways, so "
        "their labels cannot be told; take --eye left, or --subset test.",
        means="It is not known which line belongs to which picture.",
        do="Use left eyes, or the set `test`.",
    ),
)
