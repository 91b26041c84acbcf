"""The measurements of a run: metrics.jsonl, and the boards that show them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from torch import nn

from gazeaug.outputs import write_text
from gazeaug.runs.boards import Board, open_boards
from gazeaug.runs.folder import METRICS, read_lines


@dataclass(frozen=True)
class Metrics:
    """metrics.jsonl, one line an interval, and boards."""

    lines: TextIO
    boards: Sequence[Board]

    def write(self, step: int, losses: dict[str, float]) -> None:
        """Add the losses of a step."""
        self.lines.write(json.dumps({"step": step, **losses}) + "\n")
        self.lines.flush()
        for board in self.boards:
            board.scalars(step, losses)

    def snapshot(self, step: int, grid: Path, networks: Mapping[str, nn.Module]) -> None:
        """Show a sample grid and the networks on every board."""
        for board in self.boards:
            board.snapshot(step, grid, networks)


@contextmanager
def open_metrics(run: Path, *, from_step: int, log: Sequence[str] | str, tensorboard: bool) -> Iterator[Metrics]:
    """Open the measurements for a run from a step on; lines after it, of a run that is resumed, will come again."""
    kept = [line for line in read_lines(run / METRICS) if line["step"] <= from_step]
    write_text(run / METRICS, "".join(json.dumps(line) + "\n" for line in kept))
    with (
        open_boards(run, from_step=from_step, log=log, tensorboard=tensorboard) as boards,
        (run / METRICS).open("a", encoding="utf-8") as lines,
    ):
        yield Metrics(lines, boards)
