"""Flags that stand anywhere on the line."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from gazeaug_cli.app import app
from gazeaug_cli.global_flags import GlobalFlags, take_global_flags


@pytest.mark.parametrize(
    ("line", "rest", "flags"),
    [
        ("inspect a.h5", "inspect a.h5", GlobalFlags()),
        ("inspect a.h5 -q", "inspect a.h5", GlobalFlags(is_quiet=True)),
        ("--verbose inspect a.h5", "inspect a.h5", GlobalFlags(is_verbose=True)),
        ("-q inspect a.h5 -v", "inspect a.h5", GlobalFlags(is_verbose=True)),
        ("inspect --debug --quiet a.h5", "inspect a.h5", GlobalFlags(is_quiet=True, is_debug=True)),
        ("inspect a.h5 -qv", "inspect a.h5", GlobalFlags(is_verbose=True)),
        ("inspect a.h5 -vvq", "inspect a.h5", GlobalFlags(is_quiet=True)),
        ("train --version", "--version train", GlobalFlags()),
        ("inspect -- -q --debug", "inspect -- -q --debug", GlobalFlags()),
    ],
)
def test_they_are_taken_out_of_the_line(line: str, rest: str, flags: GlobalFlags) -> None:
    assert take_global_flags(line.split()) == (rest.split(), flags)


@pytest.mark.parametrize(
    "line", ["--version", "-V", "train --version", "prepare unityeyes -q --version", "-q prepare --version"]
)
def test_the_version(line: str) -> None:
    result = CliRunner().invoke(app, line.split())
    assert result.exit_code == 0
    assert result.output.startswith("gazeaug 0.")


@pytest.mark.parametrize("words", [[], ["split"], ["prepare"], ["prepare", "unityeyes"]])
def test_h_is_help(words: list[str]) -> None:
    short, long = (CliRunner().invoke(app, [*words, flag]) for flag in ("-h", "--help"))
    assert (short.exit_code, short.output) == (0, long.output)
