"""The two sets of a training run: whether they can be trained with, and which rows are looked at or kept apart.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.feeding.dataset import EyeDataset
from gazeaug.options import SMALLEST_SIDE
from gazeaug.refiner.histogram import matching_table
from gazeaug.runs.validation import WATCHED
from gazeaug.training.config import TrainConfig
from gazeaug.training.eye_scale import width_of_eyes

SAMPLES = 8
MATCHED = 4_096  # pictures of each kind that a histogram is taken from
COMPARED, COMPARED_VALUES = 2_000, 1 << 26  # most real pictures, and numbers in them, that they are compared with
HELD_OUT_SHARE = 5  # one real picture in so many is never trained on, up to `WATCHED`


class TrainingPair:
    """Rendered and real eyes, checked, the rendered ones' grey levels matched where the run says so.

    Attributes:
        synthetic, real: the sets.
        seen: rows of the real set to train on, in random order.
        held_out: rows of it that are never trained on.
        samples: the same few pictures of both for every grid, uint8 (N, H, W) or (N, H, W, 3).

    Raises:
        InputError: not eye files, or not to be trained with, see `check_pair`.
    """

    def __init__(self, config: TrainConfig) -> None:
        self.synthetic, self.real = EyeDataset(config.synthetic), EyeDataset(config.real)
        check_pair(self.synthetic, self.real, config.batch_size)
        if config.match == "histogram":
            samples = (eyes.read(evenly_spread(len(eyes), MATCHED)) for eyes in (self.synthetic, self.real))
            self.synthetic.look_up_in(matching_table(*samples))
        self.seen, self.held_out = hold_out(len(self.real), config.seed)
        rows = evenly_spread(min(len(self.synthetic), len(self.real)), SAMPLES)
        self.samples = self.synthetic.read(rows), self.real.read(rows)

    def compared(self) -> Iterator[NDArray[np.uint8]]:
        """Pictures to measure the run on: rendered, real ones that it trains on, real ones that it does not."""
        n_real = min(COMPARED, max(WATCHED, COMPARED_VALUES // int(np.prod(self.real.image_shape))))
        yield self.synthetic.read(np.arange(min(WATCHED, len(self.synthetic))))
        yield self.real.read(self.seen[:n_real])
        yield self.real.read(self.held_out)

    def facts(self, measured: Mapping[str, Any]) -> dict[str, Any]:
        """What the sets are, for config.json and the diagnosis: what was measured, their sizes, the eyes' scale."""
        found: dict[str, Any] = {"n_synthetic": len(self.synthetic), "n_real": len(self.real), **measured}
        for name, eyes in (("synthetic", self.synthetic), ("real", self.real)):
            width = width_of_eyes(eyes.path)
            found[name] = found[name] | ({} if width is None else {"eye_width": width})
        return found


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
