"""Which run is taken: the newest that fits, or a sentence with the command that makes one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gazeaug.errors import InputError
from gazeaug.runs import folder as runs


def make_run(folder: Path, name: str, *, age: int, complete: bool = True, refiner: bool = False) -> Path:
    run = folder / name
    run.mkdir(parents=True)
    (run / runs.STATE).write_text(json.dumps({"step": 1, "checkpoint": "c.safetensors", "complete": complete}))
    os.utime(run / runs.STATE, (1_000_000 - age, 1_000_000 - age))
    if refiner:
        (run / runs.REFINER).touch()
    return run


def test_the_newest_that_fits(tmp_path):
    exported = make_run(tmp_path, "a", age=3, refiner=True)
    complete = make_run(tmp_path, "b", age=2)
    newest = make_run(tmp_path, "c", age=1, complete=False)
    assert runs.newest_run(tmp_path) == newest
    assert runs.newest_run(tmp_path, complete=True) == complete
    assert runs.newest_run(tmp_path, holding=runs.REFINER) == exported


def test_where_there_is_none_the_command_to_type_is_named(tmp_path):
    with pytest.raises(InputError, match="type gazeaug train first"):
        runs.newest_run(tmp_path / "runs")
    make_run(tmp_path, "a", age=1, complete=False)
    with pytest.raises(InputError, match="gazeaug export --onnx"):
        runs.newest_run(tmp_path, holding=runs.REFINER)
    with pytest.raises(InputError, match="gazeaug train --resume"):
        runs.newest_run(tmp_path, complete=True)


def test_a_new_run_never_takes_a_name_that_is_used(tmp_path):
    names = []
    for _ in range(3):
        run = runs.new_run(tmp_path)
        assert not run.exists()
        run.mkdir()
        names.append(run)
    assert len(set(names)) == 3


def test_finding_runs_needs_no_torch():
    command = "import sys, gazeaug.runs.folder, gazeaug.training.config; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
