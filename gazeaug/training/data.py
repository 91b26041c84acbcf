"""Which two sets a training run takes when they are not both named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gazeaug.errors import InputError
from gazeaug.samples.sets import make_sample_data
from gazeaug.training.config import TrainConfig

SYNTHETIC, REAL = Path(TrainConfig.synthetic), Path(TrainConfig.real)
N_SAMPLES = 10_000


def is_sample_data_needed(synthetic: Path | str | None, real: Path | str | None) -> bool:
    """Whether neither set is named, and neither stands here under its usual name."""
    return synthetic is None and real is None and not any(path.exists() for path in (SYNTHETIC, REAL))


def find_training_data(
    synthetic: Path | str | None, real: Path | str | None, *, announce: Callable[[str], None]
) -> tuple[Path, Path]:
    """The sets given, else unityeyes.h5 and real.h5 here, else sample data made as those two files.

    Args:
        synthetic: rendered eyes, if named.
        real: eyes of the target domain, if named.
        announce: told in one line when sample data is made.

    Raises:
        InputError: only one of the two is there: eyes must not be refined towards the wrong domain by accident.
    """
    pair = Path(synthetic or SYNTHETIC), Path(real or REAL)
    if is_sample_data_needed(synthetic, real):
        if int(os.environ.get("WORLD_SIZE", 1)) > 1:
            raise InputError(f"{SYNTHETIC}: several processes need it made before; type gazeaug sample-data first.")
        announce(f"no {SYNTHETIC} and no {REAL} here: making {N_SAMPLES:,} sample eyes of each as those two files")
        make_sample_data(Path(), rows=N_SAMPLES)
        return pair
    for path, name, meant, kind in [
        (pair[0], "--synthetic", "rendered", "unityeyes"),
        (pair[1], "--real", "unlabelled real", "folder"),
    ]:
        if not path.exists():
            raise InputError(
                f"{path}: no such file; name the {meant} eyes with {name}, or make them first, as with "
                f"gazeaug prepare {kind} PICTURES -o {path}."
            )
    return pair
