"""What was tried to make `fast` better, one change at a time: `python -m benchmarks.candidates [NAME[#SEED] ...]`.

Every candidate trains on the same sample eyes from the same seed; a gaze CNN then learns from the refined eyes and is
tested on camera eyes with true gaze. Nothing here is part of the package: what paid became an option of training.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.refiner_variants import Diversity, GrainRefiner, StyledRefiner, mirrored, one_step_shift
from gazeaug.discriminator import REAL, REFINED
from gazeaug.eye_dataset import EyeDataset, scaled, to_NCHW
from gazeaug.eye_renderer import render_eyes
from gazeaug.gaze_cnn import error_of_refiner, read_labelled
from gazeaug.histogram import apply_table
from gazeaug.losses import identity, self_regularisation
from gazeaug.recipes import from_recipe
from gazeaug.refiner import Refiner
from gazeaug.sample_eyes import make_sample_data
from gazeaug.trainer import Trainer, update
from gazeaug.training_pair import evenly_spread

N_EYES, N_TEST, STEPS, WARM_UP = 10_000, 4_000, 1_500, 200
N_POOLED = 2_000  # real pictures that diversity is compared with
SHOWN = ("distance", "change", "sharpness", "contrast", "drift_median", "drift_p99")


def smoothed(logits: Tensor, target: int, smoothing: float) -> Tensor:
    """The paper's loss, its targets drawn in by `smoothing`."""
    shape = (logits.shape[0], logits.shape[2])
    return F.cross_entropy(logits.float(), torch.full(shape, target), label_smoothing=smoothing)


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
    refiner: type[Refiner] = Refiner
    diversity: float = 0.0
    registration: float = 0.0
    mirror: str = ""  # "across", or "both" ways


CANDIDATES = {
    "base": Candidate(),
    "no decay": Candidate({"decay": 0.0}),
    "fp32": Candidate({"precision": "fp32"}),
    "no mean of the weights": Candidate({"ema": 0.0}),
    "no styles": Candidate({"styles": 0}),
    "styles 8": Candidate({"styles": 8}),
    "lambda 2": Candidate({"lambda_": 2.0}),
    "lambda 0.5": Candidate({"lambda_": 0.5}),
    "psi normalised": Candidate(psi=normalised),
    "psi normalised, blurred": Candidate(psi=mixed),
    "psi gradients": Candidate(psi=gradients),
    "psi blurred": Candidate(psi=blurred),
    "cross-entropy": Candidate({"adversarial_loss": "cross-entropy"}),
    "hinge": Candidate(loss=hinge),
    "R1 0.1": Candidate(r1=0.1),
    "smoothing 0.2": Candidate({"adversarial_loss": "cross-entropy"}, smoothing=0.2),
    "spectral normalisation": Candidate(spectral=True),
    "learning rate 4e-4": Candidate({"learning_rate": 4e-4}),
    "full discriminator": Candidate({"discriminator_width": 1.0}),
    "k_g 2": Candidate({"k_g": 2}),
    "batch 32": Candidate({"batch_size": 32}),
    "features 16": Candidate({"features": 16}),
    "features 32": Candidate({"features": 32}),
    "warm-up": Candidate(warm_up=True),
    "histogram matched": Candidate({"match": "histogram"}),
    "histogram matched, lambda 0.5": Candidate({"match": "histogram", "lambda_": 0.5}),
    "histogram matched, lambda 2": Candidate({"match": "histogram", "lambda_": 2.0}),
    "histogram matched, full discriminator": Candidate({"match": "histogram", "discriminator_width": 1.0}),
    "histogram matched, R1 0.1": Candidate({"match": "histogram"}, r1=0.1),
    "histogram matched, features 32": Candidate({"match": "histogram", "features": 32}),
    "histogram matched, psi normalised": Candidate({"match": "histogram"}, psi=normalised),
    "grain apart": Candidate(refiner=GrainRefiner),
    "registration": Candidate(registration=1.0),
    "mirror": Candidate(mirror="across"),
    "mirror, registration": Candidate(mirror="across", registration=1.0),
    "mirror both ways": Candidate(mirror="both"),
    "diversity": Candidate(diversity=1.0),
    "grain apart, diversity": Candidate(refiner=GrainRefiner, diversity=1.0),
    "grain apart, styled, diversity": Candidate(refiner=StyledRefiner, diversity=1.0),
    "grain apart, styled, diversity, registration": Candidate(refiner=StyledRefiner, diversity=1.0, registration=1.0),
}


