"""Tags of rows: kept with their file, for nobody else, whatever two tabs do."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.sources.hdf5 import copy_eyes
from gazeaug_studio import eye_files, tag_routes, tags
from tests.makers.eye_files import write_eyes
from tests.makers.sources import write_kaggle
from tests.makers.studio import Asker

TAGS, ROWS_FILE = "/api/eyes/tags", "/api/eyes/tags/rows-file"


@pytest.fixture
def eyes(folder: Path) -> Path:
    return write_eyes(folder / "a.h5")


def rows(studio: Asker, **body: Any) -> list[int]:
    answer = studio.post(TAGS, file="a.h5", **body) if body else studio.get(TAGS, file="a.h5")
    assert answer.status == 200, answer
    assert answer.json["n"] == len(answer.json["rows"])
    return answer.json["rows"]


def test_add_remove_clear(eyes: Path, studio: Asker) -> None:
    assert rows(studio) == []
    assert rows(studio, add=[149, 3, 3, 8]) == [3, 8, 149]
    assert rows(studio, remove=[8, 9], add=[0]) == [0, 3, 149]
    assert rows(studio) == [0, 3, 149]
    bits = studio.get(TAGS, file="a.h5", bits=1).data
    assert np.flatnonzero(np.unpackbits(np.frombuffer(bits, np.uint8), count=150, bitorder="little")).tolist() == [
        0,
        3,
        149,
    ]
    assert rows(studio, clear=True, add=[5]) == [5]
    assert rows(studio, clear=True) == []
    assert not list((eyes.parent / ".gazeaug-studio/tags").glob("*.tags"))


def test_all_of_a_selection(eyes: Path, studio: Asker) -> None:
    assert rows(studio, all_of={"text": {"subject": "p03"}}, remove=[3]) == list(range(18, 150, 15))
    assert studio.post(TAGS, file="a.h5", all_of=[1]).status == 400


def test_kaggle(folder: Path, studio: Asker) -> None:
    write_kaggle(folder / "a.h5", 7)
    assert rows(studio, add=[6]) == [6]


REFUSED = [
    ({"add": [150]}, 404),
    ({"add": [-1]}, 404),
    ({"add": 1}, 400),
    ({"add": [1.5]}, 400),
    ({"add": [True]}, 400),
]


@pytest.mark.parametrize(("body", "status"), REFUSED)
def test_row_numbers_are_checked(eyes: Path, studio: Asker, body: dict[str, Any], status: int) -> None:
    assert studio.post(TAGS, file="a.h5", **body).status == status
    assert rows(studio) == []


def test_labels_may_be_added_to_a_file(eyes: Path, studio: Asker) -> None:
    rows(studio, add=[7])
    eye_files.FILES.close()  # a job is a process of its own
    with h5py.File(eyes, "r+") as file:
        file["drift_px"] = np.zeros(150)
    assert rows(studio) == [7]


def test_another_file_of_the_name_has_no_tags_and_the_first_has_them_again(
    eyes: Path, studio: Asker, tmp_path: Path
) -> None:
    rows(studio, add=[7])
    shutil.copy(eyes, tmp_path / "kept.h5")
    os.replace(write_eyes(tmp_path / "b.h5", seed=1), eyes)
    assert rows(studio) == []
    assert "Tags of an earlier file named a.h5 are kept" in studio.get(TAGS, file="a.h5").json["note"]
    assert rows(studio, add=[8]) == [8]
    os.replace(tmp_path / "kept.h5", eyes)
    assert rows(studio) == [7]


def test_a_page_that_shows_an_older_file_tags_nothing(eyes: Path, studio: Asker, tmp_path: Path) -> None:
    state = studio.get("/api/eyes", file="a.h5").json["state"]
    os.replace(write_eyes(tmp_path / "b.h5", seed=1), eyes)
    assert studio.post(TAGS, file="a.h5", state=state, add=[1]).status == 409
    assert rows(studio) == []


def test_two_tabs_at_once(eyes: Path, studio: Asker) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda row: studio.post(TAGS, file="a.h5", add=[row]).status, range(40)))
    assert set(answers) == {200}
    assert rows(studio) == list(range(40))


def test_damaged_tags_are_said_and_cleared(eyes: Path, studio: Asker) -> None:
    rows(studio, add=[7])
    (path,) = (eyes.parent / ".gazeaug-studio/tags").glob("*.tags")
    path.write_bytes(b"{}\n\x01")
    answer = studio.get(TAGS, file="a.h5")
    assert (answer.status, answer.json["error"]) == (422, "The tags of this file are damaged; clear them.")
    assert rows(studio, clear=True) == []


def test_many_are_not_listed(eyes: Path, studio: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_routes, "MOST_LISTED", 3)
    assert studio.post(TAGS, file="a.h5", add=[1, 2, 3, 4]).json == {"n": 4, "rows": None, "note": None}


def test_old_tags_go_where_there_are_very_many(folder: Path, studio: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "MOST_FILES", 2)
    for i in range(4):
        write_eyes(folder / f"{i}.h5", 5)
        studio.post(TAGS, file=f"{i}.h5", add=[i])
    assert [studio.get(TAGS, file=f"{i}.h5").json["n"] for i in range(4)] == [0, 0, 1, 1]


def test_the_list_of_rows_is_what_prepare_takes(eyes: Path, studio: Asker, tmp_path: Path) -> None:
    assert studio.post(ROWS_FILE, file="a.h5").json["error"] == "a.h5: no row is tagged."
    rows(studio, add=[120, 7])
    assert studio.post(ROWS_FILE, file="a.h5").json == {"path": "a.tagged.csv", "n": 2, "overwritten": False}
    assert studio.post(ROWS_FILE, file="a.h5").json["overwritten"] is True
    report = copy_eyes(eyes, tmp_path / "o.h5", rows_in=eyes.with_name("a.tagged.csv"))
    assert report.n_images == 2


def test_a_file_of_the_user_is_not_overwritten(eyes: Path, studio: Asker) -> None:
    rows(studio, add=[7])
    mine = eyes.with_name("a.tagged.csv")
    mine.write_text("subject,note\np01,keep\n")
    answer = studio.post(ROWS_FILE, file="a.h5")
    assert answer.status == 409
    assert answer.json["error"] == "a.tagged.csv: exists and is no list of rows; rename it first."
    assert mine.read_text() == "subject,note\np01,keep\n"
