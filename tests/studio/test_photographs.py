from __future__ import annotations

import csv
import io
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.photos import photographs as photos
from gazeaug.photos.photographs import prepare_photos
from tests.makers.photographs import CodedFinder, coded, faceless


@pytest.fixture
def found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An eye file out of photographs of the folder, made by its name in there, as a job makes it."""
    monkeypatch.setattr(photos, "open_finder", lambda face_model, *, thorough: CodedFinder())
    monkeypatch.setattr(photos, "find_mediapipe", lambda face_model: None)
    (folder / "shots").mkdir()
    for name, picture in {
        "10 good.png": coded(width=50),
        "2 faceless.png": faceless(),
        "3 small.png": coded(width=12),
        "4 border.png": coded(shift=90),
    }.items():
        picture.save(folder / "shots" / name)
    (folder / "shots/damaged.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (folder / "shots/raw.heic").write_bytes(b"raw")
    monkeypatch.chdir(folder)
    prepare_photos(["shots"], "real.h5", workers=1, keep_going=True)
    return folder / "real.h5"


def test_each_photograph_says_what_was_kept_and_what_was_left_out_and_why(studio, found):
    answer = studio.get("/api/photographs/found", file="real.h5").json
    by_name = {one["path"].removeprefix("shots/"): one for one in answer["photographs"]}
    assert list(by_name) == ["2 faceless.png", "3 small.png", "4 border.png", "10 good.png"]
    assert [(eye["side"], eye["row"]) for eye in by_name["10 good.png"]["eyes"]] == [("right", 1), ("left", 2)]
    assert by_name["2 faceless.png"]["reasons"] == ["no face: none was found"]
    small = by_name["3 small.png"]["eyes"][0]
    assert small["reason"] == "small: eye width 12 is below 15"
    assert small["at"] == [110, 120, 12]
    right, left = sorted(by_name["4 border.png"]["eyes"], key=lambda eye: eye["row"] is None)
    assert (right["side"], right["row"], right["reason"]) == ("right", 0, None)
    assert (left["side"], left["row"], left["word"], left["at"]) == ("left", None, "clipped", [300, 120, 48])
    assert (answer["n_photographs"], answer["n_kept"], answer["n_left_out"]) == (4, 3, 3)
    assert answer["counts"] == {"small": 2, "no face": 1, "clipped": 1, "unreadable": 1, "other format": 1}
    assert {item.removeprefix("shots/") for item, _ in answer["others"]} == {"damaged.png", "raw.heic"}


@pytest.mark.parametrize(
    ("only", "names"),
    [("kept", ["4 border.png", "10 good.png"]), ("no face", ["2 faceless.png"]), ("clipped", ["4 border.png"])],
)
def test_photographs_can_be_chosen_by_what_became_of_their_eyes(studio, found, only, names):
    answer = studio.get("/api/photographs/found", file="real.h5", only=only).json
    assert [one["path"].removeprefix("shots/") for one in answer["photographs"]] == names
    assert (answer["n_shown"], answer["n_photographs"]) == (len(names), 4)
    assert studio.get("/api/photographs/found", file="real.h5", start=60).json["photographs"] == []


def test_an_eye_file_without_a_list_and_one_from_elsewhere(studio, found):
    Path("real.h5.rejected.csv").unlink()
    answer = studio.get("/api/photographs/found", file="real.h5").json
    assert (answer["n_kept"], answer["n_left_out"], len(answer["photographs"])) == (3, 0, 2)
    with h5py.File(found.with_name("other.h5"), "w") as file:
        file["image"] = np.zeros((2, 35, 55), np.uint8)
    refused = studio.get("/api/photographs/found", file="other.h5")
    assert (refused.status, "not out of photographs" in refused.json["error"]) == (422, True)


@pytest.mark.parametrize("text", ["other,columns\n1,2\n", "item,reason\nonly one\n", "item,reason\n\0,small: x\n", ""])
def test_a_damaged_list_is_said_so_or_read(studio, found, text):
    Path("real.h5.rejected.csv").write_text(text)
    assert studio.get("/api/photographs/found", file="real.h5").status in (200, 422)


def test_items_of_a_list_lead_to_no_file_outside(studio, found):
    with Path("real.h5.rejected.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("item", "reason"), ("../../secret.png left", "small: x; 5 pixels wide at 1, 2")])
    answer = studio.get("/api/photographs/found", file="real.h5", only="small").json
    assert answer["photographs"][0]["is_there"] is False


def test_thumbnails_of_a_photograph_and_of_an_eye_in_it(studio, found):
    whole = studio.get("/api/photographs/thumbnail", file="shots/3 small.png")
    assert (whole.status, whole.headers["content-type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(whole.data)).size == (320, 240)
    eye = studio.get("/api/photographs/thumbnail", file="shots/10 good.png", at="110,120,50")
    picture = Image.open(io.BytesIO(eye.data))
    assert picture.size == (220, 140)
    dark, skin = picture.convert("L").getpixel((110, 70)), picture.convert("L").getpixel((110, 4))
    assert dark < 60 < 140 < skin  # the iris is in the middle
    again = studio.ask("GET", "/api/photographs/thumbnail?file=shots/3+small.png", If_None_Match=whole.headers["etag"])
    assert (again.status, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("name", "at", "status"),
    [
        ("shots/damaged.png", "", 422),
        ("shots/10 good.png", "1,2", 400),
        ("shots/10 good.png", "99999,1,10", 400),
        ("shots/10 good.png", "5,5,999999", 400),
        ("real.h5", "", 422),
        ("../secret.png", "", 403),
        (".gazeaug-studio/token", "", 403),
        ("gone.png", "", 404),
    ],
)
def test_what_gives_no_thumbnail(studio, found, name, at, status):
    own = found.parent / ".gazeaug-studio/token"
    own.parent.mkdir(exist_ok=True)
    own.write_text("token")
    answer = studio.get("/api/photographs/thumbnail", file=name, at=at)
    assert answer.status == status, answer
    assert str(found.parent) not in answer.json["error"]


def test_what_is_needed_is_said(studio):
    answer = studio.get("/api/photographs/ready").json
    assert isinstance(answer["has_finder"], bool)
    assert "pip install 'gazeaug[eyes" in answer["to_type"]
    assert {".jpg", ".png", ".webp"} <= set(answer["pictures"])
    assert ".mp4" in answer["videos"]
