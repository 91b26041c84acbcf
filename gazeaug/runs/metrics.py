"""The measurements of a run: metrics.jsonl, and TensorBoard events where that extra is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from PIL import Image
from torch import nn

from gazeaug.runs.folder import METRICS, read_lines


class Metrics:
    """metrics.jsonl, one line an interval, and TensorBoard events where that extra is installed."""

    def __init__(self, run: Path, *, from_step: int, tensorboard: bool = True) -> None:
        path = run / METRICS
        if path.exists():
            # Lines after the checkpoint will come again.
            kept = [line for line in read_lines(path) if line["step"] <= from_step]
            path.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")
        self._lines = path.open("a", encoding="utf-8")
        self._board: Any = open_tensorboard(run, from_step) if tensorboard else None

    def write(self, step: int, losses: dict[str, float]) -> None:
        """Add the losses of a step."""
        self._lines.write(json.dumps({"step": step, **losses}) + "\n")
        self._lines.flush()
        for name, value in losses.items() if self._board is not None else ():
            self._board.add_scalar(name, value, step)

    def snapshot(self, step: int, grid: Path, networks: Mapping[str, nn.Module]) -> None:
        """Show a sample grid and the distribution of every weight in TensorBoard."""
        if self._board is None:
            return
        with Image.open(grid) as sheet:
            self._board.add_image("eyes", np.asarray(sheet.convert("RGB")), step, dataformats="HWC")
        for title, network in networks.items():
            for name, weights in network.named_parameters():
                self._board.add_histogram(f"{title}/{name}", weights.detach().float().cpu(), step)

    def __enter__(self) -> Metrics:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        if self._board is not None:
            self._board.close()


def open_tensorboard(run: Path, from_step: int) -> Any:
    """A TensorBoard writer, or None without the extra."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(run / "events"), purge_step=from_step or None)
