from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.runs.ready import ready_refiner
from gazeaug_studio import item_facts, listing
from gazeaug_studio.workspace import Workspace
from tests.makers.eye_files import write_eyes


def listed(folder: Path) -> dict[str, dict[str, Any]]:
    items, _ = listing.items_in(Workspace.at(folder))
    return {item["path"]: item for item in items}


def write_run(folder: Path, **state: Any) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"config": {"steps": 40}}))
    if state:
        (folder / "state.json").write_text(json.dumps(state))
    return folder


def mark_refined(path: Path, source: str) -> None:
    made = {"command": "gazeaug refine-dataset", "input": source, "model": "m.onnx", "model_sha256": "ab"}
    with h5py.File(path, "r+") as file:
        file.attrs["provenance"] = json.dumps(made)


def test_the_address_tells_name_and_items(studio, folder):
    write_eyes(folder / "a.h5", 20)
    found = studio.get("/api/folder").json
    assert found["name"] == "served"
    assert found["left_out"] is None
    assert [(item["kind"], item["path"]) for item in found["items"]] == [("eyes", "a.h5")]


def test_facts_of_every_kind(folder):
    (folder / "sets").mkdir()
    write_eyes(folder / "sets" / "a.h5", 20)
    shutil.copy(ready_refiner(), folder / "mine.onnx")
    write_run(folder / "runs" / "first", step=40, complete=True)
    (folder / "page.html").write_text("<p>")
    (folder / "imgs").mkdir()
    for n in range(4):
        Image.new("L", (4, 3)).save(folder / "imgs" / f"{n}.jpg")
        (folder / "imgs" / f"{n}.json").write_text("{}")
    found = listed(folder)
    eyes = found["sets/a.h5"]
    assert eyes["bytes"] == (folder / "sets/a.h5").stat().st_size
    assert eyes["facts"] | {"labels": None} == {
        "n_images": 20,
        "height": 16,
        "width": 18,
        "channels": 1,
        "labels": None,
        "gaze": True,
        "made_by": None,
        "is_refined": False,
        "refined_from": None,
    }
    assert {"look_vec", "subject", "head/pose"} <= set(eyes["facts"]["labels"])
    model = found["mine.onnx"]["facts"]
    assert (model["height"], model["width"], model["channels"]) == (35, 55, 1)
    assert model["run"]
    assert found["runs/first"]["facts"] == {"step": 40, "steps": 40, "state": "complete", "has_refiner": False}
    assert found["page.html"]["kind"] == "page"
    assert (found["imgs"]["kind"], found["imgs"]["facts"]) == ("pictures", {"n": 4, "has_json": True})


def test_the_kaggle_layout_is_read_by_its_header(folder):
    with h5py.File(folder / "gaze.h5", "w") as file:
        for n in range(5):
            file[f"image/{n}"] = np.zeros((35, 55), np.uint8)
        file["look_vec"] = np.ones((5, 3), np.float32)
        file["other"] = np.ones(3)
    facts = listed(folder)["gaze.h5"]["facts"]
    assert (facts["n_images"], facts["height"], facts["width"], facts["labels"]) == (5, 35, 55, ["look_vec"])


def test_the_origin_of_a_refined_file_is_found(folder):
    (folder / "far").mkdir()
    for name in ("a.h5", "a.refined.h5", "far/b.h5", "b.refined.h5", "lost.refined.h5"):
        write_eyes(folder / name, 5)
    mark_refined(folder / "a.refined.h5", "a.h5")
    mark_refined(folder / "b.refined.h5", "b.h5")
    mark_refined(folder / "lost.refined.h5", "c.h5")
    found = {name: item["facts"]["refined_from"] for name, item in listed(folder).items()}
    assert found == {"a.h5": None, "a.refined.h5": "a.h5", "far/b.h5": None, "b.refined.h5": "far/b.h5"} | {
        "lost.refined.h5": None
    }
    assert listed(folder)["a.refined.h5"]["facts"]["is_refined"] is True
    assert listed(folder)["a.refined.h5"]["facts"]["made_by"] == "gazeaug refine-dataset"


