"""The sample eyes that experiments train on and are judged by."""

from __future__ import annotations

from pathlib import Path

from gazeaug.estimators.small_cnn import Labelled
from gazeaug.samples.renderer import render_eyes
from gazeaug.samples.sets import make_sample_data

MOST_TEST = 4_000


def sample_pair(folder: Path, n: int) -> tuple[Path, Path, Labelled]:
    """Rendered and camera eyes as two files, made once, and other camera eyes with their truth."""
    synthetic, real = folder / "unityeyes.h5", folder / "real.h5"
    if not (synthetic.is_file() and real.is_file()):
        make_sample_data(folder, rows=n, overwrite=True)
    test = render_eyes(min(MOST_TEST, n), domain="camera", seed=1)
    return synthetic, real, (test.images, test.look_vec)
