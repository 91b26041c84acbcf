"""Runs over HTTP: offsets and whole lines, files that change under the reader, half-written and hostile folders."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from gazeaug_studio import run_folder
from tests.makers.run_folders import SHAPE, add_lines, line_of, write_grid, write_run


def metrics(studio, run="runs/a", **params):
    answer = studio.get("/api/runs/metrics", run=run, **params)
    assert answer.status == 200, answer
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return [json.loads(line) for line in answer.data.splitlines()], headers


def described(studio, run="runs/a"):
    answer = studio.get("/api/runs/run", run=run)
    assert answer.status == 200, answer
    return answer.json


def test_lines_arrive_once_each_and_only_whole_ones(studio, folder):
    run = write_run(folder / "runs/a", n=2)
    lines, headers = metrics(studio)
    assert [line["step"] for line in lines] == [1, 2]
    text = json.dumps(line_of(3))
    with (run / "metrics.jsonl").open("a") as stream:
        stream.write(text[:40])
        stream.flush()
        none, same = metrics(studio, **{"from": headers["x-next"], "mark": headers["x-mark"]})
        assert (none, same["x-next"], same["x-from"]) == ([], headers["x-next"], headers["x-next"])
        stream.write(text[40:] + "\n")
    more, _ = metrics(studio, **{"from": headers["x-next"], "mark": headers["x-mark"]})
    assert more == [line_of(3)]


def test_a_file_that_has_become_another_one_is_read_from_its_beginning(studio, folder):
    run = write_run(folder / "runs/a", n=5)
    _, headers = metrics(studio)
    after = {"from": headers["x-next"], "mark": headers["x-mark"]}
    (run / "metrics.jsonl").write_text("")
    add_lines(run, range(1, 3), shift=0.5)
    shrunk, told = metrics(studio, **after)
    assert ([line["step"] for line in shrunk], told["x-from"]) == ([1, 2], "0")
    add_lines(run, range(3, 9), shift=0.5)  # longer than it was, so that its size alone says nothing
    grown, told = metrics(studio, **after)
    assert ([line["step"] for line in grown], told["x-from"]) == (list(range(1, 9)), "0")


def test_a_run_that_is_resumed_repeats_steps_and_goes_on_if_they_are_the_same(studio, folder):
    run = write_run(folder / "runs/a", n=5)
    _, headers = metrics(studio)
    (run / "metrics.jsonl").write_text("")
    add_lines(run, range(1, 8))  # the same numbers again, and two more
    lines, told = metrics(studio, **{"from": headers["x-next"], "mark": headers["x-mark"]})
    assert ([line["step"] for line in lines], told["x-from"]) == ([6, 7], headers["x-next"])


def test_long_files_come_in_pieces(studio, folder, monkeypatch):
    monkeypatch.setattr(run_folder, "MOST_BYTES", 1000)
    write_run(folder / "runs/a", n=20)
    found, offset, mark, n_pieces = [], "0", "", 0
    while True:
        lines, headers = metrics(studio, **{"from": offset, "mark": mark})
        if not lines:
            break
        found, n_pieces = [*found, *lines], n_pieces + 1
        offset, mark = headers["x-next"], headers["x-mark"]
    assert [line["step"] for line in found] == list(range(1, 21))
    assert n_pieces > 5


def test_a_line_without_an_end_is_passed_over(studio, folder, monkeypatch):
    monkeypatch.setattr(run_folder, "MOST_BYTES", 1000)
    run = write_run(folder / "runs/a", n=0)
    (run / "metrics.jsonl").write_text("x" * 2500)
    answer = studio.get("/api/runs/metrics", run="runs/a")
    assert (answer.data, answer.headers["x-next"]) == (b"", "1000")


@pytest.mark.parametrize("offset", ["-1", "1.5", "x", "9" * 30])
def test_an_offset_is_a_whole_number(studio, folder, offset):
    write_run(folder / "runs/a")
    answer = studio.get("/api/runs/metrics", run="runs/a", **{"from": offset})
    assert answer.status == 400
    assert "whole number" in answer.json["error"]


def test_a_run_says_what_came_of_it(studio, folder):
    write_run(folder / "runs/a", n=20, steps=20, grids=(10, 20))
    found = described(studio)
    assert (found["step"], found["steps"], found["complete"], found["saved"]) == (20, 20, True, 20)
    assert found["grids"][0] == {"step": 10, "path": "runs/a/grids/0000010.png"}
    assert found["verdict"][0].startswith("verdict (pictures only, no labels)")
    assert found["levels"]["before refining"] == 0.5
    titles = {curve["title"]: curve for section in found["sections"] for curve in section["curves"]}
    assert titles["Real eyes reached"]["factor"] == 100
    assert (found["synthetic"], found["files"]) == (None, ["unityeyes.h5", "real.h5"])


def test_what_speaks_against_a_run_is_said_in_the_words_of_the_command(studio, folder):
    run = write_run(folder / "runs/a", n=0)
    with (run / "metrics.jsonl").open("a") as stream:
        stream.writelines(json.dumps(line_of(step) | {"correlation": -0.5}) + "\n" for step in range(1, 5))
    assert [finding["name"] for finding in described(studio)["findings"]] == ["inverted polarity"]


def test_the_list_has_every_run_the_last_one_first(studio, folder):
    write_run(folder / "runs/a", grids=(5,))
    write_run(folder / "deeper/runs/b", n=0)
    found = {run["run"]: run for run in studio.get("/api/runs").json["runs"]}
    assert set(found) == {"runs/a", "deeper/runs/b"}
    assert (found["runs/a"]["step"], found["runs/a"]["saved"]) == (10, 5)
    assert len(found["runs/a"]["scores"]) == 10
    assert (found["deeper/runs/b"]["step"], found["deeper/runs/b"]["said"]) == (0, None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.json", '{"config": {"steps": 20, "syn'),
        ("config.json", "[" * 100_000),
        ("config.json", '{"config": [], "domains": 7}'),
        ("config.json", '{"config": {"steps": "many", "adversarial_loss": [1]}, "domains": {"synthetic": null}}'),
        ("state.json", '{"step": "x", "complete": "maybe"}'),
        ("state.json", ""),
        ("verdict.json", '{"reached_by_augmentation": "most"}'),
        (
            "metrics.jsonl",
            '{"step": 1, "score": NaN, "distance": Infinity}\nrubbish\n[1]\n{"step": 2, "score": 1e999}\n',
        ),
        ("metrics.jsonl", '{"step": 3, "distance": 0.1}\n'),
        ("metrics.jsonl", "\x00\xff" * 4000),
    ],
)
def test_half_written_and_damaged_files_are_left_out(studio, folder, name, text):
    run = write_run(folder / "runs/a", n=20, grids=(20,))
    (run / name).write_text(text)
    assert described(studio)["run"] == "runs/a"
    assert studio.get("/api/runs").status == 200
    assert studio.get("/api/runs/metrics", run="runs/a").status == 200


def test_a_folder_that_is_no_run_is_refused_in_a_sentence(studio, folder):
    (folder / "runs").mkdir()
    for name, status in {"runs": 404, "missing": 404, "../..": 403, "runs/../../etc": 403, "a\0b": 400}.items():
        answer = studio.get("/api/runs/run", run=name)
        assert (answer.status, list(answer.json)) == (status, ["error"])
    assert studio.get("/api/runs/run").status == 400


def test_links_out_of_the_folder_are_refused(studio, folder, tmp_path):
    run = write_run(folder / "runs/a", n=3, grids=(3,))
    secret = tmp_path / "secret"
    secret.write_text('{"step": 1, "key": 5}\n')
    (run / "metrics.jsonl").unlink()
    (run / "metrics.jsonl").symlink_to(secret)
    assert studio.get("/api/runs/metrics", run="runs/a").status == 403
    (run / "metrics.jsonl").unlink()
    (run / "grids/0000003.png").unlink()
    (run / "grids/0000003.png").symlink_to(secret)
    assert studio.get("/api/runs/grid", run="runs/a", step=3).status == 403


def test_names_that_look_like_html_come_back_as_they_are(studio, folder):
    name = 'runs/<img src=x onerror=alert(1)> "& \u202e'
    write_run(folder / name, n=2)
    assert [run["run"] for run in studio.get("/api/runs").json["runs"]] == [name]
    assert described(studio, name)["run"] == name


def test_a_grid_comes_in_its_own_pixels_and_with_a_tag(studio, folder):
    write_run(folder / "runs/a", grids=(5, 10))
    answer = studio.get("/api/runs/grid", run="runs/a", step=5)
    n, height, width = SHAPE
    with Image.open(io.BytesIO(answer.data)) as sheet:
        assert sheet.size == (3 * width, n * height)
        assert [sheet.getpixel((i * width + 1, 1)) for i in range(3)] == [20, 5, 200]
    assert answer.headers["x-rows"] == str(n)
    again = studio.ask("GET", "/api/runs/grid?run=runs/a&step=5", If_None_Match=answer.headers["etag"])
    assert (again.status, again.data) == (304, b"")


def test_missing_and_damaged_grids_are_refused_in_a_sentence(studio, folder):
    run = write_run(folder / "runs/a", grids=(5,))
    assert studio.get("/api/runs/grid", run="runs/a", step=6).status == 404
    path = write_grid(run, 6)
    for data in (path.read_bytes()[:200], b"", b"no picture"):
        path.write_bytes(data)
        answer = studio.get("/api/runs/grid", run="runs/a", step=6)
        assert (answer.status, "damaged" in answer.json["error"]) == (422, True)


def test_strange_names_among_the_grids_are_passed_over(studio, folder):
    run = write_run(folder / "runs/a", grids=(5,))
    for name in ("x.png", "\u0665.png", "-3.png"):
        Path(run / "grids" / name).write_bytes(b"")
    assert [grid["step"] for grid in described(studio)["grids"]] == [5]
