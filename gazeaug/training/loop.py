"""Training a refiner: the plan, then the loop, in a run directory from which it can be resumed."""

from __future__ import annotations

import logging
import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from gazeaug import provenance
from gazeaug.errors import Interrupted, RunError
from gazeaug.keywords import with_options_of
from gazeaug.notes import note, show_notes
from gazeaug.outputs import write_json, writing_to
from gazeaug.progress import progress
from gazeaug.runs.diagnosis import describe, diagnose_domains
from gazeaug.runs.folder import CONFIG, METRICS, read_lines, read_state
from gazeaug.runs.metrics import Metrics, open_metrics
from gazeaug.runs.verdict import write_verdict
from gazeaug.training.algorithm import algorithm_1, pretrain, pretraining_phases
from gazeaug.training.arguments import TrainArguments
from gazeaug.training.determinism import deterministic
from gazeaug.training.memory import memory_explained
from gazeaug.training.plan import TrainingPlan, plan_training
from gazeaug.training.state import TrainingState, build_state, restore, save_snapshot

logger = logging.getLogger(__name__)

GAIN = 0.01  # of the score, below which a validation has gained nothing


@with_options_of(TrainArguments)
def train(
    *,
    run_dir: Path | str | None = None,
    resume: Path | str | None = None,
    force: bool = False,
    say: Callable[[str], None] | None = None,
    **options: Any,
) -> Path:
    """Train a refiner by Algorithm 1.

    Args:
        run_dir: where the run goes; a new folder under ./runs where none is given.
        resume: a run to resume, by its own configuration; then no other option but `steps` is taken.
        force: go on although the files say that they are the wrong ones.
        say: told what the two sets look like, and what speaks against the pair. None: the first is logged as INFO, the
            second as warnings.
        options: those of `TrainConfig`; the defaults shown are those of the recipe "fast".

    Returns:
        The run directory: config.json, metrics.jsonl, grids/, checkpoint-*.safetensors, state.json,
        verdict.json.

    Raises:
        InputError: an option or a data set cannot be trained with.
        RunError: a loss is not finite, memory runs out, or another process of the run has ended.
        Interrupted: Ctrl-C; a checkpoint has been saved.

    Example:
        >>> run = gazeaug.train(
        ...     synthetic="unityeyes.h5", real="real.h5", run_dir="runs/first", steps=2, batch_size=4, camera_steps=1
        ... )
        >>> (run / "config.json").is_file()
        True
    """
    plan = plan_training(run_dir=run_dir, resume=resume, force=force, **options)
    with memory_explained(plan), deterministic(plan.team.device), plan.team.joined():
        training_loop(plan, say)
    return plan.run


def training_loop(plan: TrainingPlan, say: Callable[[str], None] | None = None) -> None:
    """Train as planned; see the captions. Only the process that leads writes and speaks."""
    config, team = plan.config, plan.team

    # Build the networks, or bring them to where the run was left.
    state = build_state(plan)
    if plan.checkpoint is not None:
        restore(state, plan.checkpoint)

    # Open the run's folder; from here on there is a run to resume.
    phases = pretraining_phases(state)
    shown = progress("training", config.steps, unit="steps", done=state.step, shown=team.leads, phases=phases)
    with held_interrupt() as ctrl_c, opened_run(state, say) as metrics, shown as bar:
        show_notes()
        losses: dict[str, float] = {}

        # Pre-train: the camera, then both networks.
        for losses in pretrain(state):
            check_finite(losses, state)
            bar.update()
            if team.any(ctrl_c.is_set()):
                stop(state, metrics, losses)

        # Alternate, one step of Algorithm 1 after the other; a loss that is not a number must not reach a checkpoint.
        for losses in algorithm_1(state):
            check_finite(losses, state)
            bar.update()

            # Now and then validate the networks, and write a line of metrics.
            validated = state.step % config.validation_interval == 0 or state.step == config.steps
            if metrics is not None and (validated or state.step % config.log_interval == 0):
                losses |= state.validate() if validated else {}
                metrics.write(state.step, losses)
                bar.tell(f"score {losses['score']:.3f}" if validated else bar.told)
                if validated:
                    logger.info("step %d of %d: score %.3f", state.step, config.steps, losses["score"])

            # Ctrl-C waits for the end of a step, where the state is whole; the last step ends the run anyway.
            if team.any(ctrl_c.is_set()) and state.step < config.steps:
                stop(state, metrics, losses)
            if validated and team.any(team.leads and is_flat(plan.run, config.stop_when_flat)):
                break

            # Now and then a checkpoint, and one at the end.
            if state.step % config.checkpoint_interval == 0 and state.step < config.steps:
                save(state, metrics, losses)
        save(state, metrics, losses, complete=True)

    # Judge the run for these two sets.
    if team.leads:
        verdict = write_verdict(plan.run, state.validation.reached_by_augmentation(state.refiner.config.ending))
        for line in [] if verdict is None else verdict.lines():
            logger.info(line)


