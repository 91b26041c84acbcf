"""What was tried to make `fast` better, one change at a time: `python -m benchmarks.candidates [NAME[#SEED] ...]`.

Every candidate trains on the same sample eyes; a gaze CNN then learns from the refined eyes and is tested on camera
eyes with true gaze. `--threads N` keeps to so many cores, `--infrared` makes the camera one that lights eyes with
infrared. What paid became an option of training, or a default.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gazeaug.estimators.network import GazeNetwork
from gazeaug.estimators.small_cnn import mean_angular_error, read_labelled, refined_by, train_gaze_cnn
from gazeaug.experiments.questions import ALL_REAL
from gazeaug.experiments.runs import subset
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.refiner.discriminator import REAL, REFINED
from gazeaug.refiner.histogram import apply_table
from gazeaug.refiner.losses import identity, local_adversarial, self_regularisation
from gazeaug.runs.domain_distance import sharpness
from gazeaug.samples.renderer import LOOKS, SampleEyes, render_eyes
from gazeaug.samples.sets import make_sample_data
from gazeaug.training.algorithm import algorithm_1, learning_rate, pretrain
from gazeaug.training.config import TrainConfig
from gazeaug.training.plan import plan_training
from gazeaug.training.state import TrainingState, build_state

N_EYES, N_TEST, WARM_UP = 10_000, 4_000, 200
# Skin and iris reflect infrared alike, the pupil does not; the lamp stands by the lens. Grey levels, as `LOOKS`.
INFRARED = {"skin": (150, 215), "sclera": (110, 165), "iris": (85, 150), "pupil": (8, 20), "glint": (0.9, 1.0)}
SHOWN = ("distance", "change", "sharpness", "contrast", "drift_median", "drift_p99")


def smoothed(logits: Tensor, target: int, *, fooling: bool) -> Tensor:
    """The paper's loss; the discriminator's targets are drawn in by 0.2."""
    shape = (logits.shape[0], logits.shape[2])
    return F.cross_entropy(logits.float(), torch.full(shape, target), label_smoothing=0.0 if fooling else 0.2)


def hinge(logits: Tensor, target: int, *, fooling: bool) -> Tensor:
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


@dataclass(frozen=True)
class Candidate:
    """One change: options of the recipe, a different loss, feature map or schedule, or only so many real eyes."""

    options: dict[str, Any] = field(default_factory=dict)
    n_real: int = ALL_REAL
    loss: Callable[..., Tensor] | None = None
    psi: Callable[[Tensor], Tensor] = identity
    spectral: bool = False
    warm_up: bool = False


# The refiner of one stage, which `fast` was before its camera.
ONE_STAGE: dict[str, Any] = {"camera": False, "appearance": 0.0, "fold": 1, "standardise": False}
ONE_STAGE |= {"styles": 4, "features": 24, "discriminator_width": 0.5, "shrink": 1, "gaze_guard": 0.0, "ending": "none"}

CANDIDATES = {
    "fast": Candidate(),
    "one stage": Candidate(ONE_STAGE),
    "camera alone": Candidate({"steps": 1, "camera_steps": 600}),
    "no appearance": Candidate({"appearance": 0.0}),
    "not folded": Candidate({"fold": 1}),
    "not standardised": Candidate({"standardise": False}),
    "discriminator rate 2.5": Candidate({"discriminator_rate": 2.5}),
    "discriminator rate 0.5, k_g 2": Candidate({"discriminator_rate": 0.5, "k_g": 2}),
    "discriminator sees pixels": Candidate({"shrink": 1}),
    "no gaze guard": Candidate({"gaze_guard": 0.0}),
    "gaze guard 5": Candidate({"gaze_guard": 5.0}),
    "gaze guard 50": Candidate({"gaze_guard": 50.0}),
    "structure": Candidate({"self_regularisation": "structure"}),
    "half discriminator": Candidate({"discriminator_width": 0.5}),
    "styles 4": Candidate({"styles": 4}),
    "features 16": Candidate({"features": 16}),
    "features 48": Candidate({"features": 48}),
    "2 blocks": Candidate({"blocks": 2}),
    "lambda 0.3": Candidate({"lambda_": 0.3}),
    "lambda 3": Candidate({"lambda_": 3.0}),
    "750 steps": Candidate({"steps": 750}),
    "3,000 steps": Candidate({"steps": 3_000}),
    "6,000 steps": Candidate({"steps": 6_000}),
    "batch 32": Candidate({"batch_size": 32}),
    "k_g 2": Candidate({"k_g": 2}),
    "no decay": Candidate({"decay": 0.0}),
    "no mean of the weights": Candidate({"ema": 0.0}),
    "fp32": Candidate({"precision": "fp32"}),
    "learning rate 4e-4": Candidate({"learning_rate": 4e-4}),
    "histogram matched": Candidate({"match": "histogram"}),
    "cross-entropy": Candidate({"adversarial_loss": "cross-entropy"}),
    "label smoothing 0.2": Candidate(loss=smoothed),
    "hinge": Candidate(loss=hinge),
    "spectral normalisation": Candidate(spectral=True),
    "warm-up": Candidate(warm_up=True),
    "psi normalised": Candidate(psi=normalised),
    "psi gradients": Candidate(psi=gradients),
    "psi blurred": Candidate(psi=blurred),
    "augmentation": Candidate({"augmentation": True}),
    "300 real": Candidate(n_real=300),
    "300 real, augmentation": Candidate({"augmentation": True}, n_real=300),
    "100 real": Candidate(n_real=100),
    "100 real, augmentation": Candidate({"augmentation": True}, n_real=100),
}


def trained(candidate: Candidate, **options: Any) -> TrainingState:
    """A run of `fast` with one thing done differently, at its end."""
    state = build_state(plan_training(**options))
    for layer in state.discriminator.layers if candidate.spectral else ():
        if isinstance(layer, nn.Conv2d):
            nn.utils.parametrizations.spectral_norm(layer)

    def adversarial(logits_N2P: Tensor, target: int, kind: str) -> Tensor:
        """The candidate's loss on one batch of logits; the discriminator has no gradient while it is being fooled."""
        if candidate.loss is None:
            return local_adversarial(logits_N2P, target, kind)
        fooling = not next(state.discriminator.parameters()).requires_grad
        return candidate.loss(logits_N2P, target, fooling=fooling)

    def warmed_up(config: TrainConfig, step: int) -> float:
        """As always, perhaps from zero over the first steps."""
        return learning_rate(config, step) * (min(1.0, (step + 1) / WARM_UP) if candidate.warm_up else 1.0)

    changes: dict[str, Any] = {"local_adversarial": adversarial, "learning_rate": warmed_up}
    changes["self_regularisation"] = partial(self_regularisation, features=candidate.psi)
    with mock.patch.multiple("gazeaug.training.algorithm", **changes):
        for _ in chain(pretrain(state), algorithm_1(state)):
            pass
    return state


