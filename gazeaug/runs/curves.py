"""The curves of a run: what is drawn of metrics.jsonl, with names, units and limits for people who read a page.

Imports no matplotlib; `gazeaug.runs.charts` draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gazeaug.drawing.charts import Limits

MOST_POINTS = 400  # of a line; a long run is thinned out evenly
COIN_TOSS = {"cross-entropy": math.log(2), "least-squares": 1.0}  # the loss of a discriminator that only guesses
AT_LEAST_0, PERCENT = (0.0, None), (0.0, 100.0)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One chart of a run."""

    title: str
    note: str
    columns: Mapping[str, str]
    """Columns of metrics.jsonl, and what their lines are called."""
    unit: str = ""
    limits: Limits = (None, None)
    """What cannot be beyond; estimates that are (an unbiased distance near 0) are drawn there."""
    levels: tuple[str, ...] = ()
    """Names of levels to compare with, of those that `levels_of` knows."""
    needs: str = ""
    """A column without which a line of metrics does not count."""

    @property
    def factor(self) -> float:
        """By which the numbers of metrics.jsonl are drawn: shares in percent."""
        return 100.0 if self.limits == PERCENT else 1.0


REACHED = [
    Curve(
        title="Distance to the real eyes",
        note="In brightness, contrast, detail and coarse layout (squared maximum mean discrepancy). Less is better.",
        columns={"distance": "distance"},
        limits=AT_LEAST_0,
        levels=("before refining",),
    ),
    Curve(
        title="Real eyes reached",
        note="Share of the real eyes that are similar to a refined eye. More is better.",
        columns={"reached": "reached"},
        unit="% of real eyes",
        limits=PERCENT,
        levels=("ordinary augmentation",),
    ),
    Curve(
        title="Movement of the iris",
        note="Between the synthetic eye and its refined version. Gaze labels stay valid where it is small.",
        columns={"drift_median": "median eye", "drift_p99": "99th percentile"},
        unit="pixels",
        limits=AT_LEAST_0,
    ),
    Curve(
        title="Sharpness and contrast",
        note="Refined over real eyes; 1 is right.",
        columns={"sharpness": "sharpness", "contrast": "contrast"},
        unit="ratio",
        limits=AT_LEAST_0,
        levels=("as real eyes",),
    ),
    Curve(
        title="Score",
        note="Share of the distance left, plus the iris' median movement in 55ths of the width. Less is better.",
        columns={"score": "score"},
        limits=AT_LEAST_0,
    ),
]
LOSSES = [
    Curve(
        title="Self-regularisation loss",
        note="How far the redrawn eye is from its input: mean absolute difference, pixels from -1 to 1.",
        columns={"self_regularisation": "self-regularisation"},
        limits=AT_LEAST_0,
    ),
    Curve(
        title="Adversarial loss of the refiner",
        note="High while the discriminator recognises refined eyes.",
        columns={"adversarial": "adversarial"},
        limits=AT_LEAST_0,
        levels=("coin toss",),
    ),
    Curve(
        title="Loss of the discriminator",
        note="Low where it tells real from refined eyes.",
        columns={"discriminator_real": "on real eyes", "discriminator_refined": "on refined eyes"},
        limits=AT_LEAST_0,
        levels=("coin toss",),
    ),
    Curve(
        title="Appearance loss",
        note="Distance between the appearances of refined and real eyes in a batch.",
        columns={"appearance": "appearance"},
    ),
    Curve(
        title="Gaze guard",
        note="How far a frozen network's reading of the gaze moves: squared, over the variance of the gaze.",
        columns={"gaze_guard": "gaze guard"},
        limits=AT_LEAST_0,
    ),
    Curve(
        title="Iris guard",
        note="How far the iris moves in the redrawn eye.",
        columns={"iris_guard": "iris guard"},
        unit="squared pixels, 55 a width",
        limits=AT_LEAST_0,
    ),
]
CHECKS = [
    Curve(
        title="Accuracy of the discriminator",
        note="On patches. Far higher on real eyes trained with than on held-out ones means overfitting.",
        columns={
            "accuracy_seen": "real, trained with",
            "accuracy_held_out": "real, held out",
            "accuracy_refined": "refined",
            "accuracy_history": "refined earlier",
        },
        unit="%",
        limits=PERCENT,
        levels=("coin toss, %",),
        needs="accuracy_seen",  # between validations the refined ones are those of a batch
    ),
    Curve(
        title="Patterns and brightness out of range",
        note="Refined eyes with a pattern of every second pixel above the real eyes' 99th percentile; darker than any "
        "real eye; lighter than any.",
        columns={"lattice": "pattern", "beyond_dark": "too dark", "beyond_light": "too light"},
        unit="% of refined eyes",
        limits=PERCENT,
    ),
    Curve(
        title="Change",
        note="Mean absolute change of a pixel: by the whole refiner, and by its convolutions alone.",
        columns={"change": "whole refiner", "redrawn": "convolutions"},
        unit="grey levels",
        limits=AT_LEAST_0,
    ),
    Curve(
        title="Correlation with the input",
        note="Of the median eye. Below 0, light and dark are swapped.",
        columns={"correlation": "correlation"},
        limits=(-1.0, 1.0),
    ),
]
SECTIONS: Mapping[str, Sequence[Curve]] = {"What was reached": REACHED, "Losses": LOSSES, "Checks": CHECKS}


def levels_of(
    domains: Mapping[str, float], adversarial_loss: str | None, reached_by_augmentation: float | None
) -> dict[str, float]:
    """What curves are compared with, by name: all that is known of a run."""
    known = {
        "before refining": domains.get("distance_ceiling"),
        "ordinary augmentation": None if reached_by_augmentation is None else 100 * reached_by_augmentation,
        "as real eyes": 1.0,
        "coin toss": COIN_TOSS.get(adversarial_loss or ""),
        "coin toss, %": 50.0,
    }
    return {name: value for name, value in known.items() if value is not None}
