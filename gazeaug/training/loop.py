"""Training the refiner: Algorithm 1 of Shrivastava et al. 2017, in a run directory that can be gone on with."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from gazeaug import provenance
from gazeaug.errors import InputError, Interrupted, RunError
from gazeaug.outputs import write_json, writing_to
from gazeaug.runs.diagnosis import describe, diagnose_domains
from gazeaug.runs.folder import CONFIG, METRICS, new_run, read_lines, read_state
from gazeaug.runs.metrics import Metrics
from gazeaug.training import snapshots
from gazeaug.training.config import TrainConfig
from gazeaug.training.interrupts import HeldInterrupt
from gazeaug.training.parallel import Team
from gazeaug.training.recipes import from_recipe
from gazeaug.training.trainer import Trainer

GAIN = 0.01  # of the score, below which a look has gained nothing
SHOWN = ("self_regularisation", "adversarial", "discriminator_real", "discriminator_refined", "score")


def train(
    *,
    run_dir: Path | str | None = None,
    resume: Path | str | None = None,
    recipe: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    **options: Any,
) -> Path:
    """Train a refiner by Algorithm 1.

    Args:
        run_dir: where the run goes; a new folder under ./runs where none is given.
        resume: a run to go on with, by its own configuration; then no other option but `steps` is taken.
        recipe: the set of options to start from: "fast" (the default), "paper" or "seed".
        say: told what the two sets look like, and what speaks against the pair.
        options: those of `TrainConfig`.

    Returns:
        The run directory: config.json, metrics.jsonl, grids/, checkpoint-*.safetensors, state.json.

    Raises:
        InputError: an option or a data set cannot be trained with.
        RunError: a loss is not finite.
        Interrupted: Ctrl-C; a checkpoint has been saved.
    """
    if resume is not None:
        trainer = resumed_trainer(Path(resume), options | ({"recipe": recipe} if recipe else {}))
    else:
        trainer = new_trainer(Path(run_dir) if run_dir is not None else new_run(), recipe or "fast", options)
        if trainer.team.leads:
            for line in [*describe(trainer.domains), *map(str, diagnose_domains(trainer.domains))]:
                say(line)
    with ExitStack() as stack:
        stack.callback(trainer.team.leave)
        metrics = None
        if trainer.team.leads:
            tensorboard = trainer.config.tensorboard
            metrics = stack.enter_context(Metrics(trainer.run, from_step=trainer.step, tensorboard=tensorboard))
        try:
            run_algorithm_1(trainer, metrics)
        except torch.OutOfMemoryError as error:
            size = trainer.config.batch_size
            raise RunError(
                f"{trainer.device} ran out of memory at --batch-size {size}; try --batch-size {max(2, size // 2)}."
            ) from error
    return trainer.run


def new_trainer(run: Path, recipe: str, options: dict[str, Any]) -> Trainer:
    """A trainer at its start, and its run directory with the settings."""
    if Team().leads and run.exists() and any(run.iterdir()):
        raise InputError(f"{run}: --run-dir must be a new or empty folder; to go on with it add --resume.")
    trainer = Trainer(from_recipe(recipe, options), run)
    if trainer.team.leads:
        with writing_to(run / CONFIG):
            run.mkdir(parents=True, exist_ok=True)
        facts = {"domains": trainer.domains, "provenance": provenance.make("torch")}
        write_json(run / CONFIG, {"config": trainer.config.to_json(), **facts})
    return trainer


def run_algorithm_1(trainer: Trainer, metrics: Metrics | None) -> None:
    """Pre-train both networks, then alternate; see the captions."""
    config = trainer.config
    team = trainer.team
    bar = tqdm(total=config.steps, initial=trainer.step, desc="training", unit="step", disable=not team.leads)
    with bar, HeldInterrupt() as ctrl_c:
        while trainer.n_pretrained < trainer.n_pretrain:
            # Warm up: the camera, then the refiner learns to keep its input, the discriminator to tell them apart.
            check_finite(trainer.pretrain(), trainer)
            trainer.n_pretrained += 1
            stop_if(team.any(ctrl_c.pressed), trainer)

        while trainer.step < config.steps:
            # One step of Algorithm 1; a loss that is not a number must not reach a checkpoint.
            losses = trainer.train_step()
            check_finite(losses, trainer)
            trainer.step += 1
            bar.update()

            # Now and then: a line of metrics, a look at the run itself, and a checkpoint with its sample grid.
            watched = trainer.step % config.watch_interval == 0 or trainer.step == config.steps
            if metrics is not None:
                losses |= trainer.look() if watched else {}
                if watched or trainer.step % config.log_interval == 0:
                    metrics.write(trainer.step, losses)
                    bar.set_postfix({name: f"{losses[name]:.3f}" for name in SHOWN if name in losses})
            if trainer.step % config.checkpoint_interval == 0 and trainer.step < config.steps:
                save(trainer, metrics)

            # Ctrl-C waits for the end of a step, where the state is whole.
            stop_if(team.any(ctrl_c.pressed) and trainer.step < config.steps, trainer)
            if watched and team.any(team.leads and is_flat(trainer.run, config.stop_when_flat)):
                break
        save(trainer, metrics, complete=True)
        team.meet()


def save(trainer: Trainer, metrics: Metrics | None = None, *, complete: bool = False) -> None:
    """A checkpoint with its sample grid, by the process that leads."""
    if trainer.team.leads:
        snapshots.save(trainer, complete=complete)
    if metrics is not None:
        networks = {"refiner": trainer.average, "discriminator": trainer.discriminator}
        metrics.snapshot(trainer.step, snapshots.grid_path(trainer), networks)


def is_flat(run: Path, n_looks: int) -> bool:
    """Whether no score of a run's last `n_looks` looks beats the earlier ones by `GAIN`; 0 looks are never flat."""
    if not n_looks:
        return False
    scores = [line["score"] for line in read_lines(run / METRICS) if "score" in line]
    return n_looks < len(scores) and min(scores[-n_looks:]) > min(scores[:-n_looks]) - GAIN


