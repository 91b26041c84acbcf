"""`train --dry-run`: the same checks and words as a training, an exit code, and nothing on the disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gazeaug.training.dry_run import dry_run
from gazeaug.training.loop import train
from gazeaug.training.plan import plan_training
from gazeaug_cli.app import app
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(tmp_path)
    return {name: str(write_eyes(tmp_path / f"{name}.h5", 40, seed=i)) for i, name in enumerate(("synthetic", "real"))}


def files_below(folder: Path) -> dict[str, int]:
    """Every path below a folder, with its time of change."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_it_says_what_train_says_and_writes_nothing(tmp_path, pair):
    before = files_below(tmp_path)
    found = dry_run(plan_training(run_dir=tmp_path / "run", **pair, **TINY, steps=2))
    assert files_below(tmp_path) == before
    assert (found.steps, found.n_trained, found.n_held_out, found.resumed_from) == (2, 32, 8, None)
    said: list[str] = []
    train(run_dir=tmp_path / "run", **pair, **TINY, steps=2, say=said.append)
    assert list(found.lines())[: len(said)] == said
    assert "few real eyes: 40 real pictures" in "\n".join(said)


def test_of_a_run_to_resume_it_says_where_training_would_go_on(tmp_path, pair):
    run = train(run_dir=tmp_path / "run", **pair, **TINY, steps=2)
    before = files_below(tmp_path)
    found = dry_run(plan_training(resume=run, steps=5))
    assert files_below(tmp_path) == before
    assert (found.steps, found.resumed_from) == (5, "checkpoint-0000002.safetensors")
    assert found.sets[0].startswith("synthetic: 40 pictures")


def test_the_command_ends_with_0_or_with_2_and_a_sentence(tmp_path, pair):
    line = ["train", "--dry-run", "--synthetic", pair["synthetic"], "--real", pair["real"], "--device", "cpu"]
    before = files_below(tmp_path)
    good, as_json, bad = (CliRunner().invoke(app, [*line, *more]) for more in ([], ["--json"], ["--batch-size", "100"]))
    assert (good.exit_code, as_json.exit_code, bad.exit_code) == (0, 0, 2)
    assert good.stdout.splitlines()[-1].endswith("nothing was written")
    found = json.loads(as_json.stdout)
    assert found["findings"][0]["name"] == "few real eyes"
    assert (found["height"], found["n_held_out"], found["device"]) == (16, 8, "cpu")
    assert "less than half a batch of 100" in bad.stderr
    assert files_below(tmp_path) == before


def test_it_makes_no_sample_eyes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["train", "--dry-run"])
    assert (said.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "a dry run makes no sample eyes" in said.stderr


def test_json_belongs_to_a_dry_run(pair):
    said = CliRunner().invoke(app, ["train", "--json", "--synthetic", pair["synthetic"], "--real", pair["real"]])
    assert said.exit_code == 2
    assert "--json goes with --dry-run" in said.stderr
