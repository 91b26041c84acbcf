"""What was tried to make the `fast` recipe better, one change at a time: `python -m benchmarks.candidates [NAME ...]`.

Every candidate trains on the same sample eyes from the same seed; a gaze CNN then learns from the refined eyes and is
tested on camera eyes with true gaze. Nothing here is part of the package: what paid became an option of training.
"""

from __future__ import annotations

import copy
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.discriminator import REAL, REFINED
from gazeaug.eye_dataset import scaled, to_grey_levels, to_NCHW
from gazeaug.eye_renderer import render_eyes
from gazeaug.eyes import open_eyes
from gazeaug.gaze_cnn import mean_angular_error, train_gaze_cnn
from gazeaug.losses import identity, local_adversarial, self_regularisation
from gazeaug.recipes import from_recipe
from gazeaug.sample_eyes import make_sample_data
from gazeaug.trainer import Trainer, update

N_EYES, N_TEST, STEPS, WARM_UP = 10_000, 4_000, 1_500, 200
SHOWN = ("distance", "change", "sharpness", "contrast", "drift_median", "drift_p99")


def cross_entropy(logits: Tensor, target: int, smoothing: float = 0.0) -> Tensor:
    """The paper's loss, its targets drawn in by `smoothing`."""
    if not smoothing:
        return local_adversarial(logits, target)
    shape = (logits.shape[0], logits.shape[2])
    return F.cross_entropy(logits.float(), torch.full(shape, target), label_smoothing=smoothing)


def least_squares(logits: Tensor, target: int, *, fooling: bool = False) -> Tensor:
    """LSGAN on the difference of the two maps."""
    margin = (logits[:, REAL] - logits[:, REFINED]).float()
    return (margin - (1.0 if target == REAL else -1.0)).square().mean()


def hinge(logits: Tensor, target: int, *, fooling: bool = False) -> Tensor:
    """Hinge loss on the difference of the two maps; the refiner's side is linear."""
    margin = (logits[:, REAL] - logits[:, REFINED]).float() * (1 if target == REAL else -1)
    return -margin.mean() if fooling else F.relu(1 - margin).mean()


def blurred(images: Tensor) -> Tensor:
    """psi: the picture without its finest detail."""
    return F.avg_pool2d(F.pad(images, (2, 2, 2, 2), mode="replicate"), 5, stride=1)


def gradients(images: Tensor) -> Tensor:
    """psi: differences between neighbours, blurred a little."""
    soft = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return torch.cat([soft[..., 1:, :-1] - soft[..., :-1, :-1], soft[..., :-1, 1:] - soft[..., :-1, :-1]], 1) * 4


def normalised(images: Tensor) -> Tensor:
    """psi: mean 0 and deviation 1/2 in each picture, so that brightness and contrast are free."""
    centred = images - images.mean((1, 2, 3), keepdim=True)
    return centred / (2 * centred.std((1, 2, 3), keepdim=True) + 0.1)


def mixed(images: Tensor) -> Tensor:
    """psi: normalised, then blurred: neither grain nor exposure costs anything."""
    return blurred(normalised(images))


@dataclass(frozen=True)
class Candidate:
    """One change: options of the recipe, or a different loss, feature map or schedule."""

    options: dict[str, Any] = field(default_factory=dict)
    loss: Callable[..., Tensor] | None = None
    psi: Callable[[Tensor], Tensor] = identity
    r1: float = 0.0
    smoothing: float = 0.0
    spectral: bool = False
    warm_up: bool = False
    decay: bool = True
    matched: bool = False


CANDIDATES = {
    "base": Candidate(),
    "no decay": Candidate(decay=False),
    "fp32": Candidate({"precision": "fp32"}),
    "no styles": Candidate({"styles": 0}),
    "styles 8": Candidate({"styles": 8}),
    "lambda 2": Candidate({"lambda_": 2.0}),
    "lambda 0.5": Candidate({"lambda_": 0.5}),
    "psi normalised": Candidate(psi=normalised),
    "psi normalised, blurred": Candidate(psi=mixed),
    "psi gradients": Candidate(psi=gradients),
    "psi blurred": Candidate(psi=blurred),
    "least squares": Candidate(loss=least_squares),
    "hinge": Candidate(loss=hinge),
    "R1 0.1": Candidate(r1=0.1),
    "smoothing 0.2": Candidate(smoothing=0.2),
    "spectral normalisation": Candidate(spectral=True),
    "learning rate 4e-4": Candidate({"learning_rate": 4e-4}),
    "full discriminator": Candidate({"discriminator_width": 1.0}),
    "k_g 2": Candidate({"k_g": 2}),
    "batch 32": Candidate({"batch_size": 32}),
    "features 16": Candidate({"features": 16}),
    "features 32": Candidate({"features": 32}),
    "warm-up": Candidate(warm_up=True),
    "histogram matched": Candidate(matched=True),
}


