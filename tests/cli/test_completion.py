"""The shell's completion of commands, options and values, as bash, zsh and fish ask for it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from gazeaug_cli.app import app


def offered(line: str) -> list[str]:
    """What bash offers for the last word of a line."""
    words = line.split(" ")
    asked = {"_GAZEAUG_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    result = CliRunner().invoke(app, [], env=asked, prog_name="gazeaug")
    assert result.exit_code == 0, result.output
    return result.output.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gazeaug ev", ["evaluate"]),
        ("gazeaug prepare unity", ["unityeyes", "unityeyes2"]),
        ("gazeaug train --opt", ["--optimizer"]),
        ("gazeaug train --optimizer ", ["adam", "sgd"]),
        ("gazeaug train --recipe p", ["paper"]),
        ("gazeaug train --device c", ["cpu", "cuda"]),
        ("gazeaug refine-dataset --device ", ["auto", "cpu", "cuda", "openvino", "tensorrt-rtx"]),
        ("gazeaug export --io ", ["uint8", "float32"]),
        ("gazeaug convert a.h5 --to web", ["webdataset"]),
        ("gazeaug split a.h5 --by ", ["row", "hash"]),
        ("gazeaug refine-dataset --lim", []),
    ],
)
def test_what_is_offered(line: str, words: list[str]) -> None:
    assert offered(line) == words


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(shell: str) -> None:
    result = CliRunner().invoke(app, [], env={"_GAZEAUG_COMPLETE": f"source_{shell}"}, prog_name="gazeaug")
    assert result.exit_code == 0
    assert "_GAZEAUG_COMPLETE" in result.output
    assert "gazeaug" in result.output


@pytest.mark.parametrize("flag", ["--install-completion", "--show-completion"])
def test_the_help_names_it(flag: str) -> None:
    assert flag in CliRunner().invoke(app, ["--help"]).output
