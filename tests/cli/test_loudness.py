"""What -q leaves out and -v adds, and what a command ends with."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gazeaug.notes import logger
from gazeaug.provenance import command_line
from gazeaug_cli.app import app
from gazeaug_cli.endings import readable_bytes
from tests.makers.eye_files import write_eyes


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def line(tmp_path: Path, model_path: Path) -> list[object]:
    path = write_eyes(tmp_path / "two words.h5", 150)
    return ["refine-dataset", path, "-m", model_path, "--labels", "look_vec", "--overwrite"]


def test_a_command_ends_with_what_it_made_and_the_next_one(line: list[object]) -> None:
    said = run(*line).stdout.splitlines()
    path = str(line[1])
    refined = path.replace(".h5", ".refined.h5")
    assert re.fullmatch(rf"150 images refined -> {re.escape(refined)} \(\d+\.\d kB(, .*)?\)", said[-2])
    assert said[-1] == f"next: gazeaug verify '{refined}' --against '{path}'"
    assert said[0].startswith("model ")


def test_quiet_leaves_errors_and_results(line: list[object]) -> None:
    said = run("-q", *line)
    assert said.stderr == ""
    assert [text.split(" -> ")[0] for text in said.stdout.splitlines()] == ["150 images refined"]
    refused = run(*line[:-1], "-q")  # no --overwrite
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("error: ")


def test_quiet_mixing_and_converting_print_only_what_was_made(tmp_path: Path) -> None:
    one, other = (write_eyes(tmp_path / name, 40) for name in ("a.h5", "b.h5"))
    mixed, crops = tmp_path / "mixed.h5", tmp_path / "crops"
    for words in (["mix", f"{one}=1", f"{other}=1", "-o", mixed], ["convert", one, "--to", "folder", "-o", crops]):
        said = run(*words, "-q")
        assert (said.exit_code, said.stderr, len(said.stdout.splitlines())) == (0, "", 1)


def test_the_command_after_a_conversion_works_as_it_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("convert", write_eyes(tmp_path / "a.h5", 40), "--to", "folder", "-o", "crops").stdout.splitlines()
    assert said[-1].startswith("next: gazeaug prepare folder crops -o ")
    assert run(*shlex.split(said[-1], comments=True)[2:]).exit_code == 0


def test_one_is_in_the_singular(tmp_path: Path, model_path: Path) -> None:
    path, refined = write_eyes(tmp_path / "a.h5", 1), tmp_path / "a.refined.h5"
    assert run("refine-dataset", path, "-m", model_path, "-q").stdout.startswith("1 image refined -> ")
    assert f"{refined}: 1 row, 1 unit as written\n" in run("verify", refined).stdout


def test_quiet_leaves_out_notes(tmp_path: Path) -> None:
    path = write_eyes(tmp_path / "a.h5", 40)
    line = ["prepare", "eyes", path, "-o", tmp_path / "o.h5", "--limit", 20]  # an old name
    assert run(*line).stderr.startswith("note: --limit is now called --rows")
    assert run(*line, "--overwrite", "-q").stderr == ""


def test_verbose_says_what_is_opened_and_chosen_with_times(line: list[object]) -> None:
    said = run(*line, "-v")
    modules = re.findall(r"^\d\d:\d\d:\d\d gazeaug\.(\S+): ", said.stderr, re.MULTILINE)
    assert {"eyefile.reader", "runtime.opening", "refining.plan", "refining.work", "refining.stream"} <= set(modules)
    assert said.stdout == run(*line).stdout
    assert logger.handlers == []


def test_words_are_quoted_and_sizes_readable() -> None:
    assert command_line("gazeaug", "inspect", "two words.h5") == "gazeaug inspect 'two words.h5'"
    sizes = {12: "12 B", 1234: "1.2 kB", 2_345_678: "2.3 MB", 3e9: "3.0 GB", 4e13: "40.0 TB"}
    assert {n: readable_bytes(n) for n in sizes} == sizes
