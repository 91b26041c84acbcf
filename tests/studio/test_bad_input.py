"""Files that are damaged, half written or gone, a full disk, and two tabs: every address answers in a sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.makers.eye_files import compress, damage, write_eyes
from tests.makers.studio import Answer, studio_at
from tests.studio.test_attacks import READING, WITHOUT_FILES, read

N_ROWS = 40


def cut(path: Path) -> None:
    data = write_eyes(path, N_ROWS).read_bytes()
    path.write_bytes(data[: len(data) // 2])


def zeros(path: Path) -> None:
    path.write_bytes(bytes(write_eyes(path, N_ROWS).stat().st_size))


def broken_chunk(path: Path) -> None:
    damage(compress(write_eyes(path, N_ROWS)), 0)


def without_pictures(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["look_vec"] = np.zeros((N_ROWS, 3))


def other_lengths(path: Path) -> None:
    with h5py.File(write_eyes(path, N_ROWS), "a") as file:
        del file["look_vec"]
        file["look_vec"] = np.zeros((7, 3))


def no_numbers(path: Path) -> None:
    with h5py.File(write_eyes(path, N_ROWS), "a") as file:
        file["look_vec"][...] = np.nan
        file["head/pose"][...] = np.inf


def no_rows(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["image"] = np.zeros((0, 16, 18), np.uint8)


def outside(path: Path) -> None:
    """Pictures that lie in a file outside of the folder."""
    write_eyes(path.parent.with_name("secret.h5"), N_ROWS)
    with h5py.File(path, "w") as file:
        file["image"] = h5py.ExternalLink("../secret.h5", "image")
        file["look_vec"] = np.zeros((N_ROWS, 3))


BAD: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "a text": lambda path: path.write_text("not HDF5 at all\n" * 100),
    "a folder": lambda path: path.mkdir(),
    "gone": lambda path: None,
    "cut": cut,
    "zeros": zeros,
    "a broken chunk": broken_chunk,
    "no pictures": without_pictures,
    "no rows": no_rows,
    "labels of another length": other_lengths,
    "NaN and infinity": no_numbers,
    "a link out of the file": outside,
}
OF_FILES = sorted(set(READING) - WITHOUT_FILES)
ASKED_OF_TRAIN = ("gone", "cut", "a link out of the file")
"""Kinds for which `train --dry-run` is started as well, which takes seconds; it opens all of them in one way."""


def is_said(answer: Answer) -> bool:
    """Whether an answer is good, or refuses in a sentence and not as a fault of the studio."""
    if answer.status < 400:
        return True
    return answer.status < 500 and answer.json["error"].count(" ") >= 2 and "Traceback" not in answer.json["error"]


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_answered_in_a_sentence(studio, folder, kind):
    write_eyes(folder / "second.h5", N_ROWS)
    BAD[kind](folder / "eyes.h5")
    for path in OF_FILES:
        if path == "/api/pair" and kind not in ASKED_OF_TRAIN:
            continue
        answer = read(studio, path, {})
        assert is_said(answer), (path, answer)
        assert str(folder).encode() not in answer.data, "names in the folder are enough"
        if path.startswith("/api/compare"):
            assert is_said(read(studio, path, {"first": "second.h5", "second": "eyes.h5"})), path
    assert is_said(studio.post("/api/eyes/select", file="eyes.h5", sort={"by": "drift_px"}))
    assert is_said(studio.post("/api/eyes/tags", file="eyes.h5", add=[0]))
    assert studio.get("/api/folder").status == 200


def test_a_link_out_of_a_file_shows_nothing_of_the_other(studio, folder):
    outside(folder / "eyes.h5")
    assert studio.get("/api/eyes/rows", file="eyes.h5", start=0, stop=1).status == 422


def test_a_file_that_is_deleted_or_replaced_while_it_is_shown(studio, folder):
    eyes = write_eyes(folder / "eyes.h5", N_ROWS)
    info = studio.get("/api/eyes", file="eyes.h5").json
    first = studio.get("/api/eyes/rows", file="eyes.h5", start=0, stop=4)
    write_eyes(folder / "other.h5", 5, seed=9).replace(eyes)
    second = studio.get("/api/eyes/rows", file="eyes.h5", start=0, stop=4)
    assert info["n_images"] == N_ROWS
    assert first.data != second.data
    assert first.headers["etag"] != second.headers["etag"]
    assert studio.get("/api/eyes", file="eyes.h5").json["n_images"] == 5
    eyes.unlink()
    for path in OF_FILES:
        assert is_said(read(studio, path, {})), path
    answer = studio.get("/api/eyes", file="eyes.h5")
    assert (answer.status, answer.json["error"].partition(":")[0]) == (404, "eyes.h5")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"config.json": ""},
        {"config.json": "{"},
        {"config.json": "[]"},
        {"config.json": '{"config": 1}', "metrics.jsonl": '{"step": 1, "loss": '},
        {"config.json": "{}", "metrics.jsonl": 'nonsense\n[]\n{"step": "x"}\n', "state.json": "{"},
        {"config.json": '{"config": {}}', "state.json": '{"step": "many"}', "samples/step-1.png": "no picture"},
        {"config.json": '{"config": {"steps": 1e999}}', "metrics.jsonl": "", "state.json": "[" * 100_000},
    ],
)
def test_a_run_that_is_half_written(studio, folder, files):
    for name, text in files.items():
        (folder / "run" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "run" / name).write_text(text)
    for path in OF_FILES:
        assert is_said(read(studio, path, {})), path
    for path in ("/api/runs", "/api/folder"):
        assert studio.get(path).status == 200


def test_a_pipe_in_a_run_keeps_nobody_waiting(studio, folder):
    (folder / "run").mkdir()
    (folder / "run" / "config.json").write_text('{"config": {"steps": 1}}')
    os.mkfifo(folder / "run" / "state.json")
    for path in ("/api/runs", "/api/folder"):
        assert studio.get(path).status == 200


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system that has no byte left."""
    place = tmp_path / "full"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    write_eyes(place / "eyes.h5", N_ROWS)
    with (place / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            pass
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_said_and_the_rest_goes_on(full):
    with studio_at(full) as studio:
        for answer in (
            studio.post("/api/eyes/tags", file="eyes.h5", add=[1, 2]),
            studio.post("/api/jobs", command="inspect", given={"file": "eyes.h5"}),
            studio.ask("PUT", "/api/uploads/eye.png", b"\x89PNG" * 1000),
        ):
            assert answer.status == 507, answer
            assert "disk is" in answer.json["error"]
        assert len(studio.get("/api/eyes/rows", file="eyes.h5", start=0, stop=4).data) == 4 * 16 * 18
        for path in ("/", "/api/folder", "/api/jobs", "/api/about"):
            assert studio.get(path).status == 200, path
    files = [path.relative_to(full).as_posix() for path in full.rglob("[!.]*") if path.is_file()]
    assert sorted(name for name in files if not name.startswith(".")) == ["eyes.h5", "filler"]


def test_a_folder_for_reading_only_is_shown(folder, monkeypatch):
    """Root writes everywhere, so the system's refusal is played."""
    write_eyes(folder / "eyes.h5", N_ROWS)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with studio_at(folder) as studio:
        monkeypatch.setattr(Path, "mkdir", refuse)
        assert studio.get("/api/eyes", file="eyes.h5").status == 200
        assert studio.get("/api/folder").status == 200
        answer = studio.post("/api/jobs", command="inspect", given={"file": "eyes.h5"})
        assert (answer.status, answer.json["error"]) == (500, "The system refused: Permission denied.")


def test_two_tabs_press_the_same_button(studio, folder):
    """One job; the other tab gets a sentence."""
    write_eyes(folder / "eyes.h5", N_ROWS)

    def press(_: int) -> int:
        return studio.post("/api/jobs", command="inspect", given={"file": "eyes.h5"}).status

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(press, range(4))) == [201, 409, 409, 409]
    assert len(studio.get("/api/jobs").json["jobs"]) == 1


