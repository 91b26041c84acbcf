"""Lists of rows to take or to leave out, as this program writes them and as people do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError, Interrupted
from gazeaug.sources import hdf5 as eye_files
from gazeaug.sources.hdf5 import copy_eyes, prepare_kaggle
from gazeaug.sources.row_lists import read_row_list
from tests.makers.eye_files import compress, damage, write_eyes
from tests.makers.sources import write_kaggle


@pytest.fixture
def eyes(tmp_path: Path) -> Path:
    return write_eyes(tmp_path / "a.h5")


def written(folder: Path, text: str | bytes, name: str = "list.csv") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def everything(path: Path) -> dict[str, np.ndarray]:
    """All datasets."""
    with h5py.File(path) as file:
        names = [name for name in ("image", "look_vec", "head/pose", "iris_2d", "subject", "path") if name in file]
        return {name: file[name][()] for name in names}


READABLE = {
    "one a line": "7\n3\n3\n149",
    "with a head": "row\n7\n3\n149\n",
    "a table": 'subject,row,why\np01,7,x\np02,3,"y, z"\np09,149,\n',
    "semicolons": "row;why\n7;x\n3;y\n149;z\n",
    "Windows": "\ufeffRow\r\n7\r\n\r\n3\r\n149\r\n",
    "items": "item,reason\nrow 7,a\nrow 3,b\nrow 149,c\n",
    "sources": "source,row,reason\na.h5,7,x\nother.h5,9,x\na.h5,3,x\na.h5,149,x\n",
}


@pytest.mark.parametrize("kind", READABLE)
def test_rows_in_order_each_once_bit_for_bit(eyes: Path, tmp_path: Path, kind: str) -> None:
    rows, listed = [3, 7, 149], written(tmp_path, READABLE[kind])
    before = everything(eyes)
    assert copy_eyes(eyes, tmp_path / "in.h5", rows_in=listed).n_images == 3
    assert copy_eyes(eyes, tmp_path / "out.h5", rows_not_in=str(listed)).n_images == 147
    for output, kept in (("in.h5", rows), ("out.h5", [row for row in range(150) if row not in rows])):
        after = everything(tmp_path / output)
        for name, values in before.items():
            assert after[name].dtype == values.dtype
            assert after[name].tolist() == values[kept].tolist(), name


REFUSED = [
    ("row\n150\n", "line 2: row 150 is not in a.h5, which has rows 0 to 149."),
    ("3\n-1\n", "line 2: expected the number of a row, found '-1'."),
    ("3\n2.0\n", "line 2: expected the number of a row, found '2.0'."),
    ("row\n\n\n", "lists no row of a.h5."),
    ("", "lists no row of a.h5."),
    ("subject,why\np01,x\n", "expected a column 'row', or the number of a row in each line, found 'subject, why'."),
    ("source,row\nb.h5,3\n", "lists no row of a.h5, but of b.h5."),
    ("item,reason\na.jpg,x\n", "line 2: expected the number of a row, found 'a.jpg'."),
    ("row\n9999999999999999999999\n", "line 2: expected the number of a row, found '9999999999999999999999'."),
    (b"\x89HDF\r\n\x1a\n" + bytes(99), "expected a table as text, found an HDF5 file."),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_refused(eyes: Path, tmp_path: Path, text: str | bytes, sentence: str) -> None:
    listed = written(tmp_path, text)
    for option in ("rows_in", "rows_not_in"):
        with pytest.raises(InputError, match=re.escape(f"{listed}: {sentence}")):
            copy_eyes(eyes, tmp_path / "o.h5", **{option: listed})
    assert not (tmp_path / "o.h5").exists()


def test_no_such_list(eyes: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.csv: expected a list of rows, but there is no such file"):
        copy_eyes(eyes, tmp_path / "o.h5", rows_in=tmp_path / "no.csv")


def test_both_lists(eyes: Path, tmp_path: Path) -> None:
    within = written(tmp_path, "3\n4\n", "in.csv")
    with pytest.raises(InputError, match=r"not\.csv: row 4 is in .*in\.csv too; take it, or leave it out"):
        copy_eyes(eyes, tmp_path / "o.h5", rows_in=within, rows_not_in=written(tmp_path, "4\n9\n", "not.csv"))
    apart = written(tmp_path, "9\n", "apart.csv")
    assert copy_eyes(eyes, tmp_path / "o.h5", rows_in=within, rows_not_in=apart).n_images == 2


def test_nothing_left(eyes: Path, tmp_path: Path) -> None:
    all_rows = written(tmp_path, "\n".join(map(str, range(150))))
    with pytest.raises(InputError, match=r"--rows-not-in leaves out all of its 150 rows; nothing is written"):
        copy_eyes(eyes, tmp_path / "o.h5", rows_not_in=all_rows)
    with pytest.raises(InputError):
        copy_eyes(eyes, tmp_path / "o.h5", rows_in=written(tmp_path, "3\n"), where={"subject": "p04"})
    assert not (tmp_path / "o.h5").exists()


def test_every_and_where_count_among_the_listed(eyes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eye_files, "ROWS_AT_ONCE", 64)
    listed = written(tmp_path, "\n".join(map(str, range(1, 150, 2))))
    copy_eyes(eyes, tmp_path / "o.h5", rows_in=listed, every=10)
    assert everything(tmp_path / "o.h5")["image"].tolist() == everything(eyes)["image"][1:150:20].tolist()
    copy_eyes(eyes, tmp_path / "p.h5", rows_in=listed, where={"subject": "p03"})
    assert everything(tmp_path / "p.h5")["path"].tolist() == everything(eyes)["path"][3:150:30].tolist()


def test_the_list_is_an_input(eyes: Path, tmp_path: Path) -> None:
    listed = written(tmp_path, "3\n", "list.h5")
    with pytest.raises(InputError, match="the output is also the input"):
        copy_eyes(eyes, listed, rows_in=listed, overwrite=True)


def test_provenance_says_it(eyes: Path, tmp_path: Path) -> None:
    copy_eyes(eyes, tmp_path / "o.h5", rows_in=written(tmp_path, "3\n7\n"))
    with h5py.File(tmp_path / "o.h5") as file:
        said = json.loads(file.attrs["provenance"])["rows_in"]
    assert (said["file"], said["n"], len(said["rows_sha256"])) == ("list.csv", 2, 64)


def test_another_list_is_another_job(eyes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eye_files, "ROWS_AT_ONCE", 64)
    monkeypatch.setattr("gazeaug.preparing.source.UNIT_BYTES", 1)
    listed, read = written(tmp_path, "3\n7\n80\n149\n"), eye_files.Selection.read

    def stopping(selection: eye_files.Selection, start: int) -> object:
        if start >= 128:
            raise KeyboardInterrupt
        return read(selection, start)

    with monkeypatch.context() as patch:
        patch.setattr(eye_files.Selection, "read", stopping)
        with pytest.raises(Interrupted):
            copy_eyes(eyes, tmp_path / "o.h5", rows_in=listed)
    with pytest.raises(InputError, match="work of another job"):
        copy_eyes(eyes, tmp_path / "o.h5", rows_in=written(tmp_path, "3\n7\n81\n149\n", "other.csv"))
    report = copy_eyes(eyes, tmp_path / "o.h5", rows_in=listed)
    assert (report.n_images, report.n_resumed) == (4, 3)


def test_the_list_of_what_prepare_left_out(tmp_path: Path) -> None:
    path = compress(write_eyes(tmp_path / "a.h5"))
    damage(path, 2)
    report = copy_eyes(path, tmp_path / "o.h5", keep_going=True)
    assert report.rejected is not None
    found = read_row_list(report.rejected, path, 150)
    assert found.rows.tolist() == list(range(32, 48))
    copy_eyes(path, tmp_path / "p.h5", rows_not_in=report.rejected, keep_going=True)
    assert len(everything(tmp_path / "p.h5")["image"]) == 134


def test_kaggle(tmp_path: Path) -> None:
    path = write_kaggle(tmp_path / "k.h5", 9)
    prepare_kaggle(path, tmp_path / "o.h5", rows_in=written(tmp_path, "8\n2\n"))
    assert everything(tmp_path / "o.h5")["path"].tolist() == [b"imgs/2.jpg", b"imgs/8.jpg"]