def stop_if(pressed: bool, trainer: Trainer) -> None:
    """Save and leave where Ctrl-C was pressed.

    Raises:
        Interrupted: with the command that goes on.
    """
    if pressed:
        save(trainer)
        raise Interrupted(
            f"stopped at step {trainer.step}, checkpoint saved; go on with: "
            f"gazeaug train --resume --run-dir {trainer.run}"
        )


def check_finite(losses: dict[str, float], trainer: Trainer) -> None:
    """Stop a run whose losses have left the numbers.

    Raises:
        RunError: naming the step, the loss and the last good checkpoint.
    """
    for name, value in losses.items():
        if not math.isfinite(value):
            last = read_state(trainer.run).get("checkpoint")
            good = f"the last good checkpoint is {trainer.run / last}" if last else "no checkpoint had been saved"
            raise RunError(f"{name} became {value} at step {trainer.step + 1}; {good}; try a lower --learning-rate.")


def resumed_trainer(run: Path, options: dict[str, Any]) -> Trainer:
    """A trainer as the run left it; `steps` may be raised, everything else is as it was.

    A run that was killed before its first checkpoint starts again from its own settings.
    """
    if not (run / CONFIG).is_file():
        raise InputError(f"{run}: expected a training run to go on with, found no {CONFIG} there.")
    if given := sorted(options.keys() - {"steps"}):
        raise InputError(f"--resume goes on with the run's own settings; leave out {', '.join(given)}.")
    stored = json.loads((run / CONFIG).read_text("utf-8"))
    trainer = Trainer(TrainConfig.from_json({**stored["config"], **options}, run / CONFIG), run)
    snapshots.restore(trainer)
    if trainer.team.leads:
        write_json(run / CONFIG, {**stored, "config": trainer.config.to_json()})
    return trainer
