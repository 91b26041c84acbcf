"""How real refined eyes look, without labels: told apart or not, distance, sharpness, contrast, spectra, lattice.

Everything is measured on a sample of each file, evenly spread over its rows. The real eyes are also compared with
themselves, one half with the other: that is what nothing could do better than.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from gazeaug import provenance
from gazeaug.effort import Effort, effort_since
from gazeaug.errors import InputError
from gazeaug.estimators.network import n_channels
from gazeaug.evaluation.intervals import Estimate, mean_of
from gazeaug.evaluation.two_sample_test import told_apart
from gazeaug.eyefile.origin import not_to_compare, settle_aloud
from gazeaug.eyefile.pixels import size_text
from gazeaug.eyefile.reader import open_eyes
from gazeaug.feeding.dataset import to_NCHW
from gazeaug.feeding.devices import choose_device, gpu_name
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.runs.domain_distance import DomainDistance, sharpness_of_each
from gazeaug.runs.lattice import share_above
from gazeaug.units.worklog import identify_file

FEWEST, N_BLOCKS = 80, 8  # pictures of a file; parts that the distance is measured between, each with its own
REAL_HALVES = "real, half against half"
GREY = 127.5  # grey levels a unit of -1..1
# Immerkaer 1996, "Fast noise variance estimation": edges cancel out of it, noise does not.
NOISE_KERNEL = torch.tensor([[1.0, -2, 1], [-2, 4, -2], [1, -2, 1]])[None, None]

Images = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What the pictures of one set are like."""

    sharpness: Estimate
    """Grey levels: root of the mean square of what a 3 x 3 mean takes away."""
    contrast: Estimate
    """Grey levels: deviation within a picture."""
    noise: Estimate
    """Grey levels: deviation of white noise, Immerkaer 1996."""
    spectrum: list[tuple[float, float]]
    """Cycles a pixel, and power there in decibels over one squared grey level."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How one set of pictures compares with the real one."""

    told_apart: Estimate
    """Share that a classifier gets right; 0.5 is a toss."""
    distance: Estimate
    """Squared maximum mean discrepancy, see `DomainDistance`; about 0 for pictures of one kind."""
    spectrum_decibels: float
    """Mean absolute difference of the spectra."""
    lattice: float
    """Share of pictures with more of a two-pixel lattice than 99 % of the real ones, see `lattice_of_each`."""


@dataclass(frozen=True)
class Realism:
    """What was found, and what is needed to find it again."""

    looks: dict[str, Looks]
    """By set: synthetic where given, refined, real."""
    likeness: dict[str, Likeness]
    """Against the real eyes: synthetic where given, refined, and one half of the real eyes against the other."""
    facts: dict[str, Any]
    effort: Effort | None = None
    """What it cost to measure."""

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the effort: the same command on the same files gives the same ones."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "effort"}


