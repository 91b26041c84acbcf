"""Options of training; stored as config.json in every run. Imports no torch."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_doc import Doc
from annotated_types import Ge, Interval

from gazeaug.errors import InputError
from gazeaug.options import DATA, HARDWARE, METHOD, NETWORKS, OUTPUT, SCHEDULE, Options, Shown, old_names
from gazeaug.renames import by_new_names

Count = Annotated[int, Ge(1)]
Times = Annotated[int, Ge(0)]
Weight = Annotated[float, Interval(ge=0, lt=math.inf)]


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Options):
    """How a refiner is trained."""

    synthetic: Annotated[str, DATA, Doc("Rendered eyes.")] = "unityeyes.h5"
    real: Annotated[str, DATA, Doc("Unlabelled eyes of the domain to refine towards.")] = "real.h5"
    recipe: Annotated[
        str, SCHEDULE, Doc("Options to start from; single ones go on top."), Shown(metavar="[fast|best|paper|seed]")
    ] = "fast"
    steps: Annotated[Count, SCHEDULE, Doc("Steps of Algorithm 1 after pre-training.")] = 1500
    batch_size: Annotated[int, Ge(2), SCHEDULE, Doc("Pictures of each kind a step; the paper's 512 wants a GPU.")] = 16
    learning_rate: Annotated[float, Interval(gt=0, le=1), SCHEDULE, Doc("Of the refiner's convolutions.")] = 2e-4
    decay: Annotated[
        float, Interval(ge=0, le=1), SCHEDULE, Doc("Last share of the steps, over which the learning rate falls to 0.")
    ] = 0.5
    ema: Annotated[
        float,
        Interval(ge=0, lt=1),
        SCHEDULE,
        Doc("Decay of the mean of the refiner's weights, which is watched and exported; 0 takes the last weights."),
    ] = 0.995
    k_g: Annotated[Count, SCHEDULE, Doc("Refiner updates a step; 2 in the paper.")] = 1
    k_d: Annotated[Count, SCHEDULE, Doc("Discriminator updates a step.")] = 1
    refiner_pretrain_steps: Annotated[
        Times, SCHEDULE, Doc("Steps of self-regularisation alone at the start; 1000 in the paper.")
    ] = 0
    discriminator_pretrain_steps: Annotated[
        Times, SCHEDULE, Doc("Steps of the discriminator alone at the start; 200 in the paper.")
    ] = 50
    camera_steps: Annotated[
        Times, SCHEDULE, Doc("Steps of the camera alone at the start: learns how the real eyes' appearance is spread.")
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
        Times, SCHEDULE, Doc("End once so many looks in a row had no better score; 0 never does.")
    ] = 0
    seed: Annotated[Times, SCHEDULE, Doc("Of weights, batches and history.")] = 0
    lambda_: Annotated[Weight, METHOD, Doc("Weight of the self-regularisation.")] = 1.0
    regularisation: Annotated[
        Literal["mean", "sum"], METHOD, Doc("Mean of the absolute differences in -1..1, or their sum over a batch.")
    ] = "mean"
    self_regularisation: Annotated[
        Literal["pixels", "structure"],
        METHOD,
        Doc("What is kept of the input: its pixels, as in the paper, or their contrast within 9 x 9, at any level."),
    ] = "pixels"
    gaze_guard: Annotated[
        Weight,
        METHOD,
        Doc("Weight of the gaze guard: how far a frozen network's reading of the gaze moves, squared; 0 is off."),
    ] = 16.0
    iris_guard: Annotated[
        Weight,
        METHOD,
        Doc("Weight of how far the iris moves, in squared pixels of a picture 55 wide; 0 is off."),
    ] = 4.0
    adversarial_loss: Annotated[
        Literal["cross-entropy", "least-squares"], METHOD, Doc("The paper has cross-entropy.")
    ] = "least-squares"
    appearance: Annotated[
        Weight, METHOD, Doc("Weight of the distance between the appearances of refined and real eyes.")
    ] = 1.0
    match: Annotated[
        Literal["none", "histogram"],
        METHOD,
        Doc("Give rendered eyes the real eyes' histogram first."),
    ] = "none"
    optimizer: Annotated[Literal["adam", "sgd"], METHOD, Doc("Adam has beta1 0.5.")] = "adam"
    discriminator_rate: Annotated[
        float, Interval(gt=0, le=100), METHOD, Doc("The discriminator's learning rate over the refiner's.")
    ] = 1.0
    buffer_size: Annotated[
        int, Ge(2), METHOD, Doc("Refined pictures in the history; the paper keeps 50 to 100 batches.")
    ] = 1600
    shrink: Annotated[
        Count,
        METHOD,
        Doc("Show the discriminator means over squares of so many pixels' side: the eye, and not the sensor."),
    ] = 2
    standardise: Annotated[
        bool, METHOD, Doc("Show the discriminator every picture at one brightness and contrast.")
    ] = True
    augmentation: Annotated[
        bool,
        METHOD,
        Shown(off="--no-augmentation"),
        Doc("Show it every picture shifted, partly blanked and at another contrast: for few real eyes."),
    ] = False
    features: Annotated[Count, NETWORKS, Doc("Feature maps of the refiner; 64 in the paper.")] = 32
    blocks: Annotated[Count, NETWORKS, Doc("Residual blocks of the refiner.")] = 4
    fold: Annotated[
        Count,
        NETWORKS,
        Doc("The refiner sees squares of so many pixels' side as channels of one place; 1 in the paper."),
    ] = 2
    residual: Annotated[bool, NETWORKS, Doc("Predict a correction of the input.")] = True
    noise: Annotated[bool, NETWORKS, Doc("Give the refiner white noise, made from the picture's own pixels.")] = True
    styles: Annotated[Times, NETWORKS, Doc("Random numbers for the whole picture, beside the noise.")] = 8
    camera: Annotated[
        bool,
        NETWORKS,
        Doc("End the refiner in a camera: light, blur, exposure and grain, drawn anew for every picture."),
    ] = True
    ending: Annotated[
        Literal["auto", "none", "equalised"],
        NETWORKS,
        Doc("Equalise every refined picture at the end; auto does where the real eyes are equalised."),
    ] = "auto"
    discriminator_width: Annotated[
        float, Interval(gt=0, le=4), NETWORKS, Doc("Factor on the paper's feature maps of the discriminator.")
    ] = 1.0
    device: Annotated[Literal["auto", "cpu", "cuda"], HARDWARE, Doc("auto takes CUDA where it is.")] = "auto"
    precision: Annotated[
        Literal["auto", "fp32", "bf16"], HARDWARE, Doc("Of convolutions; auto takes bf16 where the hardware has it.")
    ] = "auto"
    tensorboard: Annotated[bool, OUTPUT, Doc("Write TensorBoard events where the extra is installed.")] = True

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
