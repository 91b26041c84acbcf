"""Options of training, checked by name; stored as config.json in every run. Imports no torch."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeaug.errors import InputError


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a refiner is trained; the command line's options have the same names."""

    synthetic: str = "unityeyes.h5"
    """Rendered eyes."""
    real: str = "real.h5"
    """Unlabelled eyes of the domain to refine towards."""
    recipe: str = "fast"
    """The named set of options that this one started from."""
    steps: int = 1500
    """Steps of Algorithm 1 after pre-training."""
    batch_size: int = 16
    """Pictures of each kind a step; the paper's 512 wants a GPU."""
    lambda_: float = 1.0
    """Weight of the self-regularisation."""
    regularisation: str = "mean"
    """"mean" of the absolute differences in -1..1, or "sum" over the whole batch, as public ports have it."""
    adversarial_loss: str = "least-squares"
    """"cross-entropy", as in the paper, or "least-squares"."""
    k_g: int = 1
    """Refiner updates a step; 2 in the paper."""
    k_d: int = 1
    """Discriminator updates a step."""
    refiner_pretrain_steps: int = 0
    """Self-regularisation alone, before the start: 1,000 in the paper; a residual refiner starts as the identity."""
    discriminator_pretrain_steps: int = 50
    """Discriminator alone, before the start; 200 in the paper."""
    learning_rate: float = 2e-4
    """Of the refiner's convolutions."""
    decay: float = 0.5
    """Share of the steps, at the end, over which the learning rate falls to zero; 0 keeps it."""
    ema: float = 0.995
    """Decay of the running mean of the refiner's weights, which is what is watched and exported; 0 takes the last."""
    match: str = "none"
    """"histogram": give the rendered eyes the real eyes' histogram first; the exported file does so too."""
    optimizer: str = "adam"
    """"adam" (beta1 0.5) or "sgd"."""
    buffer_size: int = 1600
    """Refined pictures in the history; the paper keeps 50 to 100 batches."""
    log_interval: int = 25
    """Steps between lines of metrics.jsonl."""
    watch_interval: int = 100
    """Steps between looks at the run itself: distance to the real eyes, sharpness, drift of the iris."""
    stop_when_flat: int = 0
    """End the run once this many looks in a row had no better score; 0 never does."""
    tensorboard: bool = True
    """Write TensorBoard events where the extra is installed."""
    checkpoint_interval: int = 400
    """Steps between checkpoints and sample grids."""
    seed: int = 0
    """Of weights, batches and history."""
    device: str = "auto"
    """"auto" (CUDA where it is), "cpu" or "cuda"."""
    precision: str = "auto"
    """Of the convolutions while training: "fp32", "bf16", or "auto" (bf16 where the hardware computes in it)."""
    features: int = 32
    """Feature maps of the refiner; 64 in the paper."""
    blocks: int = 4
    """Residual blocks of the refiner."""
    residual: bool = True
    """The refiner predicts a correction of its input."""
    noise: bool = True
    """The refiner gets white noise, made from the picture's own pixels."""
    styles: int = 8
    """Random numbers for the whole picture that the refiner gets beside the noise."""
    camera: bool = True
    """The refiner ends in a camera: light, blur, exposure and grain, drawn anew for every picture."""
    camera_steps: int = 300
    """Camera alone, before the start: learns how the real eyes' appearance is spread."""
    appearance: float = 1.0
    """Weight of the distance between the appearances of refined and real eyes; 0 leaves it out."""
    fold: int = 2
    """Side of the squares of pixels that the refiner's convolutions see as channels of one place; 1 in the paper."""
    discriminator_width: float = 1.0
    """Factor on the paper's feature maps of the discriminator."""
    discriminator_rate: float = 2.5
    """The discriminator's learning rate over the refiner's; 1 in the paper."""
    standardise: bool = True
    """The discriminator sees every picture at one brightness and contrast."""
    augmentation: bool = False
    """The discriminator sees every picture shifted, partly blanked and at another contrast: for few real eyes."""

    def __post_init__(self) -> None:
        """Refuse values out of range, naming the option and the range."""
        least = {"batch_size": 2, "steps": 1, "k_g": 1, "k_d": 1, "buffer_size": 2, "log_interval": 1}
        least |= {"checkpoint_interval": 1, "features": 1, "blocks": 1, "seed": 0}
        least |= {"watch_interval": 1, "stop_when_flat": 0, "styles": 0}
        least |= {"refiner_pretrain_steps": 0, "discriminator_pretrain_steps": 0, "camera_steps": 0, "fold": 1}
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise InputError(f"{option(name)} must be at least {smallest}, got {getattr(self, name)}.")
        for name in ("lambda_", "appearance"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise InputError(f"{option(name)} must be 0 or more, got {getattr(self, name):g}.")
        if not 0 <= self.ema < 1:
            raise InputError(f"--ema must be at least 0 and below 1, got {self.ema:g}.")
        if not 0 <= self.decay <= 1:
            raise InputError(f"--decay must be from 0 to 1, got {self.decay:g}.")
        if not 0 < self.learning_rate <= 1:
            raise InputError(f"--learning-rate must be above 0 and at most 1, got {self.learning_rate:g}.")
        for name, most in (("discriminator_width", 4), ("discriminator_rate", 100)):
            if not 0 < getattr(self, name) <= most:
                raise InputError(f"{option(name)} must be above 0 and at most {most}, got {getattr(self, name):g}.")
        choices = {"optimizer": ("adam", "sgd"), "device": ("auto", "cpu", "cuda"), "regularisation": ("mean", "sum")}
        choices |= {"adversarial_loss": ("cross-entropy", "least-squares")}
        choices |= {"precision": ("auto", "fp32", "bf16"), "match": ("none", "histogram")}
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise InputError(f"{option(name)} must be one of {', '.join(allowed)}, got '{getattr(self, name)}'.")

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
            return cls(**values)
        except TypeError as error:
            raise InputError(f"{where}: not a configuration of this version of gazeaug ({error}).") from error


def option(name: str) -> str:
    """How the command line spells a field: k_g is --k-g, lambda_ is --lambda."""
    return "--" + name.rstrip("_").replace("_", "-")
