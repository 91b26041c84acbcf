"""What the system refuses, and nobody expected it to, is one sentence too."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gazeaug_cli.app import app
from gazeaug_cli.errors import as_said
from tests.makers.eye_files import write_eyes

LONG = "n" * 240


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("command", ["evaluate --train {} --test {}", "mix {} {} -o mixed.h5"])
def test_a_file_that_may_not_be_read(
    tmp_path: Path, command: str, eyes_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = write_eyes(tmp_path / "closed.h5", 10)
    path_open = Path.open

    def refusing(path: Path, *args: Any, **options: Any) -> Any:
        if path.name == "closed.h5":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return path_open(path, *args, **options)

    monkeypatch.setattr(Path, "open", refusing)
    monkeypatch.chdir(tmp_path)
    said = run(*command.format(closed, eyes_path).split())
    assert said.exit_code == 2, (said.output, said.exception)
    assert (
        said.stderr
        == f"error: {closed}: expected an HDF5 file of eyes, found a file that cannot be read (Permission denied).\n"
    )


def test_a_name_of_240_bytes_is_a_name_as_any_other(tmp_path: Path, model_path: Path) -> None:
    path = write_eyes(tmp_path / f"{LONG}.h5")
    for words in (
        ["prepare", "eyes", path, "-o", tmp_path / f"{LONG}.two.h5"],
        ["mix", path, tmp_path / f"{LONG}.two.h5", "-o", tmp_path / f"{LONG}.three.h5"],
        ["refine-dataset", path, "-m", model_path, "-o", tmp_path / f"{LONG}.refined.h5"],
    ):
        said = run(*words)
        assert said.exit_code == 0, (said.output, said.exception)
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize(
    "words", [["inspect", f"{LONG}{LONG}.h5"], ["prepare", "eyes", "in.h5", "-o", f"{LONG}{LONG}"]]
)
def test_a_name_that_no_file_can_have(tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_eyes(tmp_path / "in.h5", 10)
    said = run(*words)
    assert said.exit_code == 2
    assert "give a shorter one" in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_output_that_cannot_write_a_name(tmp_path: Path) -> None:
    """As on a console of Windows, where \N{RIGHTWARDS ARROW} and most names are no characters."""
    path = write_eyes(tmp_path / "\N{HIRAGANA LETTER ME}.h5", 10)
    os.link(path, os.fsencode(tmp_path) + b"/\xff.h5")
    for name in (str(path), os.fsencode(tmp_path) + b"/\xff.h5"):
        for words in (["inspect", name], ["prepare", "eyes", name, "-o", tmp_path / "o.h5", "--overwrite"]):
            command = [sys.executable, "-m", "gazeaug_cli", *words]
            environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
            result = subprocess.run(command, capture_output=True, check=False, env=environment)
            assert result.returncode == 0, result.stderr


def test_a_reader_that_has_enough(eyes_path: Path) -> None:
    command = f"{sys.executable} -m gazeaug_cli inspect {eyes_path} | true"
    result = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert result.stderr == b""


@pytest.mark.parametrize(
    ("error", "said", "status"),
    [
        (OSError(errno.ENOENT, "x", "a.h5"), "a.h5: there is no such file or folder.", 2),
        (OSError(errno.ELOOP, "x", "a.h5"), "a.h5: its links lead in a circle.", 2),
        (OSError(errno.EIO, "Input/output error", "a.h5"), "a.h5: the system refuses: Input/output error.", 1),
        (OSError("no number"), "the system refuses: no number", 1),
        (MemoryError(), "the memory is full; take less at once, or close other programs.", 1),
        (
            UnicodeEncodeError("utf-8", "a\udcff.h5", 1, 2, "x"),
            r"'a\udcff.h5': holds characters that utf-8 cannot write; rename it.",
            2,
        ),
    ],
)
def test_the_last_net(error: Any, said: str, status: int) -> None:
    found = as_said(error)
    assert (str(found), found.exit_code) == (said, status)


def test_debug_shows_where(tmp_path: Path) -> None:
    assert isinstance(run("--debug", "inspect", f"{LONG}{LONG}").exception, OSError)