def test_two_tabs_tag_at_the_same_time(studio, folder):
    """No tag is lost."""
    write_eyes(folder / "eyes.h5", N_ROWS)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda row: studio.post("/api/eyes/tags", file="eyes.h5", add=[row]), range(N_ROWS)))
    assert {answer.status for answer in answers} == {200}
    assert studio.get("/api/eyes/tags", file="eyes.h5").json["n"] == N_ROWS


def test_a_folder_that_is_deleted_while_it_is_shown_does_not_come_back(studio, folder):
    write_eyes(folder / "eyes.h5", N_ROWS)
    assert studio.get("/api/jobs").status == 200
    shutil.rmtree(folder)
    answers = [read(studio, path, {}) for path in OF_FILES]
    answers += [studio.get(path) for path in ("/api/about", "/api/folder", "/api/jobs", "/api/runs")]
    answers.append(studio.post("/api/eyes/tags", file="eyes.h5", add=[1]))
    answers.append(studio.post("/api/jobs", command="sample-data", given={}))
    answers.append(studio.ask("PUT", "/api/uploads/eye.png", b"\x89PNG" * 1000))
    said = (410, {"error": "The folder served is no longer there."})
    assert [(answer.status, answer.json) for answer in answers] == [said] * len(answers)
    assert not folder.exists()
