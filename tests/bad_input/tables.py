"""Folders, tables and names: wrong inputs."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.bad_input.case import Case
from tests.makers import sources

TITLE = "Folders, tables and names"
Make = Callable[[Path], object]


def pictures(*names: str) -> Make:
    """Pictures by their names below `in`."""

    def make(folder: Path) -> None:
        for i, name in enumerate(names):
            (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
            noise = np.random.default_rng(i).integers(0, 256, (40, 60), dtype=np.uint8)
            Image.fromarray(noise).save(folder / "in" / name)

    return make


def with_table(table: str | bytes, *names: str) -> Make:
    """Pictures, and t.csv."""

    def make(folder: Path) -> None:
        pictures(*(names or ("a.png", "b.png")))(folder)
        (folder / "t.csv").write_bytes(table if isinstance(table, bytes) else table.encode())

    return make


def and_then(make: Make, *more: Make) -> Make:
    """One after the other."""

    def all_of(folder: Path) -> None:
        for each in (make, *more):
            each(folder)

    return all_of


def people(*places: str) -> Make:
    """A day of MPIIGaze in each folder."""

    def make(folder: Path) -> None:
        for place in places:
            sources.write_format_5(folder / "in" / place / "day01.mat", sources.make_day(2, 0))

    return make


def renders(*places: str) -> Make:
    """A UnityEyes item in each folder."""

    def make(folder: Path) -> None:
        for place in places:
            (folder / "in" / place).mkdir(parents=True, exist_ok=True)
            sources.write_item(folder / "in" / place, 1)

    return make


def rewritten(name: str, change: Callable[[str], str], encoding: str = "utf-8") -> Make:
    """A text file changed."""
    return lambda folder: (folder / name).write_text(change((folder / name).read_text()), encoding=encoding)


FOLDER = "prepare folder in -o o.h5"
TABLE = f"{FOLDER} --labels t.csv"
DEGREES = f"{TABLE} --convention degrees"
RENAME = "Rename the column in the table."
NOTHING = "Nothing, if that is what the table means."


def a_table_of(content: bytes) -> Callable[[Path], object]:
    """A picture, and a table that is something else."""

    def make(folder: Path) -> None:
        pictures("a.png")(folder)
        (folder / "t.csv").write_bytes(content)

    return make


CASES: tuple[Case, ...] = (
    Case(
        given="a table whose row fits two pictures",
        make=with_table("file,pitch,yaw\n1.png,10,20\n", "p00/1.png", "p01/1.png"),
        command=DEGREES,
        said="error: t.csv: the row '1.png' fits 2 pictures: 'p00/1.png', 'p01/1.png'.",
        means="The table names the picture without its folder, and two folders have a picture of that name.",
        do="Write the path below the folder in the table: `p00/1.png`.",
    ),
    Case(
        given="a table with two rows for one picture",
        make=with_table("file,x\n1.png,1\np00/1.png,2\n", "p00/1.png"),
        command=TABLE,
        said="error: t.csv: 2 rows name the picture p00/1.png: 'p00/1.png', '1.png'.",
        means="Both rows may belong to the picture.",
        do="Delete one of the rows.",
    ),
    Case(
        given="a table of another folder",
        make=with_table("file,x\np00/a.png,1\np00/b.png,2\n"),
        command=TABLE,
        said="note: t.csv: names are read without their folder p00 (2 of 2).",
        means="The table names another folder, which does not exist. The given folder has a picture for each row.",
        do="Check that the table belongs to these pictures.",
        status=0,
    ),
    Case(
        given="a table of another person",
        make=and_then(
            with_table("file,x\np01/a.png,1\np01/b.png,2\n"), lambda folder: (folder / "in").rename(folder / "p00")
        ),
        command="prepare folder p00 -o o.h5 --labels t.csv",
        said="error: t.csv: no row names the picture a.png, and none another one in p00; the first row names…",
        means="The table names a folder with another number than the given one.",
        do="Give the folder of the table, or its parent.",
    ),
    Case(
        given="a picture without a row",
        make=with_table("file,x\na.png,1\n"),
        command=TABLE,
        said="error: t.csv: no row names the picture b.png.",
        means="Every picture needs its labels.",
        do="Add the row, or leave such pictures out with `--keep-going`.",
    ),
    Case(
        given="a table with more rows than pictures",
        make=with_table("file,x\na.png,1\nb.png,2\nc.png,3\n"),
        command=TABLE,
        said="note: t.csv: 1 of 3 rows name no picture in in: 'c.png'.",
        means="Those rows are not used.",
        do="Nothing, if those pictures are not needed.",
        status=0,
    ),
    Case(
        given="a table as pandas writes it",
        make=with_table(",file,pitch,yaw\n0,a.png,10,20\n1,b.png,1,2\n"),
        command=DEGREES,
        said="note: t.csv: the first column has no name (as the index that pandas writes), and is left out.",
        means="The row numbers are not read as a label.",
        do="Nothing; `to_csv(..., index=False)` does not write them.",
        status=0,
    ),
    Case(
        given="a comma at the end of every line",
        make=with_table("file,x,\na.png,1,\nb.png,2,\n"),
        command=TABLE,
        said="note: t.csv: separators at the ends of lines are left out.",
        means="The last column is empty and has no name. It is ignored.",
        do="Nothing.",
        status=0,
    ),
    Case(
        given="a column without a name",
        make=with_table("file,,x\na.png,1,2\nb.png,3,4\n"),
        command=TABLE,
        said="error: t.csv: column 2 has no name; name it, or remove it.",
        means="A label needs a name.",
        do="Name it in the first line.",
    ),
    Case(
        given="two columns of one name",
        make=with_table("file,x,x\na.png,1,2\nb.png,3,4\n"),
        command=TABLE,
        said="error: t.csv: 2 columns are named 'x'; rename them.",
        means="Only one of them could be the label.",
        do=RENAME,
    ),
    Case(
        given="a column named image",
        make=with_table("file,image\na.png,1\nb.png,2\n"),
        command=TABLE,
        said="error: t.csv: the column 'image' has the name of the pictures in an eye file; rename it.",
        means="The dataset `image` holds the pictures.",
        do=RENAME,
    ),
    Case(
        given="a table without a column of names",
        make=with_table("picture,x\na.png,1\n"),
        command=TABLE,
        said="error: t.csv: no column file_name or path or file or filename that names the picture; found picture, x.",
        means="No column says to which picture a row belongs.",
        do=RENAME,
    ),
    Case(
        given="an empty cell among numbers",
        make=with_table("file,conf\na.png,0.5\nb.png,NaN\n"),
        command=TABLE,
        said="note: t.csv: line 3: 'conf' has no number; 1 such cells are NaN.",
        means="The label stays numeric, and the value is NaN in the eye file.",
        do="Nothing, if NaN is right for it.",
        status=0,
    ),
    Case(
        given="an empty cell in the gaze",
        make=with_table("file,pitch,yaw\na.png,1,2\nb.png,,2\n"),
        command=DEGREES,
        said="error: t.csv: line 3: 'gaze' of b.png must be finite numbers, found [nan, 2…].",
        means="A picture without a gaze is useless for training.",
        do="Fill it in, or leave such pictures out with `--keep-going`.",
    ),
    Case(
        given="a word among numbers",
        make=with_table("file,x\na.png,1.5\nb.png,low\nc.png,2\n", "a.png", "b.png", "c.png"),
        command=TABLE,
        said="note: t.csv: line 3: 'x' is kept as text, since 'low' is no number.",
        means="A label must be all numbers or all text.",
        do="Correct the line, if numbers are meant.",
        status=0,
    ),
    Case(
        given="a table with semicolons and decimal commas",
        make=with_table("file;pitch;yaw\na.png;0,5;1,25\nb.png;1,0;2,5\n"),
        command=DEGREES,
        said="note: t.csv: read as separated by semicolons. note: t.csv: decimal commas are read in 'pitch', 'yaw'.",
        means="Spreadsheet programs in many European countries write such tables.",
        do=NOTHING,
        status=0,
    ),
    Case(
        given="commas that may stand for thousands",
        make=with_table("file;x\na.png;1,234\nb.png;2,345\n"),
        command=TABLE,
        said="error: t.csv: line 2: 'x': 1,234 may be a decimal comma or one of thousands; write numbers…",
        means="In some countries it is 1.234, in others 1234. The table does not say which.",
        do="Write 1.234, or 1234.",
    ),
    Case(
        given="a table that may have two separators",
        make=with_table("file;a,file\na.png;1,2\n"),
        command=TABLE,
        said="error: t.csv: could be separated by commas or semicolons; save it with one of them only.",
        means="Both separators give a column with names of pictures.",
        do="Save it with commas, and quotation marks round cells that contain commas.",
    ),
    Case(
        given="a table in UTF-16",
        make=with_table("file\tx\na.png\t1\nb.png\t2\n".encode("utf-16")),
        command=TABLE,
        said="note: t.csv: read as UTF-16. note: t.csv: read as separated by tabs.",
        means="Spreadsheet programs write 'Unicode text' in this way.",
        do=NOTHING,
        status=0,
    ),
    Case(
        given="a table of Windows",
        make=with_table("file,who\nsub\\é.png,Müller\n".encode("cp1252"), "sub/é.png"),
        command=TABLE,
        said="note: t.csv: read as Windows-1252, since it is not UTF-8. note: t.csv: names are read with / for \\ and…",
        means="The text is in a Windows encoding, and the paths have backslashes.",
        do="Check a label with umlauts or accents: `gazeaug inspect`.",
        status=0,
    ),
    Case(
        given="a spreadsheet as a table",
        make=with_table(b"PK\x03\x04\x14\0\6\0"),
        command=TABLE,
        said="error: t.csv: expected a table as text, found a file of a spreadsheet program; save it as CSV.",
        means="The file is an .xlsx, .xls or .ods file, although its name has another ending.",
        do="Save it as CSV in UTF-8.",
    ),
    Case(
        given="names in another form of Unicode",
        make=with_table("file,x\né.png,1\n", unicodedata.normalize("NFD", "é.png")),
        command=TABLE,
        said="note: t.csv: names are read in Unicode's composed form (1 of 1).",
        means="Some systems write é as e with a separate accent. Such names are matched.",
        do="Nothing.",
        status=0,
    ),
    Case(
        given="a link that leads nowhere",
        make=and_then(pictures("a.png"), lambda folder: (folder / "in" / "b.png").symlink_to("gone.png")),
        command=FOLDER,
        said="error: in/b.png: a link that leads nowhere. (--keep-going leaves such items out)",
        means="Its target was moved, or is on a disk that is not mounted.",
        do="Correct the link, or `--keep-going`.",
    ),
    Case(
        given="a link to a folder",
        make=and_then(
            pictures("a.png", "../p00/b.png"), lambda folder: (folder / "in" / "p00").symlink_to(folder / "p00")
        ),
        command=FOLDER,
        said="error: in/p00: a link to the folder …, out of its folder; links are not followed:…",
        means="The folder that it leads to is not read.",
        do="Copy the folder, or prepare it separately and join both with `gazeaug mix`.",
    ),
    Case(
        given="a picture under two names",
        make=and_then(pictures("a.png"), lambda folder: os.link(folder / "in" / "a.png", folder / "in" / "b.png")),
        command=FOLDER,
        said="error: in/b.png: the same file as in/a.png, so its rows would be there twice; remove one,…",
        means="Both names are links to one file.",
        do="Delete one of them, or `--keep-going`.",
    ),
    Case(
        given="hidden files and pictures of other formats",
        make=and_then(
            pictures("a.png", ".Trash/b.png"), lambda folder: (folder / "in" / "c.heic").write_bytes(b"ftypheic")
        ),
        command=FOLDER,
        said="1 eye -> o.h5…1 left out: hidden 1 left out: other format listed in o.h5.rejected.csv: all of them",
        means="Hidden and deleted files are skipped, and HEIC, AVIF and the raw formats of cameras are not read.",
        do="Convert the files that you need to JPEG or PNG.",
        status=0,
    ),
    Case(
        given="MPIIGaze with a copy of it",
        make=people("Data/Normalized/p00", "backup/p00"),
        command="prepare mpiigaze in -o o.h5",
        said="error: …/p00: the person is also in …/p00, so the rows would be there twice; give the…",
        means="The folder contains the person twice.",
        do="Give `Data/Normalized`, or move the copy out of the folder.",
    ),
    Case(
        given="UnityEyes items in two places",
        make=renders(".", "imgs"),
        command="prepare unityeyes in -o o.h5",
        said="error: in: holds 2 files of UnityEyes and 2 more in imgs/, so it is not clear which are meant:…",
        means="Only one of the two would be read.",
        do="Give `in/imgs`, or move one of the two elsewhere.",
    ),
    Case(
        given="UnityEyes of a system with decimal commas",
        make=and_then(renders("."), rewritten("in/1.json", lambda text: text.replace(".", ","), "utf-8-sig")),
        command="prepare unityeyes in -o o.h5",
        said="note: in/1.json: decimal commas are read, as in (0,1000, -0,2000, -0,9001, 0,0000).",
        means="The renderer ran on a system with decimal commas.",
        do="Nothing.",
        status=0,
    ),
    Case(
        given="a file that is given twice",
        make=lambda folder: shutil.copy(sources.write_kaggle(folder / "k.h5", 3), folder / "l.h5"),
        command="mix k.h5 l.h5 ./k.h5 -o o.h5",
        said="error: k.h5: given twice, also as k.h5; its rows would be there twice. Give it once.",
        means="Every row of it would be in the output twice.",
        do="Give it once; a larger share, `k.h5=2`, takes more of its rows.",
    ),
    Case(
        given="a condition that is given twice",
        make=lambda folder: sources.write_kaggle(folder / "k.h5", 3),
        command="prepare eyes k.h5 -o o.h5 --where subject=p00 --where subject=p01",
        said="error: --where subject is given twice, as 'p00' and 'p01'; give one of them.",
        means="No row can have both values.",
        do="Prepare each separately, and join them with `gazeaug mix`.",
    ),
    Case(
        given="a part that is given twice",
        make=lambda folder: sources.write_kaggle(folder / "k.h5", 3),
        command="split k.h5 -o a.h5=0.5 -o a.h5=0.2",
        said="error: --output a.h5 is given twice; each part needs a name of its own.",
        means="The second part would replace the first.",
        do="Give every part its own name.",
    ),
    Case(
        given="a link in a circle",
        make=lambda folder: (folder / "k.h5").symlink_to("k.h5"),
        command="convert k.h5 --to npz -o o.npz",
        said="k.h5: expected an HDF5 file of eyes, found a link that leads in a circle.",
        means="The link leads to itself, perhaps through other links.",
        do="Delete the link, and give the file itself.",
    ),
    Case(
        given="a folder as the output",
        make=lambda folder: sources.write_kaggle(folder / "k.h5", 3),
        command="prepare eyes k.h5 -o .",
        said="error: .: expected the name of a file, found a folder.",
        means="The output is one file.",
        do="Give it a name, `-o out.h5`.",
    ),
    Case(
        given="copies of pictures",
        make=and_then(
            pictures("a.png", "old/b.png"), lambda folder: shutil.copy(folder / "in/a.png", folder / "in/a (1).png")
        ),
        command=FOLDER,
        said="note: in/a.png is a copy of in/a (1).png, byte for byte: their rows are there twice.",
        means="Files with the same name, or with the name of a copy, have the same content.",
        do="Delete the copies, unless you want them.",
        status=0,
    ),
    Case(
        given="a quotation mark alone",
        make=with_table('file,x\n"a.png,1\nb.png,2\n'),
        command=TABLE,
        said="t.csv: line 2: cannot be split in fields (unexpected end of data); are all quotation marks in pairs?",
        means="All text after it would be one cell.",
        do="Add the second one, or delete the first.",
    ),
    Case(
        given="a vector in one cell",
        make=with_table('file,look_vec\na.png,"[0, 0, -1]"\nb.png,"[0, 0, -1]"\n'),
        command=TABLE,
        said="t.csv: 'look_vec' must be 3 or 4 numbers a row, in columns look_vec_0, …; found '[0, 0, -1]'.",
        means="pandas writes lists in this way. Such a cell is text.",
        do="Use a column for each number, or a .jsonl file with lists.",
    ),
    Case(
        given="an angle with its sign",
        make=with_table("file,pitch,yaw\na.png,10°,2°\nb.png,1°,2°\n"),
        command=DEGREES,
        said="t.csv: line 2: 'pitch' must be a number, with a decimal point, found '10°'.",
        means="A cell of the gaze is no number.",
        do="Write the number alone.",
    ),
    Case(
        given="a name that is too long",
        make=pictures("a.png"),
        command=f"prepare folder in -o {'n' * 300}.h5",
        said="error: …: the name has 303 bytes, more than the 255 that a file system takes; give a shorter one.",
        means="No file can have that name.",
        do="Give a shorter one; letters with accents have two bytes or more.",
    ),
    Case(
        given="a Git LFS pointer as a table",
        make=a_table_of(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
        command="prepare folder in --labels t.csv -o o.h5",
        said="error: t.csv: expected a table as text, found a Git LFS pointer and not the file itself…",
        means="The repository was cloned without its large files.",
        do="`git lfs pull` in the repository.",
    ),
    Case(
        given="a compressed table",
        make=a_table_of(b"\x1f\x8b\x08" + bytes(20)),
        command="prepare folder in --labels t.csv -o o.h5",
        said="error: t.csv: expected a table as text, found a gzip archive (gunzip or tar unpacks it).",
        means="The table is compressed.",
        do="Unpack it.",
    ),
)
