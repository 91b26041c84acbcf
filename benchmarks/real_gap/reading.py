"""What an estimator that learned from real eyes reads in rendered and in refined ones: looks, or geometry?

`python -m benchmarks.real_gap.reading --folder WORK`, after `python -m benchmarks.real_gap` with the same options: its
refiners are used. The usual question is what real eyes tell an estimator that learned from rendered ones. Asked the
other way round, the estimator is as good as it can be, and what it does not read is not in the picture as real eyes
have it. Where refining brings nothing here, the difference that is left is not one of looks.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.real_gap.__main__ import chosen_folds, refined_sets, source_eyes, trained_on, unrefined_rows
from benchmarks.real_gap.options import read_options
from gazeaug.drawing.tables import text_table
from gazeaug.evaluation.scores import errors_of
from gazeaug.gaze.angles import look_vec_to_pitchyaw, pitchyaw_to_look_vec

TITLES = ("read in", "pitch: correlation", "slope", "yaw: correlation", "slope", "degrees")
N_READ = 3_000

Array = NDArray[np.float64]


def reading(said_SN2: Array, truth_N2: Array) -> tuple[str, ...]:
    """Correlation and slope of pitch and yaw with the truth, and the error; means over seeds."""
    figures = []
    for axis in (0, 1):
        truth = truth_N2[:, axis]
        figures.append(f"{np.mean([np.corrcoef(said[:, axis], truth)[0, 1] for said in said_SN2]):.2f}")
        figures.append(f"{np.mean([np.polyfit(truth, said[:, axis], 1)[0] for said in said_SN2]):.2f}")
    return (*figures, f"{errors_of(said_SN2, pitchyaw_to_look_vec(truth_N2)).mean():.2f}")


def main() -> None:
    """Print a table for each target, of its first fold."""
    torch.set_num_threads(1)
    options = read_options()
    for target in options.targets:
        fold, source = chosen_folds(options, target)[0], source_eyes(options, target)
        refined, rows = refined_sets(options, source, fold)[0], slice(N_READ)
        *_, learn = unrefined_rows(source, fold)  # the real eyes that the refiner is trained towards
        head, test_head = (None, None) if source.head_pose is None else (source.head_pose[rows], fold.test.head)
        trained = trained_on(options, learn)
        truth = look_vec_to_pitchyaw(source.look_vec[rows, :3])
        lines = [
            (name, *reading(np.stack([estimator(images, pose) for estimator in trained]), gaze))
            for name, images, pose, gaze in (
                ("real eyes of other persons", fold.test.images, test_head, fold.test.pitchyaw),
                (options.source, source.images[rows], head, truth),
                (f"refined, {options.label}", refined[rows], head, truth),
            )
        ]
        print(f"### {target}\n\n{text_table([TITLES, *lines])}\n", flush=True)


if __name__ == "__main__":
    main()
