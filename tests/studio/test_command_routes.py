from __future__ import annotations

import os
from pathlib import Path

import pytest


def test_commands_are_listed_and_described(studio):
    names = [each["name"] for each in studio.get("/api/commands").json["commands"]]
    assert "train" in names
    assert "prepare eyes" in names
    about = studio.get("/api/commands/describe", name="prepare eyes").json
    assert [each["name"] for each in about["arguments"]] == ["source"]
    assert "where" in [option["name"] for panel in about["panels"] for option in panel["options"]]


def test_a_line_is_made_of_values(studio):
    given = {"steps": 30, "synthetic": "a file.h5", "device": "cpu"}
    answer = studio.post("/api/line", command="train", given=given)
    assert answer.json == {
        "line": "gazeaug train --synthetic 'a file.h5' --steps 30 --device cpu",
        "words": ["train", "--synthetic", "a file.h5", "--steps", "30", "--device", "cpu"],
        "queue": "cpu",
    }
    assert studio.post("/api/line", command="inspect", given={"file": "a.h5"}).json["queue"] == "files"


@pytest.mark.parametrize(
    ("command", "given", "status", "sentence"),
    [
        ("train", {"batch_size": 1}, 422, "--batch-size must be at least 2, got 1."),
        ("train", {"nothing": 1}, 422, "there is no option 'nothing'"),
        ("nothing", {}, 422, "there is no command 'nothing'"),
        (None, {}, 400, "A line needs a command"),
        ("train", [], 400, "A line needs a command"),
        ("train", {"synthetic": "../there.h5"}, 403, "outside of the folder"),
        ("train", {"run_dir": "/elsewhere/run"}, 403, "outside of the folder"),
        ("train", {"config": "/etc/passwd"}, 403, "outside of the folder"),
        ("refine-dataset", {"inputs": ["a.h5", "x/../../b.h5"]}, 403, "outside of the folder"),
        ("refine-dataset", {"inputs": "a.h5", "model": "/etc/passwd"}, 403, "outside of the folder"),
        ("split", {"path": "a.h5", "output": ["../b.h5=0.5"]}, 403, "outside of the folder"),
        ("mix", {"inputs": ["../a.h5=1", "b.h5=1"], "output": "c.h5"}, 403, "outside of the folder"),
        ("mix", {"inputs": ["../a.h5"], "output": "c.h5"}, 403, "outside of the folder"),
        ("evaluate", {"train": ["/a"], "test": "b"}, 403, "outside of the folder"),
        ("evaluate", {"train": ["a"], "test": "b", "reference": "../c"}, 403, "outside of the folder"),
        ("verify", {"file": "a.h5", "against": ["b.h5", "/c.h5"]}, 403, "outside of the folder"),
        ("prepare photos", {"source": ["a.jpg"], "output": "b.h5", "face_model": "/x"}, 403, "outside of the folder"),
        ("prepare mpiigaze", {"source": "a", "output": "b.h5", "lists": "../x"}, 403, "outside of the folder"),
    ],
)
def test_what_is_refused_is_said(studio, command, given, status, sentence):
    answer = studio.post("/api/line", command=command, given=given)
    assert answer.status == status
    assert sentence in answer.json["error"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_out_of_the_folder_is_refused(studio, folder: Path, tmp_path: Path):
    (folder / "out").symlink_to(tmp_path)
    (folder / "in").symlink_to(folder)
    refused = studio.post("/api/line", command="inspect", given={"file": "out/a.h5"})
    assert refused.status == 403
    assert str(tmp_path) not in refused.json["error"]
    assert studio.post("/api/line", command="inspect", given={"file": "in/a.h5"}).status == 200


def test_an_unknown_command_is_not_described(studio):
    answer = studio.get("/api/commands/describe", name="studio")
    assert (answer.status, answer.json["error"].startswith("there is no command 'studio'")) == (422, True)
    assert studio.get("/api/commands/describe").status == 400
