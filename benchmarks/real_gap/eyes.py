"""Real eyes of three public sets, and which persons lend their pictures to the refiner and which are tested on.

Shapes: N pictures, 2 pitch and yaw in radians.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLUMBIA, UTMULTIVIEW, MPIIGAZE = TARGETS = ("columbia", "utmultiview", "mpiigaze")
PERSON, JITTER_DEGREES = 0, 2.0  # of MPIIGaze
EVEN_DEGREES = {COLUMBIA: (14.0, 19.0), UTMULTIVIEW: (28.0, 27.0)}  # largest pitch and yaw of the rendered eyes
HEAD_PITCH_DEGREES = {COLUMBIA: 0.0, UTMULTIVIEW: 15.0}  # UT Multiview's cameras stand above and below the screen

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RealEyes:
    """Pictures of some persons (of MPIIGaze: days of one person), and their truth."""

    images: NDArray[np.uint8]
    pitchyaw: Array
    persons: NDArray[np.str_]
    testable: NDArray[np.bool_]
    """Whether a picture is tested on: all but Columbia's turned heads."""
    head: Array | None = None
    constants: NDArray[np.str_] | None = None
    """Where gaze is known up to a constant: pictures of one name share theirs."""

    def rows(self, which: NDArray[np.bool_]) -> RealEyes:
        """Only these."""
        head = None if self.head is None else self.head[which]
        constants = None if self.constants is None else self.constants[which]
        return RealEyes(
            self.images[which], self.pitchyaw[which], self.persons[which], self.testable[which], head, constants
        )


@dataclass(frozen=True, eq=False)
class Fold:
    """Eyes to refine towards (their labels are for the ceiling alone), and eyes of other persons to test on."""

    learn: RealEyes
    test: RealEyes


def read_target(data: Path, target: str) -> RealEyes:
    """One of `TARGETS`, whole."""
    folder = "mpiigaze_p00" if target == MPIIGAZE else target
    with np.load(data / folder / "dev.npz") as file:
        found: dict[str, NDArray[Any]] = dict(file)
    everything = np.ones(len(found["image"]), bool)
    if target == MPIIGAZE:
        days = np.array([name.split("/")[1] for name in found["name"]])
        gaze, head = (found[f"{what}_pitchyaw"].astype(float) for what in ("gaze", "headpose"))
        return RealEyes(found["image"], gaze, days, everything, head)
    persons = np.array([f"{person:02d}" for person in found["person"]])
    if target == COLUMBIA:
        gaze = found["gaze_pitchyaw"].astype(float)
        return RealEyes(found["image"], gaze, persons, found["head_yaw_P_deg"] == 0)
    gaze = found["gaze_head_nominal_pitchyaw"].astype(float)
    constants = np.array([f"{person}/{camera}" for person, camera in zip(persons, found["camera"], strict=True)])
    return RealEyes(found["image"], gaze, persons, everything, constants=constants)


def folds_of(eyes: RealEyes, *, crossed: bool, validate: bool) -> list[Fold]:
    """Two halves of the persons: the one to refine towards, the other to test on; crossed, the other way round too.

    To validate, the persons whom the first fold refines towards are split again; its test persons are not looked at.
    """
    order = np.unique(eyes.persons)
    if validate:
        order = order[::2]
    halves = [order[::2], order[1::2]]
    pairs = [halves, halves[::-1]] if crossed else [halves]
    return [
        Fold(eyes.rows(np.isin(eyes.persons, learn)), eyes.rows(np.isin(eyes.persons, test) & eyes.testable))
        for learn, test in pairs
    ]


def drawn_angles(data: Path, target: str, n: int, seed: int) -> tuple[Array, Array]:
    """Gaze and head pose (N, 2) of rendered eyes: even over a range, or as MPIIGaze's other persons had them."""
    dice = np.random.default_rng(seed)
    if target != MPIIGAZE:
        most, head = np.deg2rad(EVEN_DEGREES[target]), np.deg2rad(HEAD_PITCH_DEGREES[target])
        return dice.uniform(-most, most, (n, 2)), dice.uniform((-head, 0), (head, 0), (n, 2))
    with np.load(data / "mpiigaze_eval_gaze.npz") as table:
        others = table["person"] != PERSON
        pairs = np.concatenate([table["gaze_pitchyaw"][others], table["headpose_pitchyaw"][others]], axis=1)
    drawn = pairs[dice.integers(len(pairs), size=n)] + dice.normal(0, np.deg2rad(JITTER_DEGREES), (n, 4))
    return drawn[:, :2], drawn[:, 2:]
