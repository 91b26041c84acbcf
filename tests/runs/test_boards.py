"""Boards: Weights & Biases by a stand-in of its package, since nothing may call home."""

from __future__ import annotations

import importlib.machinery
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gazeaug.errors import InputError
from gazeaug.runs.boards import WANDB_FILE, boards_in
from gazeaug.training.loop import train
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY


class FakeRun:
    """What `wandb.init` gives."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options, self.lines, self.steps_by, self.exit_code = options, list[dict[str, Any]](), "", -1

    def define_metric(self, _: str, *, step_metric: str) -> None:
        self.steps_by = step_metric

    def log(self, values: dict[str, Any]) -> None:
        self.lines.append(values)

    def finish(self, exit_code: int = 0) -> None:
        self.exit_code = exit_code


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[FakeRun]:
    """The runs that a stand-in of wandb has been told of."""
    made: list[FakeRun] = []

    def init(**options: Any) -> FakeRun:
        made.append(FakeRun(options))
        return made[-1]

    package = ModuleType("wandb")
    package.__spec__ = importlib.machinery.ModuleSpec("wandb", None)
    vars(package).update(init=init, Image=lambda path: f"picture {path}")
    vars(package).update(util=SimpleNamespace(generate_id=lambda: f"id{len(made)}"))
    monkeypatch.setitem(sys.modules, "wandb", package)
    return made


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    pair = [str(write_eyes(tmp_path / name, 40)) for name in ("a.h5", "b.h5")]
    return {**TINY, "synthetic": pair[0], "real": pair[1], "run_dir": tmp_path / "run", "tensorboard": False}


def test_metrics_settings_and_grids_are_logged(options: dict[str, Any], runs: list[FakeRun]) -> None:
    run = train(**options, steps=2, log="wandb")
    (logged,) = runs
    assert (logged.options["project"], logged.options["name"], logged.options["id"]) == ("gazeaug", "run", "id0")
    assert logged.options["config"] == json.loads((run / "config.json").read_text("utf-8"))["config"]
    assert [line["step"] for line in logged.lines if "adversarial" in line] == [1, 2]
    assert [line["eyes"] for line in logged.lines if "eyes" in line] == [f"picture {run / 'grids' / '0000002.png'}"]
    assert (logged.steps_by, logged.exit_code) == ("step", 0)


def test_a_run_that_is_resumed_is_the_same_there(options: dict[str, Any], runs: list[FakeRun]) -> None:
    run = train(**options, steps=2, log=["wandb"])
    train(resume=run, steps=3)
    assert [one.options["id"] for one in runs] == ["id0", "id0"]
    assert runs[1].options["resume"] == "allow"
    assert [line["step"] for line in runs[1].lines if "adversarial" in line] == [3]
    assert json.loads((run / WANDB_FILE).read_text("utf-8")) == {"id": "id0"}


def test_off_by_default(options: dict[str, Any], runs: list[FakeRun]) -> None:
    run = train(**options, steps=1)
    assert runs == []
    assert not (run / WANDB_FILE).exists()


def test_an_error_is_told(options: dict[str, Any], runs: list[FakeRun], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("gazeaug.training.loop.check_finite", broken)
    with pytest.raises(ValueError, match="broken"):
        train(**options, steps=1, log="wandb")
    assert runs[0].exit_code == 1


def test_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="--log must be one of tensorboard, wandb, got 'wandbb'; did you mean 'wandb'"):
        boards_in("tensorboard,wandbb")
    monkeypatch.setattr("gazeaug.runs.boards.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"--log wandb: .* pip install 'gazeaug\[wandb\]'"):
        boards_in(["wandb"])
    assert boards_in("") == []