class Tried(Trainer):
    """A trainer with one thing done differently."""

    def __init__(self, candidate: Candidate, config: Any, run: Path) -> None:
        super().__init__(config, run)
        self.candidate = candidate
        if candidate.spectral:
            for layer in self.discriminator.layers:
                if isinstance(layer, nn.Conv2d):
                    nn.utils.parametrizations.spectral_norm(layer)

    def adversarial(self, logits: Tensor, target: int, *, fooling: bool = False) -> Tensor:
        """The candidate's loss on one batch of logits."""
        if self.candidate.loss:
            return self.candidate.loss(logits, target, fooling=fooling)
        return cross_entropy(logits, target, 0.0 if fooling else self.candidate.smoothing)

    def update_refiner(self) -> dict[str, float]:
        """As the parent's, with the candidate's loss and feature map."""
        synthetic = self.synthetic.draw()
        refined = self.refiner(synthetic)
        regularisation = self_regularisation(refined, synthetic, self.candidate.psi)
        self.discriminator.requires_grad_(False)
        adversarial = self.adversarial(self.discriminator(refined), REAL, fooling=True)
        update(self.refiner_optimizer, adversarial + self.config.lambda_ * regularisation)
        self.discriminator.requires_grad_(True)
        return {}

    def update_discriminator(self) -> dict[str, float]:
        """As the parent's, with the candidate's loss and penalty."""
        half = self.config.batch_size // 2
        remembered = self.history.draw(half, self.dice)
        with torch.no_grad():
            fresh = self.refiner(self.synthetic.draw()[len(remembered) :])
        self.history.store(fresh[:half], self.dice)
        real = self.real.draw().requires_grad_(self.candidate.r1 > 0)
        on_real = self.discriminator(real)
        on_refined = self.discriminator(torch.cat([fresh, remembered]))
        loss = self.adversarial(on_real, REAL) + self.adversarial(on_refined, REFINED)
        if self.candidate.r1:
            (slope,) = torch.autograd.grad((on_real[:, REAL] - on_real[:, REFINED]).sum(), real, create_graph=True)
            loss = loss + self.candidate.r1 / 2 * slope.square().flatten(1).sum(1).mean() / on_real.shape[2]
        update(self.discriminator_optimizer, loss)
        return {}

    def schedule(self, step: int) -> None:
        """Learning rates of a step: linear to zero over the second half, perhaps from zero over the first steps."""
        share = min(1.0, 2 - 2 * step / self.config.steps) if self.candidate.decay else 1.0
        share *= min(1.0, (step + 1) / WARM_UP) if self.candidate.warm_up else 1.0
        for optimizer in (self.refiner_optimizer, self.discriminator_optimizer):
            for group in optimizer.param_groups:
                group["lr"] = self.config.learning_rate * share


def matched_copy(source: Path, real: Path, target: Path) -> Path:
    """The rendered eyes with the histogram of all real eyes."""
    with h5py.File(source) as rendered, h5py.File(real) as camera, h5py.File(target, "w") as out:
        images, wanted = rendered["image"][:], np.sort(camera["image"][:].ravel())
        share = np.cumsum(np.bincount(images.ravel(), minlength=256)) / images.size
        table = wanted[np.minimum((share * len(wanted)).astype(int), len(wanted) - 1)]
        rendered.copy("look_vec", out)
        out["image"] = table[images]
    return target


def refined_error(trainer: Trainer, source: Path, test: Any) -> float:
    """Degrees on camera eyes of a gaze CNN that learned from this refiner's eyes."""
    with open_eyes(source) as eyes:
        images, look_vec = eyes.read_images(0, eyes.n_images), eyes.read_label("look_vec", 0, eyes.n_images)
    with torch.no_grad(), trainer.precision():
        parts = [to_grey_levels(trainer.refiner(scaled(part))) for part in torch.split(to_NCHW(images), 250)]
    return mean_angular_error(train_gaze_cnn(torch.cat(parts)[:, 0].numpy(), look_vec), test.images, test.look_vec)


def run_candidate(name: str, folder: Path, *, seed: int = 0, steps: int = STEPS) -> dict[str, Any]:
    """Train one candidate and measure it."""
    candidate = CANDIDATES[name]
    synthetic, real = folder / "unityeyes.h5", folder / "real.h5"
    if candidate.matched:
        synthetic = matched_copy(synthetic, real, folder / "matched.h5")
    files = {"synthetic": str(synthetic), "real": str(real), "seed": seed, "steps": steps}
    trainer = Tried(candidate, from_recipe("fast", {"styles": 4, **files, **candidate.options}), folder / "run")
    average = copy.deepcopy(trainer.refiner)
    began = time.monotonic()
    for _ in range(trainer.config.discriminator_pretrain_steps):
        trainer.pretrain()
    for step in range(steps):
        trainer.schedule(step)
        trainer.train_step()
        with torch.no_grad():
            for kept, now in zip(average.parameters(), trainer.refiner.parameters(), strict=True):
                kept.lerp_(now, 1 - min(0.995, (step + 1) / (step + 10)))
    seconds = time.monotonic() - began
    test = render_eyes(N_TEST, domain="camera", seed=1)
    found: dict[str, Any] = {"name": name, "seed": seed, "steps": steps, "seconds": round(seconds)}
    for kind, refiner in [("last", trainer.refiner), ("average", average)]:
        trainer.refiner = refiner
        look = trainer.look()
        found[kind] = {key: round(look[key], 3) for key in SHOWN}
    return found | {"error of the average": round(refined_error(trainer, synthetic, test), 2)}


def main(names: list[str]) -> None:
    """Print a line of JSON for each candidate."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_sample_data(folder, n=N_EYES, seed=0)
        for candidate in names or CANDIDATES:
            kind, _, steps = candidate.partition("@")
            print(json.dumps(run_candidate(kind, folder, steps=int(steps or STEPS))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
