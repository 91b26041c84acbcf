"""Help: options in panels with their defaults, examples that can be typed, and choices that refuse in our own words."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gazeaug.options import Panel, options_of
from gazeaug.training.config import TrainConfig
from gazeaug_cli.app import app
from gazeaug_cli.help import record_of
from tests.cli.test_options import commands

ROOT: Any = typer.main.get_command(app)
COMMANDS: dict[str, Any] = dict(commands(ROOT))
PAGES = ["", "prepare", *COMMANDS]
WORDS = {
    "histogram:",
    "ray:",
    "folder",
    "xgaze",
    "gazehub",
    "mpiigaze-h5",
    "gazeaug:",
    "uint8",
}  # that a text may begin with
EXAMPLES = [(name, line) for name, command in COMMANDS.items() for line in command.examples]


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
    assert {name for name, _ in EXAMPLES} == set(COMMANDS)
    assert ROOT.examples
    assert ROOT.get_command(None, "prepare").examples


def test_panels_come_in_order_with_defaults_and_ranges() -> None:
    text = shown("train")
    panels = ("Common options", "Data", "Output", "Schedule", "Method", "Networks", "Hardware", "Help", "Examples")
    places = [text.index(f" {panel}: ") for panel in panels]
    assert places == sorted(places)
    assert "--steps N Training steps after pre-training (Algorithm 1 of the paper). [default: 1500]" in text
    assert "--ema" in text[places[3] : places[4]]
    assert "[default: 0.995; at least 0 and below 1]" in text
    assert "--optimizer [adam|sgd]" in text
    assert "--residual / --no-residual Predict a correction" in text
    assert "instead of the whole picture. [default: yes]" in text
    assert text.endswith("gazeaug train --resume --run-dir runs/first --steps 6000")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_80_columns_wide_and_names_no_types(name: str) -> None:
    page = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "200"}).output
    assert max(map(len, page.splitlines())) <= 80
    for word in ("<int>", "<str>", "<float>", "<path>", "list["):
        assert word not in page


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_for_its_value_and_its_default(name: str) -> None:
    command = COMMANDS[name]
    context = command.make_context(name, [], resilient_parsing=True)
    for parameter in command.params:
        spelled, text = record_of(parameter, context) or ("", "")
        assert text[:1].isupper() or text.split()[0] in {"auto", "single:", "test:", "eyes:"} | WORDS, (spelled, text)
        assert not text.startswith("Of "), (spelled, text)
        if parameter.param_type_name == "option":
            assert parameter.rich_help_panel in {panel.value for panel in Panel}, spelled
            is_flag = parameter.is_flag and not parameter.secondary_opts
            assert is_flag or parameter.required or "[default: " in text, (spelled, text)
            assert is_flag or parameter.is_flag or parameter.metavar, spelled


def test_commands_are_listed_in_the_order_of_work() -> None:
    said = CliRunner().invoke(app, ["--help"]).output
    words = said[said.index("Prepare eyes:") :].split()
    places = [words.index(name) for name in ("prepare", "split", "train", "export", "evaluate", "convert", "demo")]
    assert places == sorted(places)
    for heading in ("Train and refine:", "Measure:", "Try and check:"):
        assert heading in said
    assert "eyes:" in CliRunner().invoke(app, ["prepare", "--help"]).output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("trian", "No such command 'trian'. Did you mean 'train'"),
        ("prepare unityeye in -o o.h5", "Did you mean 'unityeyes'"),
        ("split a.h5 --outptu a=1", "error: there is no option --outptu; did you mean --output?"),
        ("train --quite", "error: there is no option --quite; did you mean --quiet?"),
        ("evaluate --model x", "error: there is no option --model; type `gazeaug evaluate --help` for all of them."),
        ("train --optimizer adm", "got 'adm'; did you mean 'adam'?"),
        ("train --recipe papr", "got 'papr'; did you mean 'paper'?"),
        ("export --io unit8", "got 'unit8'; did you mean 'uint8'?"),
        ("convert a.h5 --to gazehubb -o b", "got 'gazehubb'; did you mean 'gazehub'?"),
    ],
)
def test_a_misspelt_word_is_told_from_those_that_are_there(
    line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, line.split())
    assert result.exit_code == 2
    assert said in result.stderr
    assert not list(tmp_path.iterdir())  # no sample eyes for a line that is refused


@pytest.mark.parametrize(
    ("words", "usage"),
    [("refine-dataset", "INPUT..."), ("mix", "FILE[=SHARE]..."), ("turing", "REFINED REAL"), ("report", "[RUN]")],
)
def test_the_usage_names_arguments_in_capitals(words: str, usage: str) -> None:
    assert shown(words).startswith(f"Usage: gazeaug {words} [OPTIONS] {usage} ")


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
