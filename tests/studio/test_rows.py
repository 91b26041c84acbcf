"""Rows of eye files as the page asks for them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.gaze.conventions import CONVENTIONS
from tests.makers.eye_files import compress, damage, write_eyes
from tests.makers.sources import write_kaggle
from tests.makers.studio import Asker


@pytest.fixture
def eyes(folder: Path) -> Path:
    return write_eyes(folder / "a.h5")


def stored(path: Path, name: str = "image") -> np.ndarray:
    with h5py.File(path, locking=False) as file:  # as the studio of this process has it
        return file[name][()]


def test_info(eyes: Path, studio: Asker) -> None:
    found = studio.get("/api/eyes", file="a.h5").json
    assert (found["path"], found["n_images"], found["height"], found["width"], found["channels"]) == (
        "a.h5", 150, 16, 18, 1,
    )  # fmt: skip
    kinds = {label["name"]: (label["kind"], label["shape"]) for label in found["labels"]}
    assert kinds["subject"] == kinds["path"] == ("text", [])
    assert kinds["look_vec"] == ("other", [4])
    assert kinds["head/pose"] == ("other", [3])
    assert found["gaze"] == {"label": "look_vec", "convention": "unityeyes"}
    assert found["points"] == ["iris_2d"]
    assert found["most_rows"] == 4096


def test_a_gaze_without_a_frame_is_shown_with_a_doubt(folder: Path, studio: Asker) -> None:
    write_kaggle(folder / "k.h5", 5)
    found = studio.get("/api/eyes", file="k.h5").json
    assert found["gaze"] == {"label": "look_vec", "convention": "unityeyes"}
    assert "does not say its frame" in found["doubts"][0]


@pytest.mark.parametrize("shape", [(16, 18), (16, 18, 3)])
def test_bytes_are_those_of_the_file(folder: Path, studio: Asker, shape: tuple[int, ...]) -> None:
    path = write_eyes(folder / "a.h5", shape=shape)
    answer = studio.get("/api/eyes/rows", file="a.h5", start=60, stop=140)
    assert answer.data == stored(path)[60:140].tobytes()
    assert answer.headers["x-shape"] == ",".join(map(str, (80, *shape)))
    some = [149, 0, 3, 3, 70]
    answer = studio.get("/api/eyes/rows", file="a.h5", rows=",".join(map(str, some)))
    assert answer.data == stored(path)[some].tobytes()
    assert studio.get("/api/eyes/rows", file="a.h5", start=5, stop=5).data == b""


def test_kaggle_layout(folder: Path, studio: Asker) -> None:
    path = write_kaggle(folder / "k.h5", 12)
    with h5py.File(path) as file:
        wanted = b"".join(file[f"image/{row}"][()].tobytes() for row in (11, 2, 3))
    assert studio.get("/api/eyes/rows", file="k.h5", rows="11,2,3").data == wanted
    assert len(studio.get("/api/eyes/marks", file="k.h5", start=0, stop=12).json["look_vec"]) == 12


def test_etag(eyes: Path, studio: Asker) -> None:
    ask = "/api/eyes/rows?file=a.h5&start=0&stop=9"
    first = studio.ask("GET", ask)
    again = studio.ask("GET", ask, If_None_Match=first.headers["etag"])
    assert (again.status, again.data, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = studio.ask("GET", ask.replace("stop=9", "stop=8"), If_None_Match=first.headers["etag"])
    assert other.status == 200
    os.utime(eyes, ns=(1, 1))
    assert studio.ask("GET", ask, If_None_Match=first.headers["etag"]).status == 200


def test_marks(eyes: Path, studio: Asker) -> None:
    found = studio.get("/api/eyes/marks", file="a.h5", rows="7,3").json
    look_vec = stored(eyes, "look_vec")[[7, 3]]
    assert found["rows"] == [7, 3]
    np.testing.assert_allclose(found["look_vec"], look_vec[:, :3], atol=1e-5)
    np.testing.assert_allclose(found["angles"], CONVENTIONS["degrees"].of_look_vec(look_vec), atol=1e-4)
    np.testing.assert_allclose(found["points"]["iris_2d"], stored(eyes, "iris_2d")[[7, 3]], atol=1e-5)


def test_marks_of_rows_that_have_none(eyes: Path, studio: Asker) -> None:
    with h5py.File(eyes, "r+") as file:
        file["look_vec"][1] = np.nan
        file["look_vec"][2] = 0
        file["iris_2d"][0, 5] = np.nan
        file["iris_2d"].attrs["axes"] = "x right, y down, edges not centres"
    found = studio.get("/api/eyes/marks", file="a.h5", start=0, stop=4).json
    assert (
        [row is None for row in found["look_vec"]]
        == [False, True, True, False]
        == [row is None for row in found["angles"]]
    )
    assert found["points"]["iris_2d"][0][5] is None
    np.testing.assert_allclose(found["points"]["iris_2d"][3], stored(eyes, "iris_2d")[3] - 0.5, atol=1e-5)


def test_labels_of_a_row(eyes: Path, studio: Asker) -> None:
    with h5py.File(eyes, "r+") as file:
        file["drift_px"] = np.full(150, np.nan, "f4")
        file["large"] = np.full(150, 2**60)
        file["long"] = np.arange(150 * 100, dtype="f4").reshape(150, 100)
        file.create_dataset("hostile", data=["<img src=x onerror=alert(1)>" * 4000] * 150, dtype=h5py.string_dtype())
        file["bytes"] = np.array([b"\xff\xfea"] * 150)
    found = studio.get("/api/eyes/labels", file="a.h5", row=7).json
    assert found["subject"] == "p07"
    assert found["path"] == "imgs/ä7.jpg"
    assert found["drift_px"] == "NaN"
    assert found["large"] == str(2**60)
    assert found["long"] == {"shape": [100], "first": [700.0 + i for i in range(16)]}
    assert found["hostile"].endswith("... (112,000 letters)")
    assert len(found["hostile"]) < 2100
    assert found["bytes"] == "\\xff\\xfea"
    np.testing.assert_allclose(found["look_vec"], stored(eyes, "look_vec")[7])


REFUSED = [
    ({"start": 5, "stop": 2}, 400, "start=5 is behind stop=2."),
    ({"start": 0, "stop": 5000}, 400, "A request may ask for 4,096 rows at most."),
    ({"start": 149, "stop": 151}, 404, "a.h5: has 150 rows, asked for row 150; was it replaced? Reload it."),
    ({"rows": "3,-1"}, 400, "rows must be a whole number of at least 0, got '-1'."),
    ({"rows": ",".join(["1"] * 5000)}, 400, "rows must be a whole number"),
    ({"rows": "99999999999999999"}, 404, "a.h5: has 150 rows"),
    ({"start": 3}, 400, "The address needs stop=..."),
]


@pytest.mark.parametrize(("asked", "status", "sentence"), REFUSED)
def test_refused(eyes: Path, studio: Asker, asked: dict[str, object], status: int, sentence: str) -> None:
    for what in ("rows", "marks"):
        answer = studio.get(f"/api/eyes/{what}", file="a.h5", **asked)
        assert answer.status == status, answer
        assert answer.json["error"].startswith(sentence), answer


def test_large_pictures_come_in_small_numbers(folder: Path, studio: Asker) -> None:
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset(
            "image", data=np.zeros((20, 1000, 1000), np.uint8), chunks=(1, 1000, 1000), compression="gzip"
        )
    assert studio.get("/api/eyes", file="a.h5").json["most_rows"] == 8
    answer = studio.get("/api/eyes/rows", file="a.h5", start=0, stop=9)
    assert (answer.status, answer.json["error"]) == (
        400, "a.h5: of pictures this large, a request may ask for 8 rows at most.",
    )  # fmt: skip


def test_a_damaged_chunk_names_its_rows_and_leaves_others(folder: Path, studio: Asker) -> None:
    path = compress(write_eyes(folder / "a.h5"))
    wanted = stored(path)
    damage(path, 3)
    answer = studio.get("/api/eyes/rows", file="a.h5", start=0, stop=100)
    assert answer.status == 422
    assert answer.json["error"].startswith("a.h5: rows 0 to 99 of 'image' cannot be read")
    assert studio.get("/api/eyes/rows", file="a.h5", start=0, stop=48).data == wanted[:48].tobytes()
    assert studio.get("/api/eyes/rows", file="a.h5", start=64, stop=100).data == wanted[64:100].tobytes()


def test_a_file_replaced_by_a_shorter_one(eyes: Path, studio: Asker, tmp_path: Path) -> None:
    state = studio.get("/api/eyes", file="a.h5").json["state"]
    os.replace(write_eyes(tmp_path / "b.h5", 10), eyes)
    answer = studio.get("/api/eyes/rows", file="a.h5", start=100, stop=110)
    assert answer.status == 404
    assert "has 10 rows" in answer.json["error"]
    answer = studio.get("/api/eyes/rows", file="a.h5", start=0, stop=5, state=state)
    assert answer.status == 409
    assert "has changed since it was opened" in answer.json["error"]
    eyes.unlink()
    assert studio.get("/api/eyes/rows", file="a.h5", start=0, stop=5).status == 404


def test_no_path_leads_out(eyes: Path, studio: Asker, tmp_path: Path) -> None:
    write_eyes(tmp_path / "out.h5")
    (eyes.parent / "link.h5").symlink_to(tmp_path / "out.h5")
    for name in ("../out.h5", str(tmp_path / "out.h5"), "link.h5"):
        assert studio.get("/api/eyes/rows", file=name, start=0, stop=1).status == 403


def test_no_ordinary_file(folder: Path, studio: Asker) -> None:
    os.mkfifo(folder / "pipe.h5")
    for name in (".", "pipe.h5"):
        answer = studio.get("/api/eyes", file=name)
        assert answer.status == 422
        assert answer.json["error"] == f"{name}: expected an HDF5 file of eyes, found what is no ordinary file."


def test_eight_at_once(eyes: Path, studio: Asker) -> None:
    wanted = stored(eyes)

    def ask(row: int) -> bool:
        return studio.get("/api/eyes/rows", file="a.h5", rows=row % 150).data == wanted[row % 150].tobytes()

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(160)))
