"""Validation without labels: how near the refined eyes came to real ones, and how far the irises moved for it.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gazeaug.drift.registration import JUDGED_WIDTH
from gazeaug.drift.registration_torch import iris_drift
from gazeaug.estimators.augmentation import augmented
from gazeaug.feeding.dataset import scaled
from gazeaug.refiner.discriminator import REAL, REFINED, Discriminator
from gazeaug.refiner.equalisation import as_ended
from gazeaug.refiner.history import History
from gazeaug.refiner.network import Refiner, Stages, to_levels
from gazeaug.runs.domain_distance import DomainDistance, sharpness
from gazeaug.runs.lattice import lattice_limit, share_beyond

N_VALIDATED = 128  # pictures of each kind that a validation takes
N_AUGMENTED = 4  # times that ordinary augmentation is drawn
FLATTEST = 127.5e-6  # grey levels: a set without contrast or detail divides by this
SAME_BRIGHTNESS = 2 / 127.5  # two grey levels: equalised eyes are nearly all of one brightness
FEWEST = 4  # pictures that a distance can be estimated from


class Validation:
    """Measures a refiner on pictures that stay the same for the whole run.

    Args:
        synthetic_NCHW: rendered eyes, float in -1..1.
        real_NCHW: real eyes that the run trains on; brightness, contrast, sharpness and lattice are compared with
            all of these, the rest with the first `N_VALIDATED`.
        held_out_NCHW: real eyes that it never trains on; none where the set is too small to spare any.
    """

    def __init__(self, synthetic_NCHW: Tensor, real_NCHW: Tensor, held_out_NCHW: Tensor) -> None:
        self.synthetic, self.held_out = synthetic_NCHW, held_out_NCHW
        self.real = real_NCHW[:N_VALIDATED].clone()  # not a view, which would keep them all
        self.real_appearance = appearance(real_NCHW)
        brightness_N = brightness_of_each(real_NCHW)
        self._darkest, self._lightest = float(brightness_N.min()), float(brightness_N.max())
        self._lattice_limit = lattice_limit(real_NCHW)
        self.distance = DomainDistance(self.real)
        self.floor = self.distance.to(held_out_NCHW) if len(held_out_NCHW) >= FEWEST else 0.0
        self.ceiling = self.distance.to(synthetic_NCHW)

    @torch.no_grad()
    def validate(self, refiner: Refiner, discriminator: Discriminator, history: History) -> dict[str, float]:
        """Measure the networks as they are.

        Returns:
            `score`: share of the distance to the real eyes that is left, plus the median drift in 55ths of the width
            (pixels of UnityEyes' usual crop), less is better; `distance`, `reached`: see `DomainDistance`; `change`:
            mean absolute change in grey levels, `redrawn`: what the convolutions do of it; `sharpness`, `contrast`:
            ratio of refined to real; `correlation`: median over pictures of refined with input, below 0 where light
            and dark have changed places; `drift_median`, `drift_p99`: of the iris, pixels; `lattice`: share of refined
            eyes above the real eyes' 99th percentile, see `lattice_of_each`; `beyond_dark`, `beyond_light`: share
            darker than the darkest real eye, lighter than the lightest, by more than two grey levels; `accuracy_*`:
            share that the discriminator gets right, of patches.
        """
        stages = Stages(refiner)(self.synthetic)
        refined = stages.picture
        shown, drift = appearance(refined), iris_drift(self.synthetic, refined)
        brightness_N = brightness_of_each(refined)
        distance = self.distance.to(refined)
        left = (distance - self.floor) / max(self.ceiling - self.floor, 1e-6)
        found = {
            "score": left + float(drift.median()) * JUDGED_WIDTH / refined.shape[3],
            "distance": distance,
            "reached": self.distance.reached_by(refined),
            "change": float((refined - self.synthetic).abs().mean()) * 127.5,
            "redrawn": float((stages.drawn - self.synthetic).abs().mean()) * 127.5,
            "sharpness": (shown["sharpness"] / max(self.real_appearance["sharpness"], FLATTEST)) ** 2,  # of energies
            "contrast": shown["contrast"] / max(self.real_appearance["contrast"], FLATTEST),
            "correlation": float(correlation(refined, self.synthetic).median()),
            "drift_median": float(drift.median()),
            "drift_p99": float(drift.quantile(0.99)),
            "lattice": share_beyond(refined, self._lattice_limit),
            "beyond_dark": float((brightness_N < self._darkest - SAME_BRIGHTNESS).float().mean()),
            "beyond_light": float((brightness_N > self._lightest + SAME_BRIGHTNESS).float().mean()),
            "accuracy_seen": accuracy(discriminator, self.real, REAL),
            "accuracy_refined": accuracy(discriminator, refined, REFINED),
        }
        if len(self.held_out) >= FEWEST:
            found["accuracy_held_out"] = accuracy(discriminator, self.held_out, REAL)
        if n := min(history.n_images, len(self.synthetic)):
            found["accuracy_history"] = accuracy(discriminator, history.images_NCHW[:n], REFINED)
        return found

    def reached_by_augmentation(self, ending: str) -> float:
        """Share of the real eyes that the rendered ones reach with ordinary augmentation: what refining has to beat.

        The mean over a few draws, the same ones for every run. Where the refiner ends in equalisation, the augmented
        eyes are equalised too, as an estimator for such eyes does with what it is given.
        """
        dice, levels = torch.Generator().manual_seed(0), to_levels(self.synthetic).cpu()
        drawn = (scaled(augmented(levels, "ordinary", dice)).to(self.synthetic.device) for _ in range(N_AUGMENTED))
        return sum(self.distance.reached_by(as_ended(images, ending)) for images in drawn) / N_AUGMENTED


def appearance(images_NCHW: Tensor) -> dict[str, float]:
    """Brightness, contrast and sharpness in grey levels."""
    return {
        "brightness": (float(images_NCHW.mean()) + 1) * 127.5,
        "contrast": float(images_NCHW.flatten(1).std(1).mean()) * 127.5,  # within a picture
        "sharpness": sharpness(images_NCHW) ** 0.5 * 127.5,
    }


def brightness_of_each(images_NCHW: Tensor) -> Tensor:
    """Mean grey level of every picture, (N,), in -1..1."""
    return images_NCHW.float().mean((1, 2, 3))


def correlation(first_NCHW: Tensor, second_NCHW: Tensor) -> Tensor:
    """Pearson's correlation of each pair of pictures, (N,); 0 for a picture of one grey."""
    a, b = (images.flatten(1) - images.flatten(1).mean(1, keepdim=True) for images in (first_NCHW, second_NCHW))
    lengths: Tensor = torch.linalg.vector_norm(a, dim=1) * torch.linalg.vector_norm(b, dim=1)
    return (a * b).sum(1) / lengths.clamp_min(1e-6)


def accuracy(discriminator: Discriminator, images_NCHW: Tensor, target: int) -> float:
    """Share of patches that are taken for what they are."""
    return float((discriminator(images_NCHW).argmax(1) == target).float().mean())
