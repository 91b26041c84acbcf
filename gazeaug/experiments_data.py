"""The eyes that experiments train on and are judged by: sample data, or a labelled file."""

from __future__ import annotations

from pathlib import Path

from gazeaug.experiments import Labelled
from gazeaug.eye_renderer import render_eyes
from gazeaug.eyes import open_eyes
from gazeaug.sample_eyes import make_sample_data

MOST_TEST = 4_000


def sample_pair(folder: Path, n: int) -> tuple[Path, Path, Labelled]:
    """Rendered and camera eyes as two files, made once, and other camera eyes with their truth."""
    synthetic, real = folder / "unityeyes.h5", folder / "real.h5"
    if not (synthetic.is_file() and real.is_file()):
        make_sample_data(folder, n=n, overwrite=True)
    test = render_eyes(min(MOST_TEST, n), domain="camera", seed=1)
    return synthetic, real, (test.images, test.look_vec)


def labelled_eyes(path: Path) -> Labelled:
    """The pictures and look_vec of a file, at most `MOST_TEST`, evenly from the first to the last.

    Raises:
        InputError: no such file, or no look_vec in it.
    """
    with open_eyes(path) as eyes:
        eyes.choose_labels(["look_vec"])
        step = max(1, -(-eyes.n_images // MOST_TEST))
        return eyes.read_images(0, eyes.n_images)[::step], eyes.read_label("look_vec", 0, eyes.n_images)[::step]