@contextmanager
def opened_run(state: TrainingState, say: Callable[[str], None] | None) -> Iterator[Metrics | None]:
    """The run's folder with its settings, and metrics from the step that comes next, in the process that leads."""
    plan, config = state.plan, state.plan.config
    if not plan.team.leads:
        yield None
        return
    write_settings(state, say)
    with open_metrics(plan.run, from_step=state.step, log=config.log, tensorboard=config.tensorboard) as metrics:
        yield metrics


def write_settings(state: TrainingState, say: Callable[[str], None] | None) -> None:
    """Write config.json; for a new run also say what the two sets look like, and what speaks against the pair."""
    tell, warn = (logger.info, note) if say is None else (say, say)
    plan, facts = state.plan, state.plan.facts
    if facts is None:
        domains = state.domains()
        for line in describe(domains):
            tell(line)
        for line in [*plan.remarks, *map(str, diagnose_domains(domains))]:
            warn(line)
        facts = {"domains": domains, "provenance": provenance.make("torch")}
        with writing_to(plan.run / CONFIG):
            plan.run.mkdir(parents=True, exist_ok=True)
    write_json(plan.run / CONFIG, {"config": plan.config.to_json(), **facts})


def save(state: TrainingState, metrics: Metrics | None, losses: dict[str, float], *, complete: bool = False) -> None:
    """A checkpoint with its sample grid; the step is validated for its score unless it has been, see `losses`."""
    if metrics is not None:
        score = losses["score"] if "score" in losses else state.validate()["score"]
        grid = save_snapshot(state, score, complete=complete)
        metrics.snapshot(state.step, grid, {"refiner": state.average, "discriminator": state.discriminator})


def stop(state: TrainingState, metrics: Metrics | None, losses: dict[str, float]) -> NoReturn:
    """Save and leave.

    Raises:
        Interrupted: with the command that resumes.
    """
    save(state, metrics, losses)
    command = provenance.command_line("gazeaug", "train", "--resume", "--run-dir", state.plan.run)
    raise Interrupted(
        f"training stopped at step {state.step:,} of {state.plan.config.steps:,}; a checkpoint is saved. "
        f"To resume, type: {command}"
    )


@contextmanager
def held_interrupt() -> Iterator[threading.Event]:
    """An event that a first Ctrl-C sets; a second one raises. Outside the main thread Python takes no signals.

    The command line passes a SIGTERM on to it. torchrun sends one after Ctrl-C, which must not count as a second.
    """
    pressed, in_main = threading.Event(), threading.current_thread() is threading.main_thread()

    def press(number: int, _frame: FrameType | None) -> None:
        if pressed.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        pressed.set()

    previous = signal.signal(signal.SIGINT, press) if in_main else None
    try:
        yield pressed
    finally:
        if in_main:
            signal.signal(signal.SIGINT, previous)


def is_flat(run: Path, n_validations: int) -> bool:
    """Whether no score of a run's last `n_validations` beats the earlier ones by `GAIN`; 0 of them are never flat."""
    if not n_validations:
        return False
    scores = [line["score"] for line in read_lines(run / METRICS) if "score" in line]
    return n_validations < len(scores) and min(scores[-n_validations:]) > min(scores[:-n_validations]) - GAIN


def check_finite(losses: dict[str, float], state: TrainingState) -> None:
    """Stop a run whose losses have left the numbers.

    Raises:
        RunError: naming the step, the loss and the last good checkpoint.
    """
    for name, value in losses.items():
        if not math.isfinite(value):
            run = state.plan.run
            last = read_state(run).get("checkpoint")
            good = f"the last good checkpoint is {run / last}" if last else "no checkpoint had been saved"
            raise RunError(f"{name} became {value} at step {state.step}; {good}; try a lower --learning-rate.")
