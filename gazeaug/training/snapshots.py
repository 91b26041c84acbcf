"""What a run keeps of its trainer: checkpoints, a grid of samples beside each, and which of them is the best."""

from __future__ import annotations

import math
from pathlib import Path

from gazeaug.drawing.sheets import contact_sheet, save_sheet
from gazeaug.outputs import write_json
from gazeaug.runs.checkpoints import load_checkpoint, save_checkpoint
from gazeaug.runs.folder import STATE, read_state
from gazeaug.training.trainer import Trainer

SCORE_NOISE = 0.75  # scores nearer than this did not order the errors of gaze estimators; later was better then


def save(trainer: Trainer, *, complete: bool = False) -> None:
    """Write a checkpoint and the sample grid, then name the checkpoint in state.json, the newest and perhaps the best.

    Raises:
        RunError: the disk is full or refuses.
    """
    path = trainer.run / f"checkpoint-{trainer.step:07d}.safetensors"
    save_checkpoint(path, *trainer.state())
    grid = grid_path(trainer)
    grid.parent.mkdir(exist_ok=True)
    save_sheet(contact_sheet(trainer.samples()), grid)
    best, score = read_state(trainer.run).get("best", {}), trainer.look()["score"]
    lowest = min(score, best.get("lowest", math.inf))
    if score <= lowest + SCORE_NOISE:
        best = {"step": trainer.step, "checkpoint": path.name, "score": score}
    state = {"step": trainer.step, "checkpoint": path.name, "complete": complete, "best": {**best, "lowest": lowest}}
    write_json(trainer.run / STATE, state)


def restore(trainer: Trainer) -> None:
    """Take up the newest checkpoint of the trainer's run, to the last bit; a run without one starts anew.

    Raises:
        InputError: the checkpoint is not there, or not one of gazeaug.
    """
    if state := read_state(trainer.run):
        trainer.take_up(*load_checkpoint(trainer.run / state["checkpoint"]))


def grid_path(trainer: Trainer) -> Path:
    """Where the sample grid of this step goes."""
    return trainer.run / "grids" / f"{trainer.step:07d}.png"
