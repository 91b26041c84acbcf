"""Cells: what was measured once, kept as JSON, so that a run that is stopped goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gazeaug.outputs import write_json


def cell_path(folder: Path, kind: str, camera: str, seed: int, key: Mapping[str, Any]) -> Path:
    """Where a cell is kept: its name says what it is of, and holds a hash of all that it depends on."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:10]
    return folder / "cells" / f"{camera}-{seed}-{kind}-{digest}.json"


def kept(path: Path, measure: Callable[[], dict[str, Any]], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The cell, measured if it is not there; `facts` are written beside what is found."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {**facts, **measure()})
    return read_cell(path)


def read_cell(path: Path) -> dict[str, Any]:
    """A cell that is there."""
    cell: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return cell
