"""Everything that changes while a refiner is trained: built from a plan, saved in checkpoints, restored from one.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import copy
import dataclasses
import logging
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from gazeaug.drawing.sheets import Column, contact_sheet, save_sheet
from gazeaug.effort import effort_since
from gazeaug.feeding.dataset import Batches, from_NCHW, scaled, to_grey_levels, to_NCHW
from gazeaug.feeding.devices import gpu_name
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.outputs import write_json
from gazeaug.refiner.appearance import AppearanceDistance
from gazeaug.refiner.discriminator import Discriminator
from gazeaug.refiner.history import History
from gazeaug.refiner.network import Refiner, RefinerConfig, Stages
from gazeaug.runs.checkpoints import Part, load_checkpoint, load_into, save_checkpoint, tensors_of
from gazeaug.runs.folder import STATE, read_state
from gazeaug.runs.validation import N_VALIDATED, Validation, appearance
from gazeaug.training.config import TrainConfig
from gazeaug.training.gaze_guard import GazeGuard, train_gaze_guard
from gazeaug.training.plan import TrainingPlan
from gazeaug.training.recording import Recorder

logger = logging.getLogger(__name__)

ADAM_BETAS = (0.5, 0.999)  # Radford et al. 2015: the usual choice for adversarial training
CAMERA_RATE = 10.0  # the camera's learning rate over the convolutions', whose gradients are smaller
COMPARED, COMPARED_VALUES = 2_000, 1 << 26  # most real pictures, and numbers in them, that are compared with
SAMPLES = 8
SCORE_NOISE = 0.75  # scores nearer than this did not order the errors of gaze estimators; later was better then


@dataclass(kw_only=True)
class TrainingState:
    """A run between two updates, on the device that trains, and what it is measured by.

    Attributes:
        average: running mean of the refiner's weights, validated and exported; the refiner itself with an `ema` of 0.
        stages: the refiner as it is trained.
        generator: draws from the history, and augmentations; batches have a seed of their own.
        recorder: computes losses and gradients.
        gaze_guard: trained and frozen; None where the run goes without.
        n_pretrained, step: updates before Algorithm 1, and steps of it, that are done.
        began, seconds_before: when this process started with it, and wall time of processes before.
    """

    plan: TrainingPlan
    refiner: Refiner
    discriminator: Discriminator
    average: Refiner
    stages: Stages
    refiner_optimizer: torch.optim.Optimizer
    discriminator_optimizer: torch.optim.Optimizer
    history: History
    generator: torch.Generator
    synthetic: Batches
    real: Batches
    appearance: AppearanceDistance
    validation: Validation
    recorder: Recorder
    gaze_guard: GazeGuard | None = None
    n_pretrained: int = 0
    step: int = 0
    began: float = field(default_factory=time.monotonic)
    seconds_before: float = 0.0

    def parts(self) -> dict[str, Part]:
        """The networks and optimizers, by their names in a checkpoint."""
        return {
            "refiner": self.average,
            **({"trained_refiner": self.refiner} if self.plan.config.ema else {}),
            "discriminator": self.discriminator,
            "refiner_optimizer": self.refiner_optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
            **({"gaze_guard": self.gaze_guard} if self.gaze_guard is not None else {}),
        }

    def validate(self) -> dict[str, float]:
        """Measure the networks as they are, without labels."""
        return self.validation.validate(self.average, self.discriminator, self.history)

    def domains(self) -> dict[str, Any]:
        """See `domains_of`."""
        return domains_of(self.plan, self.validation)


def domains_of(plan: TrainingPlan, validation: Validation) -> dict[str, Any]:
    """What the two sets are before anything is trained, for config.json and the diagnosis."""
    return {
        "n_synthetic": len(plan.synthetic),
        "n_real": len(plan.real),
        "distance_floor": validation.floor,
        "distance_ceiling": validation.ceiling,
        "width": plan.synthetic.image_shape[1],
        "target": plan.target,
        "synthetic": {**appearance(validation.synthetic), **plan.scales["synthetic"]},
        "real": {**validation.real_appearance, **plan.scales["real"]},
    }


def measured_sets(plan: TrainingPlan) -> list[torch.Tensor]:
    """What a run is measured on: rendered eyes, real ones that are trained on, and real ones that are not.

    Each float (N, C, H, W) in -1..1 on the device that trains.
    """
    n_real = min(COMPARED, max(N_VALIDATED, COMPARED_VALUES // int(np.prod(plan.real.image_shape))))
    chosen = [(plan.synthetic, evenly_spread(len(plan.synthetic), N_VALIDATED))]  # files may be sorted by person
    chosen += [(plan.real, plan.trained_rows[:n_real]), (plan.real, plan.held_out_rows)]
    return [scaled(to_NCHW(eyes.read(rows)).to(plan.team.device)) for eyes, rows in chosen]


def build_state(plan: TrainingPlan) -> TrainingState:
    """The run at its beginning: first weights by the seed, an empty history, batches from the first on."""
    config, device = plan.config, plan.team.device
    shape = (plan.synthetic.channels, *plan.synthetic.image_shape[:2])

    # The networks.
    torch.manual_seed(config.seed)
    refiner = Refiner(refiner_config_of(config, shape[0], ending=plan.ending))
    discriminator = Discriminator(
        shape[0], config.discriminator_width, standardise=config.standardise, shrink=config.shrink
    )
    for network in (refiner, discriminator):
        network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    # Their weights in groups, each with a factor on the learning rate.
    camera = list(refiner.camera.parameters()) if refiner.camera else []
    convolutions = [weights for weights in refiner.parameters() if all(weights is not one for one in camera)]
    groups = [(convolutions, 1.0), (camera, CAMERA_RATE)]

    # What they are measured on.
    synthetic, real, held_out = measured_sets(plan)
    if refiner.camera is not None:
        refiner.camera.keep_within(real)
    return TrainingState(
        plan=plan,
        refiner=refiner,
        discriminator=discriminator,
        average=copy.deepcopy(refiner).eval() if config.ema else refiner,
        stages=Stages(refiner),
        refiner_optimizer=make_optimizer(groups, config),
        discriminator_optimizer=make_optimizer([(list(discriminator.parameters()), config.discriminator_rate)], config),
        history=History(config.buffer_size, shape, device),
        generator=torch.Generator().manual_seed(config.seed),
        synthetic=Batches(plan.synthetic, config.batch_size, config.seed, device),
        real=Batches(plan.real, config.batch_size, config.seed + 1, device, rows=plan.trained_rows),
        appearance=AppearanceDistance(real),
        validation=Validation(synthetic, real, held_out),
        recorder=Recorder(device, recording=plan.team.size == 1),
        gaze_guard=build_gaze_guard(plan),
    )


def build_gaze_guard(plan: TrainingPlan) -> GazeGuard | None:
    """The run's gaze guard, trained unless a checkpoint holds it; every process of a team trains the same one."""
    if plan.labelled is None:
        return None
    device, seed = plan.team.device, plan.config.seed
    torch.manual_seed(seed)
    guard = GazeGuard(plan.synthetic.image_shape)
    if plan.checkpoint is None:
        images = plan.synthetic.read(plan.labelled.rows)
        train_gaze_guard(guard, images, plan.labelled.look_vec, seed=seed, device=device)
    guard.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return guard


