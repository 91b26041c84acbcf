"""The sample eyes that experiments train on and are judged by."""

from __future__ import annotations

from pathlib import Path

from gazeaug.errors import InputError
from gazeaug.estimators.small_cnn import Labelled
from gazeaug.eyefile.reader import open_eyes
from gazeaug.samples.renderer import render_eyes
from gazeaug.samples.sets import SOURCE, make_sample_data

MOST_TEST = 4_000


def sample_pair(folder: Path, n: int, *, fresh: bool = False) -> tuple[Path, Path, Labelled]:
    """Rendered and camera eyes as two files, made once, and other camera eyes with their truth.

    Args:
        folder: where the files are.
        n: eyes in each.
        fresh: make files of another number anew.

    Raises:
        InputError: the files that are there hold another number of eyes, or are no sample eyes.
    """
    pair = synthetic, real = folder / "unityeyes.h5", folder / "real.h5"
    are_there = all(path.is_file() for path in pair)
    for path in filter(Path.is_file, pair):
        with open_eyes(path) as eyes:
            if eyes.provenance.get("source") != SOURCE:
                raise InputError(
                    f"{path}: exists already, and sample eyes would replace it; give --synthetic and --real to use "
                    "eyes of your own, or another --output."
                )
            if eyes.n_images != n and not fresh:
                raise InputError(
                    f"{path}: holds {eyes.n_images:,} sample eyes, not {n:,}; type the earlier command again, give "
                    "--fresh to start over, or another --output."
                )
            are_there = are_there and eyes.n_images == n
    if not are_there:
        make_sample_data(folder, rows=n, overwrite=True)
    test = render_eyes(min(MOST_TEST, n), domain="camera", seed=1)
    return synthetic, real, (test.images, test.look_vec)
