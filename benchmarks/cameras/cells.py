"""Cells: what was measured once, kept as JSON, so that a run that is stopped goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gazeaug.errors import InputError
from gazeaug.options import options_of
from gazeaug.outputs import write_json
from gazeaug.training.config import TrainConfig

TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


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


def training_options(given: list[str]) -> dict[str, Any]:
    """NAME=VALUE, as `train` would take --NAME VALUE, to options of `TrainConfig`.

    Raises:
        InputError: no such option, or a value of another type.
    """
    known = {option.flag.removeprefix("--"): option for option in options_of(TrainConfig)}
    options: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        option = known.get(name.rstrip("_").replace("_", "-"))
        if option is None or not equals:
            raise InputError(f"--set takes NAME=VALUE with an option of training, got '{text}'; see train --help.")
        options[option.name] = value_of(value, option.kinds, option.takes_none, text)
    return options


def value_of(text: str, kinds: tuple[Any, ...], takes_none: bool, where: str) -> Any:
    """A value as one of the types of an option."""
    if takes_none and text.lower() == "none":
        return None
    if bool in kinds and text.lower() in TRUTH:
        return TRUTH[text.lower()]
    for kind in (int, float):
        if kind in kinds:
            try:
                return kind(text)
            except ValueError:
                continue
    if bool in kinds or int in kinds or float in kinds:
        raise InputError(f"--set {where}: the value is not of the option's type.")
    return text
