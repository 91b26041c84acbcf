"""Options by the names that they had in 0.1: a note on stderr, hidden from help, refused beside the new ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.renames import NewName
from gazeaug_cli.app import app
from gazeaug_cli.old_flags import by_new_flags
from tests.cli.test_options import commands

OLD = {
    "sample-data": "--n",
    "mix": "--n",
    "match": "--n",
    "experiments": "--n",
    "turing": "--n",
    "demo": "--n",
    "refine-dataset": "--limit --units-rows",
    "prepare unityeyes": "--limit",
    "prepare folder": "--limit",
    "prepare unityeyes2": "--limit",
    "prepare syntheseyes": "--limit",
    "prepare columbia": "--limit",
    "prepare photos": "--limit",
    "prepare mpiigaze": "--mirror-right --limit",
    "prepare mpiigaze-h5": "--limit",
    "prepare faze": "--limit",
    "prepare utmultiview": "--mirror-right --limit",
    "prepare xgaze": "--limit",
    "prepare kaggle": "--limit",
    "prepare gazehub": "--limit",
    "prepare eyes": "--limit",
    "convert": "--resize",
    "export": "--run",
    "train": "--watch-interval",
    "evaluate": "--least-updates",
}
ROOT: Any = typer.main.get_command(app)


def test_each_command_takes_its_old_names_and_no_other() -> None:
    found = {name: getattr(command.callback, "old_flags", {}) for name, command in commands(ROOT)}
    assert {name: " ".join(old) for name, old in found.items() if old} == OLD


@pytest.mark.parametrize("name", OLD)
def test_an_old_name_is_not_shown_and_its_new_one_is_an_option(name: str) -> None:
    command = dict(commands(ROOT))[name]
    options = {flag for each in command.params for flag in each.opts}
    for old, new in command.callback.old_flags.items():
        assert new.name in options
        assert old not in options


def test_a_note_says_the_new_name(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["sample-data", str(tmp_path), "--n", "8"])
    assert result.exit_code == 0
    assert result.stderr.startswith("note: --n is now called --rows; the old name works until 0.2.\n")
    assert "8 eyes" in result.stdout
    result = CliRunner().invoke(app, ["sample-data", str(tmp_path), "--n=8", "--rows", "8"])
    assert (result.exit_code, result.stderr) == (2, "error: --n is the old name of --rows; give --rows only.\n")


def test_a_flag_becomes_a_value_and_what_follows_two_dashes_stays() -> None:
    old = {"--mirror-right": NewName("--mirror", "right"), "--n": NewName("--rows")}
    assert by_new_flags(["a", "--mirror-right", "--n=3", "--", "--n"], old) == (
        ["a", "--mirror", "right", "--rows=3", "--", "--n"]
    )
    with pytest.raises(InputError, match="--mirror-right is the old name of --mirror; give --mirror only"):
        by_new_flags(["--mirror-right", "--mirror", "right"], old)