def measure_realism(
    refined: Path | str,
    real: Path | str,
    *,
    synthetic: Path | str | None = None,
    rows: int = 2000,
    seed: int = 0,
    device: str = "auto",
    force: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Realism:
    """Compare refined eyes with real ones, and synthetic ones beside them.

    Args:
        refined, real, synthetic: eye files of one size; no labels are needed.
        rows: pictures of each file at most.
        seed: of the classifiers.
        device: where the classifiers are trained; see `gazeaug.devices`.
        force: go on although the files say that they are the wrong ones.
        say: told what comes next.

    Raises:
        InputError: files that say that they are the wrong ones, other sizes, fewer than 80 pictures, or a device that
            is not there.
    """
    began = time.monotonic()
    place = choose_device(device)
    settle_aloud(not_to_compare(refined, real, synthetic), force=force)
    paths = {"synthetic": synthetic, "refined": refined, "real": real}
    sets = {name: read_sample(Path(path), rows) for name, path in paths.items() if path is not None}
    check_sizes({str(paths[name]): images for name, images in sets.items()})
    looks = {name: looks_of(images) for name, images in sets.items()}
    likeness = {}
    for name in list(sets)[:-1]:
        say(f"{name}: {len(sets[name]):,} pictures against {len(sets['real']):,} real ones")
        likeness[name] = likeness_of(sets[name], sets["real"], seed, device)
    say("real: one half against the other")
    # Alternate rows would be near twins in a film; halves that lie apart are what two sets are.
    middle = len(sets["real"]) // 2
    likeness[REAL_HALVES] = likeness_of(sets["real"][:middle], sets["real"][middle:], seed, device)
    return Realism(looks, likeness, facts_of(paths, sets, seed), effort_since(began, gpu=gpu_name(place)))


def read_sample(path: Path, rows: int) -> Images:
    """Pictures evenly spread over a file.

    Raises:
        InputError: too few of them.
    """
    with open_eyes(path) as eyes:
        if min(eyes.n_images, rows) < FEWEST:
            raise InputError(
                f"{path}: at least {FEWEST} pictures are needed, found {eyes.n_images:,} and --rows {rows:,}."
            )
        return eyes.read_rows(evenly_spread(eyes.n_images, rows))


def check_sizes(sets: Mapping[str, Images]) -> None:
    """Refuse files that cannot be compared.

    Raises:
        InputError: other sizes.
    """
    *others, (real, wanted) = sets.items()
    for path, images in others:
        if images.shape[1:] != wanted.shape[1:]:
            found, goal = (
                size_text(pictures.shape[1], pictures.shape[2], n_channels(pictures.shape[1:]))
                for pictures in (images, wanted)
            )
            raise InputError(f"{path}: pictures are {found}, those of {real} {goal}; prepare both alike.")


def likeness_of(images: Images, real: Images, seed: int, device: str = "auto") -> Likeness:
    """Everything that compares a set with the real one."""
    spectra = [np.array(spectrum(scaled_grey(pictures)))[:, 1] for pictures in (images, real)]
    return Likeness(
        told_apart=told_apart(images, real, seed=seed, device=device),
        distance=distance(images, real, seed),
        spectrum_decibels=float(np.abs(spectra[0] - spectra[1]).mean()),
        lattice=share_above(to_NCHW(images).float() / GREY - 1, to_NCHW(real).float() / GREY - 1),
    )


def distance(images: Images, real: Images, seed: int) -> Estimate:
    """Mean of the unbiased distances between parts of both sets, which share no picture (Zaremba et al. 2013)."""
    rng = np.random.default_rng(seed)
    parts = [np.array_split(rng.permutation(len(pictures)), N_BLOCKS) for pictures in (images, real)]
    found = [
        DomainDistance(to_NCHW(real[b]).float() / GREY - 1).to(to_NCHW(images[a]).float() / GREY - 1)
        for a, b in zip(*parts, strict=True)
    ]
    return mean_of(np.array(found))


def looks_of(images: Images) -> Looks:
    """Measure one set."""
    grey = scaled_grey(images)
    squares = sharpness_of_each(grey).double().numpy()
    mean = mean_of(squares * GREY**2)
    contrast = grey.flatten(1).std(1).double().numpy() * GREY
    noise = F.conv2d(grey, NOISE_KERNEL).abs().mean((1, 2, 3)).double().numpy() * GREY * math.sqrt(math.pi / 2) / 6
    return Looks(
        sharpness=Estimate(*(math.sqrt(max(value, 0.0)) for value in (mean.value, mean.low, mean.high))),
        contrast=mean_of(contrast),
        noise=mean_of(noise),
        spectrum=spectrum(grey),
    )


def scaled_grey(images: Images) -> Tensor:
    """(N, 1, H, W) in -1..1."""
    return to_NCHW(images).float().mean(1, keepdim=True) / GREY - 1


def spectrum(grey_N1HW: Tensor) -> list[tuple[float, float]]:
    """Power by frequency, rings of all directions together, of pictures less their mean under a Hann window."""
    height, width = grey_N1HW.shape[2:]
    window = torch.hann_window(height)[:, None] * torch.hann_window(width)[None, :]
    given = (grey_N1HW[:, 0] - grey_N1HW[:, 0].mean((1, 2), keepdim=True)) * window * GREY
    power = torch.fft.rfft2(given).abs().square().mean(0) / window.square().sum()
    frequency = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None, :])
    n_rings = min(height, width) // 2
    ring = (frequency * 2 * n_rings).round().long()
    centres = [(i / (2 * n_rings), power[ring == i].mean().clamp_min(1e-6)) for i in range(1, n_rings + 1)]
    return [(at, 10 * math.log10(float(value))) for at, value in centres]


def facts_of(paths: Mapping[str, Path | str | None], sets: Mapping[str, Images], seed: int) -> dict[str, Any]:
    """What the same comparison needs once more."""
    return {
        "files": {name: identify_file(Path(str(paths[name]))) for name in sets},
        "pictures": {name: len(images) for name, images in sets.items()},
        "seed": seed,
        "provenance": provenance.make("torch"),
    }
