"""Where a run is logged for others to look at: TensorBoard's event files, and Weights & Biases where it is asked for.

Nothing is sent anywhere unless `wandb` is named, and then only what is shown here; Weights & Biases reads its own
variables, such as WANDB_PROJECT, WANDB_ENTITY and WANDB_MODE=offline.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
from PIL import Image
from torch import nn

from gazeaug.errors import InputError
from gazeaug.outputs import write_json
from gazeaug.runs.folder import CONFIG
from gazeaug.suggestions import did_you_mean

HOST = "gazeaug"  # in names of event files
TENSORBOARD, WANDB = BOARDS = ("tensorboard", "wandb")
WANDB_FILE = "wandb.json"
"""The id under which Weights & Biases knows a run, so that it is the same one once it is resumed."""


class Board(Protocol):
    """Something that shows how a run goes."""

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Show the losses of a step."""

    def snapshot(self, step: int, grid: Path, networks: Mapping[str, nn.Module]) -> None:
        """Show a sample grid, and the networks as they are."""


def boards_in(log: Sequence[str] | str) -> list[str]:
    """The names in the option `log`, each of which can be logged to.

    Raises:
        InputError: there is none of that name, or its package is not installed.
    """
    names = [name for name in (log.split(",") if isinstance(log, str) else log) if name]
    for name in names:
        if name not in BOARDS:
            raise InputError(f"--log must be one of {', '.join(BOARDS)}, got '{name}'{did_you_mean(name, BOARDS)}")
        if find_spec(name) is None:
            raise InputError(f"--log {name}: its package is not installed; type: pip install 'gazeaug[{name}]'.")
    return names


@contextmanager
def open_boards(run: Path, *, from_step: int, log: Sequence[str] | str, tensorboard: bool) -> Iterator[list[Board]]:
    """The boards of a run from a step on; TensorBoard's where it is installed and wanted, others where named."""
    names = boards_in(log)
    with ExitStack() as opened:
        boards: list[Board] = []
        if TENSORBOARD in names or (tensorboard and find_spec(TENSORBOARD)):
            boards.append(TensorBoard(opened.enter_context(event_writer(run, from_step))))
        if WANDB in names:
            boards.append(opened.enter_context(wandb_run(run)))
        yield boards


class TensorBoard:
    """Scalars, grids, and the distribution of every weight, in event files."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Add the losses of a step."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def snapshot(self, step: int, grid: Path, networks: Mapping[str, nn.Module]) -> None:
        """Add a sample grid and histograms of the weights."""
        with Image.open(grid) as sheet:
            self._writer.add_image("eyes", np.asarray(sheet.convert("RGB")), step, dataformats="HWC")
        for title, network in networks.items():
            for name, weights in network.named_parameters():
                self._writer.add_histogram(f"{title}/{name}", weights.detach().float().cpu(), step)


@contextmanager
def nameless_host() -> Iterator[None]:
    """Files of events that are made meanwhile do not get the name of this machine, which TensorBoard puts in theirs."""
    from tensorboard.summary.writer import event_file_writer

    real = event_file_writer.socket
    event_file_writer.socket = SimpleNamespace(gethostname=lambda: HOST)
    try:
        yield
    finally:
        event_file_writer.socket = real


@contextmanager
def event_writer(run: Path, from_step: int) -> Iterator[Any]:
    """A writer of event files; events after a step, of a run that is resumed, will come again."""
    from torch.utils.tensorboard import SummaryWriter

    with nameless_host():
        board = SummaryWriter(str(run / "events"), purge_step=from_step or None)
    with board as writer:
        yield writer


class WandB:
    """Scalars and grids, at Weights & Biases."""

    def __init__(self, package: Any, logged: Any) -> None:
        self._package, self._logged = package, logged
        # By a step of our own: a run that is resumed from a checkpoint has steps again that were logged before.
        logged.define_metric("*", step_metric="step")

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Log the losses of a step."""
        self._logged.log({"step": step, **values})

    def snapshot(self, step: int, grid: Path, networks: Mapping[str, nn.Module]) -> None:
        """Log a sample grid."""
        self._logged.log({"step": step, "eyes": self._package.Image(str(grid))})


@contextmanager
def wandb_run(run: Path) -> Iterator[WandB]:
    """A run at Weights & Biases with the settings of this one; the same once more where this one is resumed."""
    package, kept = import_module(WANDB), run / WANDB_FILE
    if not kept.is_file():
        write_json(kept, {"id": package.util.generate_id()})
    settings = json.loads((run / CONFIG).read_text("utf-8"))
    logged = package.init(
        project="gazeaug",
        name=run.name,
        id=json.loads(kept.read_text("utf-8"))["id"],
        resume="allow",
        dir=str(run),
        config=settings["config"],
    )
    try:
        yield WandB(package, logged)
    except BaseException:
        logged.finish(exit_code=1)
        raise
    logged.finish()