def refiner_config_of(config: TrainConfig, channels: int = 1, *, ending: str = "none") -> RefinerConfig:
    """The refiner that a run trains."""
    names = {field.name for field in dataclasses.fields(RefinerConfig)} - {"channels", "ending"}
    return RefinerConfig(channels=channels, ending=ending, **{name: getattr(config, name) for name in names})


def make_optimizer(groups: list[tuple[list[nn.Parameter], float]], config: TrainConfig) -> torch.optim.Optimizer:
    """Adam or plain SGD; each group of weights with a factor on the learning rate."""
    given = [{"params": some, "lr": config.learning_rate * factor, "factor": factor} for some, factor in groups if some]
    return torch.optim.SGD(given) if config.optimizer == "sgd" else torch.optim.Adam(given, betas=ADAM_BETAS)


def save_snapshot(state: TrainingState, score: float, *, complete: bool) -> Path:
    """Write a checkpoint and a sample grid; state.json names the checkpoint, perhaps as the best. Returns the grid.

    Raises:
        RunError: the disk is full or refuses.
    """
    plan = state.plan
    history = state.history.images_NCHW[: state.history.n_images]
    tensors = {**tensors_of(state.parts()), "history": history, "dice": state.generator.get_state()}
    rest = {
        "step": state.step,
        "n_pretrained": state.n_pretrained,
        "refiner": dataclasses.asdict(state.refiner.config),
        "image_shape": list(plan.synthetic.image_shape),
        "table": None if plan.synthetic.table is None else plan.synthetic.table.tolist(),
        "run": plan.run.name,
        "n_drawn": [state.synthetic.n_drawn, state.real.n_drawn],
    }
    checkpoint = plan.run / f"checkpoint-{state.step:07d}.safetensors"
    save_checkpoint(checkpoint, tensors, rest)
    logger.info("saved %s, score %.4f", checkpoint, score)
    grid = plan.run / "grids" / f"{state.step:07d}.png"
    grid.parent.mkdir(exist_ok=True)
    save_sheet(contact_sheet(samples(state)), grid)
    newest, best = {"step": state.step, "checkpoint": checkpoint.name}, read_state(plan.run).get("best", {})
    lowest = min(score, best.get("lowest", math.inf))
    if score <= lowest + SCORE_NOISE:
        best = {**newest, "score": score}
    effort = effort_since(state.began, gpu=gpu_name(plan.team.device), before=state.seconds_before)
    said = {**newest, "complete": complete, "best": {**best, "lowest": lowest}, "effort": dataclasses.asdict(effort)}
    write_json(plan.run / STATE, said)
    return grid


@torch.no_grad()
def samples(state: TrainingState) -> list[Column]:
    """Synthetic and refined eyes and those refined towards, side by side, always the same ones."""
    rows = evenly_spread(min(len(state.plan.synthetic), len(state.plan.real)), SAMPLES)
    synthetic, real = state.plan.synthetic.read(rows), state.plan.real.read(rows)
    refined = from_NCHW(to_grey_levels(state.average(scaled(to_NCHW(synthetic).to(state.plan.team.device)))))
    return [Column("synthetic", synthetic), Column("refined", refined), Column(state.plan.target, real)]


def restore(state: TrainingState, checkpoint: Path) -> None:
    """Bring a run at its beginning to where a checkpoint was saved, to the last bit.

    Raises:
        InputError: the checkpoint is not there, or not one of gazeaug.
    """
    tensors, rest = load_checkpoint(checkpoint)
    load_into(state.parts(), tensors)
    state.history.n_images = len(tensors["history"])
    state.history.images_NCHW[: state.history.n_images] = tensors["history"]
    state.generator.set_state(tensors["dice"])
    state.synthetic.n_drawn, state.real.n_drawn = rest["n_drawn"]
    state.n_pretrained, state.step = rest["n_pretrained"], rest["step"]
    state.seconds_before = read_state(state.plan.run).get("effort", {}).get("seconds", 0.0)
