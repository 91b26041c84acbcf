"""What `train` takes beside the options that a run keeps: where it goes, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gazeaug.training.config import TrainConfig


@dataclass(frozen=True, kw_only=True)
class TrainArguments(TrainConfig):
    """The keywords of `gazeaug.train`, for its signature; never made."""

    run_dir: Path | str | None = None
    resume: Path | str | None = None
    force: bool = False
    say: Callable[[str], None] | None = None
    progress: bool = True
