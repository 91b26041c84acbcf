"""Experiments killed in the middle of a run: finished runs are reused, that run resumes, and the end is the same."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gazeaug.training.recipes import RECIPES
from tests.makers.processes import finished, started
from tests.makers.runs import TINY

COMMAND = ["experiments", "--which", "3", "--steps", "12", "--n", "64"]
PATIENCE_S = 120


def quick() -> None:
    """Runs that take no time, with checkpoints on the way."""
    RECIPES["fast"] = replace(RECIPES["fast"], options={**TINY, "checkpoint_interval": 3})


def results_in(folder: Path) -> list[dict[str, Any]]:
    """All results but their speed."""
    found = json.loads((folder / "experiments" / "results.json").read_text())["experiments"]["3"]
    return [{name: value for name, value in one.items() if name != "milliseconds"} for one in found]


@pytest.mark.slow
def test_killed_experiments_resume_and_end_in_the_same_figures(tmp_path: Path) -> None:
    said, whole, killed = tmp_path / "said.txt", tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    assert finished(COMMAND, folder=whole, said=said, setting=quick) == 0, said.read_text()

    process = started(COMMAND, folder=killed, said=said, setting=quick)
    until = time.monotonic() + PATIENCE_S
    second = killed / "experiments" / "log_interval-25"
    while not list(second.glob("checkpoint-*.safetensors")) and time.monotonic() < until:
        time.sleep(0.005)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL, said.read_text()
    assert not (second / "result.json").exists()
    first = (second.with_name("common") / "result.json").read_bytes()

    assert finished(COMMAND, folder=killed, said=said, setting=quick) == 0, said.read_text()
    assert "3 training runs, each judged; 1 of them finished before" in said.read_text()
    assert (second.with_name("common") / "result.json").read_bytes() == first
    assert results_in(killed) == results_in(whole)
    assert (killed / "experiments" / "experiments.html").is_file()

    assert finished(COMMAND, folder=killed, said=said, setting=quick) == 0, said.read_text()
    assert "these experiments are complete" in said.read_text()
