"""What a training achieved for the user's own two sets, judged without labels. Imports no torch.

From the pictures alone: whether a gaze estimator gains is measured with labelled real eyes (`gazeaug evaluate`).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeaug.outputs import write_json
from gazeaug.runs.diagnosis import diagnose_training, distance_left, mean_of, read_validations
from gazeaug.runs.folder import CONFIG, read_state

VERDICT = "verdict.json"
CLOSED = 0.5  # less of the distance than this is little
# Shares of the real eyes that are like a refined eye, and like an augmented one. On the simulated cameras of
# benchmarks/cameras they order refining and augmentation as gaze estimators do (docs/training.md); the distance would
# not, since it is like what is trained, and counts augmentation's width against it.
CLEARLY_MORE = 0.03
FEW = 0.1  # shares below it say nothing of augmentation: framing, lids or heads differ, which a refiner leaves alone
ALIKE = 0.02  # distance between rendered and real eyes that a sample of 128 cannot tell from none


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The figures of a run's last validations, and what they say."""

    closed: float | None
    """Share of the distance between rendered and real eyes; None where the two lie too near each other."""
    reached: float | None
    """Share of the real eyes that are like a refined one; None for runs of earlier versions."""
    reached_by_augmentation: float | None
    """The same for rendered eyes with ordinary augmentation; None where that was not measured."""
    lattice: float | None
    """Share of refined eyes above the real eyes' 99th percentile; None for runs of earlier versions."""
    drift_median: float
    """Pixels."""
    drift_p99: float
    """Pixels."""
    against: list[str]
    """What speaks against using the refiner, a few words each; empty for a good verdict."""

    def lines(self) -> list[str]:
        """Sentences without their full stops, the judgement first."""
        return [
            "verdict (pictures only, no labels): "
            + ("not good: " + ", ".join(self.against) if self.against else "good"),
            *self._distance_lines(),
            *self._reach_lines(),
            *(
                []
                if self.lattice is None
                else [f"lattice pattern: in {self.lattice:.1%} of refined eyes (1% of real ones)"]
            ),
            f"iris drift: {self.drift_median:.2f} pixels (99th percentile {self.drift_p99:.2f})",
        ]

    def _distance_lines(self) -> list[str]:
        if self.closed is None:
            return ["distance: rendered and real eyes are too similar for this measure to show a gain"]
        return [f"distance to the real eyes: {self.closed:.0%} closed"]

    def _reach_lines(self) -> list[str]:
        if self.reached is None:
            return []
        said = f"real eyes similar to a refined eye: {self.reached:.0%}"
        if self.reached_by_augmentation is not None:
            said += f"; to a rendered eye with ordinary augmentation: {self.reached_by_augmentation:.0%}"
        if self.reached < FEW:
            return [
                f"{said}; few: the two sets may differ in framing, lids or head poses, which a refiner does not change"
            ]
        if is_no_better(self.reached, self.reached_by_augmentation):
            return [f"{said}; augmentation alone would probably do as well"]
        return [f"{said}; gazeaug evaluate with labelled real eyes measures whether a gaze estimator gains"]


def is_no_better(reached: float | None, by_augmentation: float | None) -> bool:
    """Whether refined eyes are known to be like hardly more of the real ones than augmented eyes are."""
    return reached is not None and by_augmentation is not None and reached <= by_augmentation + CLEARLY_MORE


def judge(
    domains: Mapping[str, Any], validations: list[dict[str, float]], reached_by_augmentation: float | None
) -> Verdict | None:
    """Judge a run.

    Args:
        domains: of its config.json.
        validations: its last ones.
        reached_by_augmentation: share of the real eyes, see `DomainDistance.reached_by`.

    Returns:
        None where nothing was validated.
    """
    if not validations or not domains:
        return None
    now = mean_of(validations)
    near = domains["distance_ceiling"] - domains["distance_floor"] < ALIKE
    closed = None if near else 1 - distance_left(domains, now["distance"])
    against = [finding.name for finding in diagnose_training(domains, validations)]
    if closed is not None and closed < CLOSED:
        against.append("little of the distance closed")
    if is_no_better(now.get("reached"), reached_by_augmentation):
        few = now["reached"] < FEW
        against.append(
            "few real eyes are similar to a refined one" if few else "ordinary augmentation would probably do as well"
        )
    return Verdict(
        closed=closed,
        reached=now.get("reached"),
        reached_by_augmentation=reached_by_augmentation,
        lattice=now.get("lattice"),
        drift_median=now["drift_median"],
        drift_p99=now["drift_p99"],
        against=against,
    )


def write_verdict(run: Path, reached_by_augmentation: float) -> Verdict | None:
    """Judge a run that has come to its end, and keep the verdict in its folder; nothing where nothing was validated."""
    found = judge(read_domains(run), read_validations(run), reached_by_augmentation)
    if found is not None:
        write_json(run / VERDICT, dataclasses.asdict(found))
    return found


def read_verdict(run: Path) -> Verdict | None:
    """The verdict of a run: the one in its folder, or by its metrics where it has not come to its end.

    Returns:
        None where nothing was validated yet, or the folder is no run.
    """
    if (run / VERDICT).is_file() and read_state(run).get("complete"):  # one that is resumed has an old verdict
        return Verdict(**json.loads((run / VERDICT).read_text("utf-8")))
    return judge(read_domains(run), read_validations(run), None)


def read_domains(run: Path) -> dict[str, Any]:
    """What config.json says of the two sets; empty where it says nothing."""
    try:
        found: dict[str, Any] = json.loads((run / CONFIG).read_text("utf-8")).get("domains", {})
    except FileNotFoundError:
        return {}
    return found
