"""Help: options in panels with their defaults, examples that can be typed, and choices that refuse in our own words."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gazeaug.options import options_of
from gazeaug.training.config import TrainConfig
from gazeaug_cli.app import app
from tests.cli.test_options import commands

ROOT: Any = typer.main.get_command(app)
EXAMPLES = [(name, line) for name, command in commands(ROOT) for line in command.examples]


def shown(*words: str) -> str:
    """A help text with its lines joined."""
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    return " ".join(result.output.split())


@pytest.mark.parametrize(("name", "line"), EXAMPLES)
def test_an_example_can_be_typed(name: str, line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "gazeaug"
    command = ROOT
    for word in name.split():
        assert words.pop(0) == word
        command = command.get_command(None, word)
    command.make_context(name, words)


def test_every_command_has_an_example() -> None:
    assert {name for name, _ in EXAMPLES} == {name for name, _ in commands(ROOT)}


def test_panels_come_in_order_with_defaults_and_ranges() -> None:
    text = shown("train")
    places = [text.index(f"{panel}:") for panel in ("Data", "Output", "Schedule", "Method", "Networks", "Hardware")]
    assert places == sorted(places)
    assert "--steps <int> Steps of Algorithm 1 after pre-training. [default: 1500]" in text
    assert "--ema" in text[places[2] : places[3]]
    assert "[default: 0.995; at least 0 and below 1]" in text
    assert "--optimizer [adam|sgd]" in text
    assert "--residual / --no-residual Predict a correction of the input. [default: yes]" in text
    assert text.endswith("gazeaug train --resume --run-dir runs/first --steps 6000")


def test_every_option_of_training_is_an_option_of_train() -> None:
    text = shown("train")
    for option in options_of(TrainConfig):
        assert option.flag in text
        assert option.text
        assert option.panel is not None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train --optimizer lion", "error: --optimizer must be one of adam, sgd, got 'lion'."),
        ("train --recipe slow", "error: --recipe must be one of fast, best, paper, seed, got 'slow'."),
        ("refine-dataset none.h5 --layout heap", "error: --layout must be one of single, sharded, got 'heap'."),
    ],
)
def test_a_wrong_choice_is_refused_in_our_own_words(
    line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("unityeyes.h5", "real.h5"):
        (tmp_path / name).touch()
    result = CliRunner().invoke(app, line.split())
    assert (result.exit_code, result.stderr) == (2, said + "\n")