def run_candidate(
    name: str, folder: Path, judge: GazeNetwork, test: SampleEyes, *, seed: int = 0, **options: Any
) -> dict[str, Any]:
    """Train one candidate and measure it.

    Args:
        name: of the candidate.
        folder: with the sample data.
        judge: learned from labelled camera eyes: how well does it see the gaze of refined ones?
        test: camera eyes with true gaze.
        seed: of the training.
        options: of the training, above the candidate's.
    """
    candidate = CANDIDATES[name]
    source = folder / "unityeyes.h5"
    real = subset(folder, folder / "real.h5", candidate.n_real)
    files = {"synthetic": str(source), "real": str(real), "seed": seed}
    began = time.monotonic()
    state = trained(candidate, run_dir=folder / "run", **{**files, **candidate.options, **options})
    seconds = time.monotonic() - began
    rendered, look_vec = read_labelled(source)
    if (table := state.plan.synthetic.table) is not None:  # what the exported file does too
        rendered = apply_table(rendered, table)
    refined = refined_by(state.average, rendered)
    error = mean_angular_error(train_gaze_cnn(refined, look_vec), test.images, test.look_vec)
    seen = mean_angular_error(judge, refined, look_vec)
    ours, real_ones = (sharpness(scaled(to_NCHW(eyes))) for eyes in (refined, test.images))
    measured = state.validate() | {"sharpness": ours / real_ones}
    found = {"name": name, "seed": seed, "steps": state.step, "seconds": round(seconds), "degrees": round(error, 2)}
    return found | {"camera's view": round(seen, 2)} | {key: round(measured[key], 3) for key in SHOWN}


def main() -> None:
    """Print a line of JSON for each candidate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(CANDIDATES))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--steps", type=int)
    parser.add_argument("--infrared", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    camera = LOOKS["camera"] | (INFRARED if given.infrared else {})
    with (
        tempfile.TemporaryDirectory() as temporary,
        mock.patch.dict(LOOKS, camera=camera),
        mock.patch("gazeaug.samples.sets.WORKERS", 10**9),  # no processes, which would not see those looks
    ):
        folder = Path(temporary)
        make_sample_data(folder, rows=N_EYES, seed=0)
        judge = train_gaze_cnn(*read_labelled(folder / "real_truth.h5"))
        test = render_eyes(N_TEST, domain="camera", seed=1)
        unrefined = train_gaze_cnn(*read_labelled(folder / "unityeyes.h5"))
        for name, network in (("rendered eyes", unrefined), ("labelled camera eyes", judge)):
            error = mean_angular_error(network, test.images, test.look_vec)
            print(json.dumps({"name": name, "degrees": round(error, 2)}), flush=True)
        for wanted in given.names:
            name, _, seed = wanted.partition("#")
            options = {} if given.steps is None else {"steps": given.steps}
            print(json.dumps(run_candidate(name, folder, judge, test, seed=int(seed or 0), **options)), flush=True)


if __name__ == "__main__":
    main()
