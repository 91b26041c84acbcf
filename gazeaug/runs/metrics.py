"""The measurements of a run: metrics.jsonl, and TensorBoard events where that extra is installed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

import numpy as np
from PIL import Image
from torch import nn

from gazeaug.outputs import write_text
from gazeaug.runs.folder import METRICS, read_lines

HOST = "gazeaug"  # in names of event files


@dataclass(frozen=True)
class Metrics:
    """metrics.jsonl, one line an interval, and a TensorBoard writer or None."""

    lines: TextIO
    board: Any

    def write(self, step: int, losses: dict[str, float]) -> None:
        """Add the losses of a step."""
        self.lines.write(json.dumps({"step": step, **losses}) + "\n")
        self.lines.flush()
        for name, value in losses.items() if self.board is not None else ():
            self.board.add_scalar(name, value, step)

    def snapshot(self, step: int, grid: Path, networks: Mapping[str, nn.Module]) -> None:
        """Show a sample grid and the distribution of every weight in TensorBoard."""
        if self.board is None:
            return
        with Image.open(grid) as sheet:
            self.board.add_image("eyes", np.asarray(sheet.convert("RGB")), step, dataformats="HWC")
        for title, network in networks.items():
            for name, weights in network.named_parameters():
                self.board.add_histogram(f"{title}/{name}", weights.detach().float().cpu(), step)


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
def open_metrics(run: Path, *, from_step: int, tensorboard: bool) -> Iterator[Metrics]:
    """Open the measurements for a run from a step on; lines after it, of a run that is resumed, will come again."""
    kept = [line for line in read_lines(run / METRICS) if line["step"] <= from_step]
    write_text(run / METRICS, "".join(json.dumps(line) + "\n" for line in kept))
    board: AbstractContextManager[Any] = nullcontext()
    if tensorboard and find_spec("tensorboard"):
        from torch.utils.tensorboard import SummaryWriter

        with nameless_host():
            board = SummaryWriter(str(run / "events"), purge_step=from_step or None)
    with (run / METRICS).open("a", encoding="utf-8") as lines, board as writer:
        yield Metrics(lines, writer)
