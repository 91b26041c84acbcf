"""What a training achieved for the user's own two sets, judged without labels. Imports no torch.

By looks alone: whether a gaze estimator gains by them can only be said with labelled real eyes (`gazeaug evaluate`).
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
# What is trained resembles what the distance measures, and the distance counts augmentation's width against it: so
# refined eyes are only taken for nearer where they leave clearly less of the distance.
CLEARLY_LESS, CLEARLY_LESS_BY = 0.7, 0.05  # times what augmentation leaves; shares of the distance
ALIKE = 0.02  # distance between rendered and real eyes that a sample of 128 cannot tell from none


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The figures of a run's last validations, and what they say."""

    closed: float | None
    """Share of the distance between rendered and real eyes; None where the two lie too near each other."""
    closed_by_augmentation: float | None
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
            "verdict: " + ("not good: " + ", ".join(self.against) if self.against else "good, by looks alone"),
            *self._distance_lines(),
            *([] if self.lattice is None else [f"lattice: in {self.lattice:.1%} of refined eyes (1% of real ones)"]),
            f"drift of the iris: {self.drift_median:.2f} pixels (99th percentile {self.drift_p99:.2f})",
        ]

    def _distance_lines(self) -> list[str]:
        if self.closed is None:
            return ["distance: rendered and real eyes lie too near each other for this measure to say what was gained"]
        said = [f"distance to the real eyes: {self.closed:.0%} closed"]
        if self.closed_by_augmentation is None:
            return said
        beside = f"ordinary augmentation of the rendered eyes closes {self.closed_by_augmentation:.0%}"
        if is_clearly_nearer(self.closed, self.closed_by_augmentation):
            return [*said, f"{beside}; only gazeaug evaluate on labelled real eyes can say whether an estimator gains"]
        return [*said, f"{beside}, so it would probably do as well"]


def is_clearly_nearer(closed: float, by_augmentation: float) -> bool:
    """Whether refined eyes leave clearly less of the distance than ordinary augmentation does."""
    left, left_by_augmentation = 1 - closed, 1 - by_augmentation
    return left < CLEARLY_LESS * left_by_augmentation and left < left_by_augmentation - CLEARLY_LESS_BY


def judge(
    domains: Mapping[str, Any], validations: list[dict[str, float]], augmented_distance: float | None
) -> Verdict | None:
    """Judge a run.

    Args:
        domains: of its config.json.
        validations: its last ones.
        augmented_distance: of rendered eyes with ordinary augmentation to the real ones, see `DomainDistance`.

    Returns:
        None where nothing was validated.
    """
    if not validations or not domains:
        return None
    now = mean_of(validations)
    near = domains["distance_ceiling"] - domains["distance_floor"] < ALIKE
    closed = None if near else 1 - distance_left(domains, now["distance"])
    by_augmentation = None
    if augmented_distance is not None and closed is not None:
        by_augmentation = 1 - distance_left(domains, augmented_distance)
    against = [finding.name for finding in diagnose_training(domains, validations)]
    if closed is not None and closed < CLOSED:
        against.append("little of the distance closed")
    if closed is not None and by_augmentation is not None and not is_clearly_nearer(closed, by_augmentation):
        against.append("ordinary augmentation would probably do as well")
    return Verdict(
        closed=closed,
        closed_by_augmentation=by_augmentation,
        lattice=now.get("lattice"),
        drift_median=now["drift_median"],
        drift_p99=now["drift_p99"],
        against=against,
    )


def write_verdict(run: Path, augmented_distance: float) -> None:
    """Judge a run that has come to its end, and keep the verdict in its folder; nothing where nothing was validated."""
    found = judge(read_domains(run), read_validations(run), augmented_distance)
    if found is not None:
        write_json(run / VERDICT, dataclasses.asdict(found))


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