class Tried(Trainer):
    """A trainer with one thing done differently."""

    def __init__(self, candidate: Candidate, config: Any, run: Path) -> None:
        with mock.patch("gazeaug.trainer.Refiner", candidate.refiner):
            super().__init__(config, run)
        self.candidate = candidate
        real = EyeDataset(config.real)
        self.diversity = Diversity(scaled(to_NCHW(real.read(evenly_spread(len(real), N_POOLED)))))
        if candidate.mirror:
            for weights in kernels(self.refiner):
                weights.data = mirrored(weights.data, also_down=candidate.mirror == "both")
        if candidate.spectral:
            for layer in self.discriminator.layers:
                if isinstance(layer, nn.Conv2d):
                    nn.utils.parametrizations.spectral_norm(layer)

    def adversarial(self, logits_N2P: Tensor, target: int, *, fooling: bool = False) -> Tensor:
        """The candidate's loss on one batch of logits."""
        if self.candidate.loss:
            return self.candidate.loss(logits_N2P, target, fooling=fooling)
        if self.candidate.smoothing and not fooling:
            return smoothed(logits_N2P, target, self.candidate.smoothing)
        return super().adversarial(logits_N2P, target)

    def update_refiner(self) -> dict[str, float]:
        """As the parent's, with the candidate's loss and feature map."""
        synthetic = self.synthetic.draw()
        refined = self.refiner(synthetic)
        regularisation = self_regularisation(refined, synthetic, self.candidate.psi)
        self.discriminator.requires_grad_(False)
        adversarial = self.adversarial(self.discriminator(refined), REAL, fooling=True)
        loss = adversarial + self.config.lambda_ * regularisation
        with torch.autocast("cpu", enabled=False):
            if self.candidate.diversity:
                loss = loss + self.candidate.diversity * self.diversity(refined)
            if self.candidate.registration:
                shift = one_step_shift(synthetic, refined)
                loss = loss + self.candidate.registration * shift.square().sum(1).mean()
        self.refiner_optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if self.candidate.mirror:
            for weights in kernels(self.refiner):
                weights.grad = mirrored(weights.grad, also_down=self.candidate.mirror == "both")
        self.refiner_optimizer.step()
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

    def set_learning_rate(self) -> None:
        """As the parent's, perhaps from zero over the first steps."""
        super().set_learning_rate()
        share = min(1.0, (self.step + 1) / WARM_UP) if self.candidate.warm_up else 1.0
        for optimizer in (self.refiner_optimizer, self.discriminator_optimizer):
            for group in optimizer.param_groups:
                group["lr"] *= share


def kernels(refiner: Refiner) -> list[Any]:
    """The weights of all 3x3 convolutions."""
    return [weights for weights in refiner.parameters() if weights.shape[2:] == (3, 3)]


def run_candidate(name: str, folder: Path, *, seed: int = 0, steps: int = STEPS) -> dict[str, Any]:
    """Train one candidate and measure it."""
    candidate = CANDIDATES[name]
    source = folder / "unityeyes.h5"
    files = {"synthetic": str(source), "real": str(folder / "real.h5"), "seed": seed, "steps": steps}
    trainer = Tried(candidate, from_recipe("fast", {**files, **candidate.options}), folder / "run")
    began = time.monotonic()
    for _ in range(trainer.config.discriminator_pretrain_steps):
        trainer.pretrain()
    for trainer.step in range(steps):
        trainer.train_step()
    seconds = time.monotonic() - began
    test = render_eyes(N_TEST, domain="camera", seed=1)
    rendered, look_vec = read_labelled(source)
    if trainer.table is not None:  # what the exported file does too
        rendered = apply_table(rendered, trainer.table)
    error = error_of_refiner(trainer.average, (rendered, look_vec), (test.images, test.look_vec))
    look = trainer.look()
    found = {"name": name, "seed": seed, "steps": steps, "seconds": round(seconds), "degrees": round(error, 2)}
    return found | {key: round(look[key], 3) for key in SHOWN}


def main(names: list[str]) -> None:
    """Print a line of JSON for each candidate."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_sample_data(folder, n=N_EYES, seed=0)
        for wanted in names or CANDIDATES:
            name, _, seed = wanted.partition("#")
            print(json.dumps(run_candidate(name, folder, seed=int(seed or 0))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
