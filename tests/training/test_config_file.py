"""--config: options from YAML, JSON or a run's config.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.runs.folder import CONFIG
from gazeaug.training.config import TrainConfig
from gazeaug.training.config_file import read_config_file
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

EXAMPLE = Path(__file__).parents[2] / "examples" / "train.yaml"


def read(tmp_path: Path, text: str, name: str = "run.yaml") -> dict[str, Any]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_config_file(path)


def test_both_spellings_and_types(tmp_path: Path) -> None:
    found = read(tmp_path, "batch-size: 8\nlearning_rate: 2e-4\nlambda: 1\nlog: [wandb]\n")
    assert found == {"batch_size": 8, "learning_rate": 2e-4, "lambda_": 1.0, "log": "wandb"}
    assert isinstance(found["lambda_"], float)


def test_json_and_old_names(tmp_path: Path) -> None:
    assert read(tmp_path, '{"watch_interval": 50}', "run.json") == {"validation_interval": 50}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("batchsize: 8", "run.yaml: training has no option 'batchsize'; did you mean 'batch-size'?"),
        ("steps: many", "run.yaml: steps must be a whole number, got 'many'."),
        ("steps: true", "run.yaml: steps must be a whole number, got True."),
        ("camera: 1", "run.yaml: camera must be true or false, got 1."),
        ("learning-rate: fast", "run.yaml: learning-rate must be a number, got 'fast'."),
        ("steps:", "run.yaml: steps must be a whole number, got no value."),
        ("steps: 2\nsteps: 3", "run.yaml: steps is given twice; give it once."),
        ("batch-size: 4\nbatch_size: 5", "run.yaml: batch-size is given twice; give it once."),
        ("run_dir: runs/a", "run.yaml: run-dir cannot stand in the file; type --run-dir on the command line."),
        ("", "run.yaml: expected options and values such as 'steps: 1500', found none."),
        ("- a", "run.yaml: expected options and values such as 'steps: 1500', found ['a']."),
        ("a: [", "run.yaml: expected YAML or JSON with training options"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert said in str(error.value)


def test_the_example_is_whole_and_true() -> None:
    """It trains with the defaults, under names that exist."""
    given = read_config_file(EXAMPLE)
    assert TrainConfig(**given) == TrainConfig()
    assert len(given) > 10


def test_a_run_by_file_and_another_by_its_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.h5", "b.h5"):
        write_eyes(tmp_path / name, 40)
    settings = {**TINY, "synthetic": "a.h5", "real": "b.h5", "steps": 3, "tensorboard": False}
    (tmp_path / "run.json").write_text(json.dumps(settings), encoding="utf-8")
    for line in ("--config run.json --steps 2 --run-dir first", f"--config first/{CONFIG} --run-dir second --seed 1"):
        said = CliRunner().invoke(app, ["train", *line.split()])
        assert said.exit_code == 0, said.stderr
    first, second = (json.loads((tmp_path / run / CONFIG).read_text("utf-8"))["config"] for run in ("first", "second"))
    assert first["steps"] == 2  # what is typed goes on top
    assert first["batch_size"] == TINY["batch_size"]
    assert second == {**first, "seed": 1}
    said = CliRunner().invoke(app, ["train", "--resume", "--run-dir", "first", "--config", "run.json"])
    assert (said.exit_code, said.stderr) == (2, "error: --resume takes the run's own settings; leave out --config.\n")
