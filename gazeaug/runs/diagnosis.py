"""What is wrong with a run, in words, and what to change. Reads the run's own numbers; imports no torch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeaug.drift.registration import JUDGED_WIDTH
from gazeaug.errors import InputError
from gazeaug.runs.folder import CONFIG, METRICS, read_lines

RECENT = 3  # validations that a judgement rests on, so that one odd batch does not decide
IDLE = "idle refiner"
IDLE_GREY_LEVELS = 4.0  # the published Keras recipe changes 2.6 after 1,000 steps, 1.1 after 8,000
WON, LOST = 0.9, 0.55  # accuracy of the discriminator, mean of real and refined
GAP_LEFT = 0.5  # share of the distance between the sets that counts as "nothing gained yet"
FADED = 0.5  # contrast of refined eyes over that of real ones
DRIFT_MEDIAN, DRIFT_P99 = 1.0, 4.0  # pixels of 55; the paper's own users' eyes moved by 1.1 +- 0.8
LATTICE, BEYOND = 0.05, 0.05  # share of refined eyes; 0.01 and 0 are real eyes' own
OVERFIT = 0.15  # accuracy on real pictures trained with, less that on real pictures held out
FEW_REAL = 500
BRIGHTNESS, RATIO = 50.0, 1.6  # between the two sets: grey levels (the sample sets differ by 42), a factor of contrast
SCALE = 1.1  # between the widths of eyes: what `prepare` makes of renders, photographs and MPIIGaze agrees within it


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    name: str
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}; {self.remedy}"


def diagnose(run: Path) -> list[Finding]:
    """Everything that the numbers of a run speak against; empty for a healthy one.

    Raises:
        InputError: the folder is not a training run.
    """
    if not (run / CONFIG).is_file():
        raise InputError(f"{run}: not a training run; it holds no {CONFIG}.")
    domains = json.loads((run / CONFIG).read_text("utf-8")).get("domains", {})
    return [*diagnose_domains(domains), *diagnose_training(domains, read_validations(run))]


def read_validations(run: Path) -> list[dict[str, float]]:
    """The last validations of a run, which judgements rest on."""
    return [line for line in read_lines(run / METRICS) if "distance" in line][-RECENT:]


def describe(domains: Mapping[str, Any]) -> Iterator[str]:
    """A line for each set: how many pictures, and what they look like."""
    for name in ("synthetic", "real"):
        found = domains[name]
        width = found.get("eye_width")
        scale = "scale not known: no landmarks" if width is None else f"eyes {width:.0%} of the width"
        yield (
            f"{name}: {domains['n_' + name]:,} pictures, brightness {found['brightness']:.0f}, contrast "
            f"{found['contrast']:.0f}, sharpness {found['sharpness']:.1f} grey levels; {scale}"
        )


def diagnose_domains(domains: Mapping[str, Any]) -> Iterator[Finding]:
    """What speaks against a pair of sets before anything is trained."""
    if not domains:
        return
    synthetic, real = domains["synthetic"], domains["real"]
    if domains["n_real"] < FEW_REAL:
        yield Finding(
            "few real eyes",
            f"{domains['n_real']} real pictures; the discriminator can overfit to them",
            f"collect {FEW_REAL} or more, or use --augmentation, and compare accuracy_seen with accuracy_held_out",
        )
    if abs(synthetic["brightness"] - real["brightness"]) > BRIGHTNESS:
        yield Finding(
            "different brightness",
            f"the rendered eyes have a mean of {synthetic['brightness']:.0f} grey levels, the real ones "
            f"{real['brightness']:.0f}",
            "preprocess both sets alike (both histogram-equalised, or neither), or train for more steps",
        )
    ratio = real["contrast"] / max(synthetic["contrast"], 1e-6)
    if not 1 / RATIO <= ratio <= RATIO:
        yield Finding(
            "different contrast",
            f"{synthetic['contrast']:.0f} grey levels within a rendered eye, {real['contrast']:.0f} within a real one",
            "preprocess both sets alike (is one of them histogram-equalised?)",
        )
    widths = [found.get("eye_width") for found in (synthetic, real)]
    if all(widths) and not 1 / SCALE <= widths[1] / widths[0] <= SCALE:
        yield Finding(
            "different scale",
            f"from corner to corner a rendered eye takes {widths[0]:.0%} of the picture's width, a real one "
            f"{widths[1]:.0%}; the refiner would learn to change the size of the eye",
            "prepare one of them again with another --margin",
        )


def diagnose_training(domains: Mapping[str, Any], validations: Sequence[Mapping[str, float]]) -> Iterator[Finding]:
    """What speaks against the training, judged by the mean of its last validations."""
    if not validations:
        return
    now = mean_of(validations)
    left = distance_left(domains, now["distance"])
    accuracy_refined = now["accuracy_refined"]
    redrawn = now.get("redrawn", now["change"])  # runs of earlier versions had no camera
    if redrawn < IDLE_GREY_LEVELS and left > GAP_LEFT:
        yield Finding(
            IDLE,
            f"the convolutions change their input by {redrawn:.1f} grey levels, and {left:.0%} of the distance between "
            "the sets is left",
            "train longer, lower --lambda, or raise --learning-rate or --k-g",
        )
    if now["accuracy_seen"] + accuracy_refined > 2 * WON and left > GAP_LEFT:
        yield Finding(
            "discriminator won",
            f"it recognises {now['accuracy_seen']:.0%} of real and {accuracy_refined:.0%} of refined patches, so the "
            "refiner learns nothing from it",
            "lower --lambda, lower --learning-rate, or raise --k-g",
        )
    if now["accuracy_seen"] + accuracy_refined < 2 * LOST and left > GAP_LEFT:
        yield Finding(
            "discriminator lost",
            f"it is right on {now['accuracy_seen']:.0%} of real and {accuracy_refined:.0%} of refined patches, though "
            f"{left:.0%} of the distance between the sets is left",
            "raise --k-d, --discriminator-pretrain-steps or --learning-rate",
        )
    if now["contrast"] < FADED:
        yield Finding(
            "collapsed contrast",
            f"refined eyes have {now['contrast']:.0%} of the contrast of real ones",
            "raise --lambda, lower --learning-rate",
        )
    if now["correlation"] < 0:
        yield Finding(
            "inverted polarity",
            f"light and dark are swapped (correlation with the input {now['correlation']:.2f})",
            "raise --lambda to 4 or more, and preprocess both sets alike",
        )
    pixel = domains.get("width", JUDGED_WIDTH) / JUDGED_WIDTH
    if now["drift_median"] > DRIFT_MEDIAN * pixel or now["drift_p99"] > DRIFT_P99 * pixel:
        yield Finding(
            "labels drifting",
            f"refining moves the iris by {now['drift_median']:.1f} pixels (99th percentile {now['drift_p99']:.1f}), so "
            "the gaze labels no longer fit",
            "raise --lambda, and crop both sets at the same scale",
        )
    by_chance = 2 / (domains.get("n_real", math.inf) + 1)  # share of more real eyes beyond the extremes of so many
    if now.get("lattice", 0.0) > LATTICE + by_chance:  # runs of earlier versions did not look for one
        yield Finding(
            "lattice",
            f"{now['lattice']:.0%} of refined eyes carry a pattern of every second pixel that real eyes do not have",
            "train longer, and check the sample grids at full size",
        )
    beyond = now.get("beyond_dark", 0.0), now.get("beyond_light", 0.0)
    if sum(beyond) > BEYOND + by_chance:
        yield Finding(
            "brightness out of range",
            f"{beyond[0]:.0%} of refined eyes are darker than the darkest real one, {beyond[1]:.0%} lighter than the "
            "lightest",
            "train longer, raise --appearance, or collect real eyes in more kinds of light",
        )
    if now.get("accuracy_held_out", 1.0) < now["accuracy_seen"] - OVERFIT:
        yield Finding(
            "discriminator overfits",
            f"it recognises {now['accuracy_seen']:.0%} of the real patches that it trains on, but "
            f"{now['accuracy_held_out']:.0%} of those held out",
            "collect more real eyes, or train with --augmentation or for fewer steps",
        )


def mean_of(validations: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of every measurement that all of them hold."""
    names = set.intersection(*map(set, validations))
    return {name: sum(found[name] for found in validations) / len(validations) for name in names}


def distance_left(domains: Mapping[str, Any], distance: float) -> float:
    """A distance to the real eyes as a share of that between the two sets."""
    floor, ceiling = domains.get("distance_floor", 0.0), domains.get("distance_ceiling", 0.0)
    return float((distance - floor) / max(ceiling - floor, 1e-6))
