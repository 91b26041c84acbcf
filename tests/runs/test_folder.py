"""Which run is taken: the newest that fits, or a sentence with the command that makes one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gazeaug.errors import InputError
from gazeaug.runs.folder import REFINER, STATE, new_run, newest_run


def make_run(folder: Path, name: str, *, age: int, complete: bool = True, refiner: bool = False) -> Path:
    run = folder / name
    run.mkdir(parents=True)
    (run / STATE).write_text(json.dumps({"step": 1, "checkpoint": "c.safetensors", "complete": complete}))
    os.utime(run / STATE, (1_000_000 - age, 1_000_000 - age))
    if refiner:
        (run / REFINER).touch()
    return run


def test_the_newest_that_fits(tmp_path):
    exported = make_run(tmp_path, "a", age=3, refiner=True)
    complete = make_run(tmp_path, "b", age=2)
    newest = make_run(tmp_path, "c", age=1, complete=False)
    assert newest_run(tmp_path) == newest
    assert newest_run(tmp_path, complete=True) == complete
    assert newest_run(tmp_path, holding=REFINER) == exported


def test_where_there_is_none_the_command_to_type_is_named(tmp_path):
    with pytest.raises(InputError, match="type gazeaug train first"):
        newest_run(tmp_path / "runs")
    make_run(tmp_path, "a", age=1, complete=False)
    with pytest.raises(InputError, match="gazeaug export --onnx"):
        newest_run(tmp_path, holding=REFINER)
    with pytest.raises(InputError, match="gazeaug train --resume"):
        newest_run(tmp_path, complete=True)


def test_a_new_run_never_takes_a_name_that_is_used(tmp_path):
    names = []
    for _ in range(3):
        run = new_run(tmp_path)
        assert not run.exists()
        run.mkdir()
        names.append(run)
    assert len(set(names)) == 3


def test_finding_runs_needs_no_torch():
    command = "import sys, gazeaug.runs.folder, gazeaug.training.config; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
