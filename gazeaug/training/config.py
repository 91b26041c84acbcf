"""Options of training; stored as config.json in every run. Imports no torch."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_doc import Doc
from annotated_types import Ge, Interval

from gazeaug.devices import DEVICE, DEVICE_NAMES, check_device
from gazeaug.errors import InputError
from gazeaug.options import COMMON, HARDWARE, METHOD, NETWORKS, OUTPUT, SCHEDULE, Options, Shown, old_names
from gazeaug.renames import by_new_names

Count = Annotated[int, Ge(1)]
Times = Annotated[int, Ge(0)]
Weight = Annotated[float, Interval(ge=0, lt=math.inf)]


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Options):
    """How a refiner is trained."""

    synthetic: Annotated[Path | str, COMMON, Doc("Eye file of rendered eyes."), Shown(metavar="FILE")] = "unityeyes.h5"
    real: Annotated[
        Path | str,
        COMMON,
        Doc("Eye file of real eyes without labels: the domain to refine towards."),
        Shown(metavar="FILE"),
    ] = "real.h5"
    recipe: Annotated[
        str,
        COMMON,
        Doc("Set of options to start from; options that you give replace its values."),
        Shown(metavar="[fast|best|paper|seed]"),
    ] = "fast"
    steps: Annotated[Count, COMMON, Doc("Training steps after pre-training (Algorithm 1 of the paper).")] = 1500
    batch_size: Annotated[int, Ge(2), COMMON, Doc("Pictures of each kind in a batch; the paper's 512 needs a GPU.")] = (
        16
    )
    learning_rate: Annotated[float, Interval(gt=0, le=1), SCHEDULE, Doc("Learning rate of the refiner.")] = 2e-4
    decay: Annotated[
        float,
        Interval(ge=0, le=1),
        SCHEDULE,
        Doc("Last share of the steps, over which the learning rate falls to 0; 0 keeps it constant."),
    ] = 0.5
    ema: Annotated[
        float,
        Interval(ge=0, lt=1),
        SCHEDULE,
        Doc(
            "Decay of the moving average of the refiner's weights, which is validated and exported; 0 uses "
            "the last weights."
        ),
    ] = 0.995
    k_g: Annotated[Count, SCHEDULE, Doc("Updates of the refiner in a step; 2 in the paper.")] = 1
    k_d: Annotated[Count, SCHEDULE, Doc("Updates of the discriminator in a step.")] = 1
    refiner_pretrain_steps: Annotated[
        Times, SCHEDULE, Doc("Pre-training steps of the refiner, by self-regularisation alone; 1000 in the paper.")
    ] = 0
    discriminator_pretrain_steps: Annotated[
        Times, SCHEDULE, Doc("Pre-training steps of the discriminator; 200 in the paper.")
    ] = 50
    camera_steps: Annotated[
        Times,
        SCHEDULE,
        Doc(
            "Pre-training steps of the refiner's camera, which learns the brightness, blur and grain of the real eyes."
        ),
    ] = 200
    log_interval: Annotated[Count, SCHEDULE, Doc("Steps between lines of metrics.jsonl.")] = 25
    validation_interval: Annotated[
        Count,
        SCHEDULE,
        Doc("Steps between validations: distance to the real eyes, sharpness and iris drift are measured."),
        Shown(was="watch_interval"),
    ] = 100
    checkpoint_interval: Annotated[Count, SCHEDULE, Doc("Steps between checkpoints and sample grids.")] = 400
    stop_when_flat: Annotated[
        Times, SCHEDULE, Doc("Stop after N validations in a row without a better score; 0 never stops early.")
    ] = 0
    seed: Annotated[Times, COMMON, Doc("Seed of the weights, batches and history.")] = 0
    lambda_: Annotated[Weight, METHOD, Doc("Weight of the self-regularisation loss.")] = 1.0
    regularisation: Annotated[
        Literal["mean", "sum"],
        METHOD,
        Doc("Self-regularisation loss: mean of the absolute differences (values in -1..1), or their sum over a batch."),
    ] = "mean"
    self_regularisation: Annotated[
        Literal["pixels", "structure"],
        METHOD,
        Doc(
            "What self-regularisation keeps of the input: its pixels, as in the paper, or its structure "
            "(contrast within 9 x 9 pixels, at any brightness)."
        ),
    ] = "pixels"
    gaze_guard: Annotated[
        Weight,
        METHOD,
        Doc("Weight of the gaze guard: squared change of the gaze that a frozen network estimates; 0 turns it off."),
    ] = 16.0
    iris_guard: Annotated[
        Weight,
        METHOD,
        Doc("Weight of the iris guard: squared movement of the iris, in pixels of a picture 55 wide; 0 turns it off."),
    ] = 4.0
    adversarial_loss: Annotated[
        Literal["cross-entropy", "least-squares"], METHOD, Doc("Adversarial loss; the paper uses cross-entropy.")
    ] = "least-squares"
    appearance: Annotated[
        Weight, METHOD, Doc("Weight of the difference in appearance between refined and real eyes.")
    ] = 1.0
    match: Annotated[
        Literal["none", "histogram"],
        METHOD,
        Doc("histogram: give the rendered eyes the histogram of the real eyes first."),
    ] = "none"
    optimizer: Annotated[Literal["adam", "sgd"], METHOD, Doc("Optimizer of both networks; adam has beta1 0.5.")] = (
        "adam"
    )
    discriminator_rate: Annotated[
        float,
        Interval(gt=0, le=100),
        METHOD,
        Doc("Learning rate of the discriminator, as a multiple of the refiner's."),
    ] = 1.0
    buffer_size: Annotated[
        int, Ge(2), METHOD, Doc("Refined pictures in the history buffer; the paper keeps 50 to 100 batches.")
    ] = 1600
    shrink: Annotated[
        Count,
        METHOD,
        Doc(
            "Show the discriminator means over squares of N x N pixels, so that it judges the eye and not "
            "the sensor's noise."
        ),
    ] = 2
    standardise: Annotated[
        bool, METHOD, Doc("Show the discriminator every picture at the same brightness and contrast.")
    ] = True
    augmentation: Annotated[
        bool,
        METHOD,
        Shown(off="--no-augmentation"),
        Doc(
            "Show the discriminator every picture shifted, partly masked and at another contrast; helps with "
            "few real eyes."
        ),
    ] = False
    features: Annotated[Count, NETWORKS, Doc("Feature maps of the refiner; 64 in the paper.")] = 32
    blocks: Annotated[Count, NETWORKS, Doc("Residual blocks of the refiner.")] = 4
    fold: Annotated[
        Count,
        NETWORKS,
        Doc("Give the refiner squares of N x N pixels as channels of one pixel; 1 in the paper."),
    ] = 2
    residual: Annotated[bool, NETWORKS, Doc("Predict a correction of the input instead of the whole picture.")] = True
    noise: Annotated[bool, NETWORKS, Doc("Give the refiner white noise, computed from the pixels of the picture.")] = (
        True
    )
    styles: Annotated[Times, NETWORKS, Doc("Random numbers per picture that the refiner gets beside the noise.")] = 8
    camera: Annotated[
        bool,
        NETWORKS,
        Doc("End the refiner in a camera model: light, blur, exposure and grain, drawn anew for every picture."),
    ] = True
    ending: Annotated[
        Literal["auto", "none", "equalised"],
        NETWORKS,
        Doc("Equalise the histogram of every refined picture; auto does so if the real eyes are equalised."),
    ] = "auto"
    discriminator_width: Annotated[
        float,
        Interval(gt=0, le=4),
        NETWORKS,
        Doc("Width of the discriminator, as a multiple of the paper's feature maps."),
    ] = 1.0
    device: Annotated[str, COMMON, Doc(DEVICE), Shown(metavar=DEVICE_NAMES)] = "auto"
    precision: Annotated[
        Literal["auto", "fp32", "bf16"],
        HARDWARE,
        Doc("Precision of the convolutions; auto takes bf16 if the hardware supports it."),
    ] = "auto"
    tensorboard: Annotated[bool, OUTPUT, Doc("Write TensorBoard events, if tensorboard is installed.")] = True
    log: Annotated[
        Sequence[str] | str,
        OUTPUT,
        Doc("Log to these too: tensorboard, wandb (Weights & Biases). Comma-separated or repeated."),
        Shown(metavar="NAME,...", unset="none"),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse values out of range, naming the option."""
        super().__post_init__()
        check_device(self.device)
        for name in ("synthetic", "real"):
            object.__setattr__(self, name, str(getattr(self, name)))  # as JSON keeps it

    def to_json(self) -> dict[str, Any]:
        """Plain values by option name."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any], where: Path) -> TrainConfig:
        """The way back.

        Raises:
            InputError: the file holds options that this version does not know.
        """
        try:
            return cls(**by_new_names(values, old_names(cls), warns=False))
        except TypeError as error:
            raise InputError(f"{where}: not a configuration of this version of gazeaug ({error}).") from error
