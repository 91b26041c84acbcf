"""What a command makes: the file or folder that its line names, or the one that it takes by itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from gazeaug_studio.commands import Commands
from gazeaug_studio.workspace import Workspace

NO_RUN = ("run_dir", "resume", "list_recipes", "dry_run")  # with which a training takes no folder of its own
NAMES = {"train": "run_dir", "sample-data": "folder", "demo": "folder"}  # of the parameters; "output" of all others
IN_RUN = {"export": "refiner.onnx", "report": "report.html"}


def with_run_dir(command: str, given: Mapping[str, Any], workspace: Workspace) -> dict[str, Any]:
    """The values with a folder for a new training, so that it is known before it is there: runs/ and the time."""
    if command != "train" or any(given.get(name) for name in NO_RUN):
        return dict(given)
    name = first = time.strftime("runs/%Y%m%d-%H%M%S", time.gmtime())
    n = 1
    while workspace.path(name).exists():
        name, n = f"{first}-{n}", n + 1
    return {**given, "run_dir": name}


def output_of(command: str, given: Mapping[str, Any], commands: Commands, workspace: Workspace) -> str | None:
    """The name of what a command makes, in the folder; None where that cannot be told."""
    parameter = NAMES.get(command, "output")
    name = given.get(parameter) or by_itself(command, given) or default_of(commands, command, parameter)
    return workspace.name(workspace.path(name)) if isinstance(name, str) and name else None


def by_itself(command: str, given: Mapping[str, Any]) -> str | None:
    """What the command takes by its inputs."""
    if command in IN_RUN and isinstance(run := given.get("run_dir") or given.get("run"), str):
        return f"{run}/{IN_RUN[command]}"
    inputs = given.get("inputs")
    if command == "refine-dataset" and isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], str):
        path = PurePosixPath(inputs[0])
        return str(path.with_name(f"{path.stem}.refined.h5"))
    return None


def default_of(commands: Commands, command: str, parameter: str) -> object:
    """What the command takes always."""
    about = commands.describe(command)
    options = [*about["arguments"], *(option for panel in about["panels"] for option in panel["options"])]
    return next((option.get("default") for option in options if option["name"] == parameter), None)
