"""The two sets of a training run: whether they can be trained with, and which rows are looked at or kept apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eye_dataset import EyeDataset
from gazeaug.pixels import SMALLEST_SIDE

WATCHED = 128  # pictures of each kind that a look is taken at
HELD_OUT_SHARE = 5  # one real picture in so many is never trained on, up to `WATCHED`


def evenly_spread(n_rows: int, n: int) -> NDArray[np.int64]:
    """At most `n` row numbers from the first to the last, ascending."""
    return np.linspace(0, n_rows - 1, min(n, n_rows)).astype(np.int64)


def hold_out(n_real: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the real set to train on, and rows to keep apart for watching the run."""
    rows = np.random.default_rng([seed, n_real]).permutation(n_real)
    n_held_out = min(WATCHED, n_real // HELD_OUT_SHARE)
    return rows[n_held_out:], rows[:n_held_out]


def check_pair(synthetic: EyeDataset, real: EyeDataset, batch_size: int) -> None:
    """Refuse two sets that cannot be trained with.

    Raises:
        InputError: different or too small sizes, too few pictures, or a set of one constant picture.
    """
    if synthetic.image_shape != real.image_shape:
        raise InputError(
            f"{synthetic.path} holds pictures of {synthetic.size_text}, {real.path} of "
            f"{real.size_text}; bring both to one size with gazeaug prepare."
        )
    if min(synthetic.image_shape[:2]) < SMALLEST_SIDE:
        raise InputError(
            f"{synthetic.path}: pictures are {synthetic.size_text}, at least "
            f"{SMALLEST_SIDE} x {SMALLEST_SIDE} is needed."
        )
    for eyes in (synthetic, real):
        if len(eyes) < batch_size / 2:
            raise InputError(
                f"{eyes.path}: holds {len(eyes)} pictures, less than half a batch of {batch_size}; "
                "give more pictures or a smaller --batch-size."
            )
        first = eyes.read(np.array([0]))
        if (eyes.read(np.arange(min(len(eyes), 256))) == first).all() and (first == first.flat[0]).all():
            raise InputError(f"{eyes.path}: holds one constant picture, grey level {first.flat[0]} everywhere.")
