"""Where an offset of yaw comes from: `python -m benchmarks.real_gap.offset --folder WORK`, after `benchmarks.real_gap`.

Two things move what an estimator reads of yaw in all eyes alike: light from one side, and crops that stand to one
side. The first is measured as how light the sclera is on either side of the iris, the second by moving the test eyes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.real_gap.__main__ import chosen_folds, refined_sets, source_eyes, trained_on
from benchmarks.real_gap.options import read_options
from gazeaug.drawing.tables import text_table
from gazeaug.drift.registration_torch import find_iris
from gazeaug.evaluation.scores import errors_of
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.gaze.angles import pitchyaw_to_look_vec

BESIDE, BELOW = np.arange(9, 14), np.arange(4)  # pixels from the middle of the iris to the sclera; rows under it
MOVES = (-1, 0, 1, 2)  # pixels to the right, away from the nose
N_LOOKED_AT = 1_500

Images = NDArray[np.uint8]


def sclera_ratio(images: Images) -> float:
    """How much lighter the sclera is on the nose's side (left) of the iris than on the other, over all pictures."""
    images = images[evenly_spread(len(images), N_LOOKED_AT)]
    x_N, y_N = find_iris(scaled(to_NCHW(images))).round().int().numpy().T
    height, width = images.shape[1:]
    rows = np.clip(y_N[:, None, None] + BELOW[:, None], 0, height - 1)
    left, right = (
        images[np.arange(len(images))[:, None, None], rows, np.clip(x_N[:, None, None] + side * BESIDE, 0, width - 1)]
        for side in (-1, 1)
    )
    return float(left.mean() / right.mean())


def moved(images: Images, right: int) -> Images:
    """Every picture moved by whole pixels; edges are repeated."""
    columns = np.clip(np.arange(images.shape[2]) - right, 0, images.shape[2] - 1)
    return images[:, :, columns]


def main() -> None:
    """Print both for each target's first fold."""
    torch.set_num_threads(1)
    options = read_options()
    for target in options.targets:
        fold, source = chosen_folds(options, target)[0], source_eyes(options, target)
        refined = refined_sets(options, source, fold)[0]
        truth, head = fold.test.pitchyaw, None if source.head_pose is None else fold.test.head
        print(f"### {target}\n\nsclera, nose's side over the other: real {sclera_ratio(fold.test.images):.2f}")
        lines = []
        for name, images in ((options.source, source.images), (f"refined, {options.label}", refined)):
            print(f"{name}: {sclera_ratio(images):.2f}", flush=True)
            trained = trained_on(options, replace(source, images=images))
            for right in MOVES:
                said = np.stack([estimator(moved(fold.test.images, right), head) for estimator in trained])
                error = errors_of(said, pitchyaw_to_look_vec(truth)).mean()
                pitch, yaw = np.rad2deg(said - truth).mean((0, 1))
                lines.append((name, f"{right}", f"{error:.2f}", f"{pitch:+.1f}", f"{yaw:+.1f}"))
        titles = ("trained on", "test eyes moved right, px", "degrees", "offset of pitch", "of yaw")
        print(f"\n{text_table([titles, *lines])}\n", flush=True)


if __name__ == "__main__":
    main()
