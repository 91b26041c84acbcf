"""Rows and the pictures that they name: joined in any writing that is clear, refused where two are possible."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from gazeaug.errors import InputError
from gazeaug.sources.table_names import Join

NFD = unicodedata.normalize("NFD", "é.png")


def join(rows: list[str], pictures: list[str], folder: str = "/data/crops") -> Join:
    return Join(Path("t.csv"), rows, pictures, Path(folder)).made()


@pytest.mark.parametrize(
    ("row", "picture", "reading"),
    [
        ("p00/1.png", "p00/1.png", None),
        ("1.png", "p00/1.png", None),
        ("p00/1.png", "a/b/p00/1.png", None),
        ("p00\\1.png", "p00/1.png", "with / for \\ and without ./"),
        ("./p00//1.png", "p00/1.png", "with / for \\ and without ./"),
        ("p00\\1.png", "p00\\1.png", None),
        ("é.png", NFD, "in Unicode's composed form"),
        (NFD, "é.png", "in Unicode's composed form"),
        (f"p00\\{NFD}", "p00/é.png", "in Unicode's composed form"),
        (NFD, "p00/é.png", None),
        ("1.png ", "1.png", "without the spaces around them"),
        ("P00/1.PNG", "p00/1.png", "without regard to capital letters"),
        ("crops/1.png", "1.png", "as from /data on"),
        ("/data/crops/1.png", "1.png", "as from / on"),
        (".\\data\\crops\\1.png", "1.png", "as from / on"),
        ("old/1.png", "1.png", "without their folder old"),
        ("C:\\users\\me\\old\\1.png", "1.png", "without their folder C:/users/me/old"),
    ],
)
def test_readings(row: str, picture: str, reading: str | None) -> None:
    found = join([row], [picture])
    assert found.row_of == {picture: row}
    assert found.notes == ([] if reading is None else [f"t.csv: names are read {reading} (1 of 1)."])


def test_exact_names_come_first() -> None:
    assert join([NFD, "é.png"], ["é.png", NFD]).row_of == {NFD: NFD, "é.png": "é.png"}
    assert join(["a.png", "A.png"], ["A.png", "a.png"]).row_of == {"a.png": "a.png", "A.png": "A.png"}
    assert join(["1.png", "p00/1.png"], ["p00/1.png", "1.png"]).row_of == {"1.png": "1.png", "p00/1.png": "p00/1.png"}
    assert join(["1.png"], ["p00/1.png", "1.png"]).row_of == {"1.png": "1.png"}


def test_a_table_of_more_folders_than_are_given() -> None:
    found = join(["p00/1.png", "p01/1.png", "p02/1.png"], ["1.png"], "/data/p01")
    assert found.row_of == {"1.png": "p01/1.png"}
    assert found.notes[-1] == "t.csv: 2 of 3 rows name no picture in /data/p01: 'p00/1.png', 'p02/1.png'."


@pytest.mark.parametrize(
    ("rows", "pictures", "folder"),
    [
        (["p00/1.png"], ["1.png"], "/data/p01"),  # another person's labels
        (["old/1.png"], ["1.png", "2.png"], "/data/crops"),
        (["old/1.png", "old/3.png"], ["1.png"], "/data/crops"),
        (["../1.png"], ["1.png"], "/data/crops"),
        (["1"], ["1.png"], "/data/crops"),
    ],
)
def test_nothing_is_guessed(rows: list[str], pictures: list[str], folder: str) -> None:
    assert join(rows, pictures, folder).row_of == {}


@pytest.mark.parametrize(
    ("rows", "pictures", "said"),
    [
        (["1.png"], ["p00/1.png", "p01/1.png"], r"the row '1\.png' fits 2 pictures: 'p00/1\.png', 'p01/1\.png'\."),
        (["É.png"], ["é.png", NFD], r"the row 'É\.png' fits 2 pictures"),
        (["1.png"], ["1.PNG", "1.Png"], r"the row .1\.png. fits 2 pictures"),
        (["1.png", "p00/1.png"], ["p00/1.png"], r"2 rows name the picture p00/1\.png: 'p00/1\.png', '1\.png'\."),
        (["1.png", "./1.png"], ["1.png"], r"2 rows name the picture 1\.png: '1\.png', '\./1\.png'\."),
        (["é.png", NFD], ["é.png"], r"2 rows name the picture é\.png"),
        (["1.png", "crops/1.png"], ["1.png"], r"2 rows name the picture 1\.png: '1\.png', 'crops/1\.png'\."),
    ],
)
def test_two_readings_are_refused(rows: list[str], pictures: list[str], said: str) -> None:
    with pytest.raises(InputError, match=rf"^t\.csv: {said}"):
        join(rows, pictures)