def test_a_damaged_file_is_unreadable_with_a_sentence(folder):
    whole = write_eyes(folder / "cut.h5", 50).read_bytes()
    (folder / "cut.h5").write_bytes(whole[: len(whole) // 2])
    (folder / "text.h5").write_text("no")
    (folder / "empty.h5").touch()
    (folder / "bad.onnx").write_bytes(b"\x0f" * 100)
    with h5py.File(folder / "other.h5", "w") as file:
        file["x"] = [1]
    with h5py.File(folder / "none.h5", "w") as file:
        file.create_group("image")
    found = listed(folder)
    assert {item["kind"] for item in found.values()} == {"unreadable"}
    assert len(found) == 6
    for name, item in found.items():
        assert item["facts"]["problem"].startswith(name), item
        assert str(folder) not in item["facts"]["problem"]
    write_eyes(folder / "text.h5", 5)
    assert listed(folder)["text.h5"]["kind"] == "eyes", "it is looked at anew"


def test_a_model_that_states_a_number_of_many_digits_is_listed(folder):
    entry = b"\x0a\x0egazeaug.height" + b"\x12\x88\x27" + b"9" * 5000
    (folder / "odd.onnx").write_bytes(b"\x72\x9b\x27" + entry)
    assert listed(folder)["odd.onnx"]["facts"]["height"] is None


def test_own_hidden_and_unfinished_things_are_left_out(folder):
    for name in (".gazeaug-studio", ".hidden", "a.h5.parts", "b.h5.shards", "c.partial"):
        (folder / name).mkdir()
        write_eyes(folder / name / "x.h5", 5)
    write_eyes(folder / ".a.h5", 5)
    (folder / "d.h5.partial").touch()
    assert listed(folder) == {}


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_that_leave_the_folder_are_left_out(folder, tmp_path):
    write_eyes(tmp_path / "secret.h5", 5)
    (tmp_path / "else").mkdir()
    write_eyes(tmp_path / "else" / "x.h5", 5)
    (folder / "secret.h5").symlink_to(tmp_path / "secret.h5")
    (folder / "else").symlink_to(tmp_path / "else")
    (folder / "circle").symlink_to(folder)
    (folder / "self.h5").symlink_to(folder / "self.h5")
    (folder / "nowhere.h5").symlink_to(folder / "nothing.h5")
    write_eyes(folder / "a.h5", 5)
    (folder / "also.h5").symlink_to(folder / "a.h5")
    assert sorted(listed(folder)) == ["a.h5", "also.h5"]


def test_half_written_runs_are_told(folder):
    write_run(folder / "begun")
    half = write_run(folder / "half", step=3)
    (half / "state.json").write_text('{"step"')
    (half / "metrics.jsonl").write_text('{"step": 1}\n{"st')
    odd = write_run(folder / "odd", step="many")
    (odd / "config.json").write_text('{"config": {"steps": NaN}}')
    (folder / "no-run").mkdir()
    (folder / "no-run" / "config.json").write_text("[1]")
    found = {name: item["facts"] for name, item in listed(folder).items()}
    nothing = {"step": None, "steps": 40, "state": "incomplete", "has_refiner": False}
    assert found == {"begun": nothing, "half": nothing, "odd": nothing | {"steps": None}}


def test_grids_of_a_run_are_no_pictures_of_the_folder(folder):
    run = write_run(folder / "run", step=3)
    (run / "grids").mkdir()
    for n in range(12):
        Image.new("L", (4, 3)).save(run / ("grids" if n % 2 else ".") / f"{n}.png")
    assert sorted(listed(folder)) == ["run"]


def test_depth_and_numbers_are_bounded(folder, monkeypatch):
    deep = folder / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    for place in (folder, deep.parent, deep):
        write_eyes(place / "x.h5", 5)
    assert sorted(listed(folder)) == ["a/b/c/x.h5", "x.h5"]
    assert listing.items_in(Workspace.at(folder))[1] is False
    monkeypatch.setattr(listing, "MOST_ITEMS", 1)
    items, is_cut = listing.items_in(Workspace.at(folder))
    assert (len(items), is_cut) == (1, True)


def test_a_folder_with_too_many_names_says_so(folder, monkeypatch, studio):
    for n in range(30):
        (folder / f"{n}.txt").touch()
    monkeypatch.setattr(listing, "MOST_NAMES", 10)
    assert "more than is listed" in studio.get("/api/folder").json["left_out"]


def test_a_file_that_goes_while_it_is_looked_at_is_left_out(folder, monkeypatch):
    write_eyes(folder / "a.h5", 5)
    write_eyes(folder / "b.h5", 5)
    look = item_facts.facts_of

    def losing(path: Path, *args: Any) -> Any:
        if path.name == "a.h5":
            path.unlink()
            raise FileNotFoundError(2, "gone", str(path))
        return look(path, *args)

    monkeypatch.setattr(listing, "facts_of", losing)
    assert sorted(listed(folder)) == ["b.h5"]


def test_a_file_that_is_being_written_is_no_hindrance(folder):
    write_eyes(folder / "a.h5", 5)
    with h5py.File(folder / "a.h5", "r+") as file:
        file["more"] = np.zeros(5)
        assert "a.h5" in listed(folder)
        file["still"] = np.zeros(5)
    assert {"more", "still"} <= set(listed(folder)["a.h5"]["facts"]["labels"])


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="their names are text")
def test_names_that_are_no_text_are_answered(folder, studio):
    write_eyes(folder / "x.h5", 5).rename(folder / os.fsdecode(b"\xff.h5"))
    (item,) = studio.get("/api/folder").json["items"]
    assert (item["path"], item["kind"]) == (r"\udcff.h5", "unreadable")


def test_an_unchanged_file_is_opened_once(folder, monkeypatch):
    path = write_eyes(folder / "a.h5", 5)
    first = listed(folder)["a.h5"]["facts"]
    before = item_facts.eye_facts.cache_info().misses
    assert listed(folder)["a.h5"]["facts"] == first
    assert item_facts.eye_facts.cache_info().misses == before
    write_eyes(path, 6)
    assert listed(folder)["a.h5"]["facts"]["n_images"] == 6
