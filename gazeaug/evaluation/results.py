"""The results of an evaluation, and the folder that holds them: written whole, read back without training."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeaug.effort import Effort
from gazeaug.errors import InputError
from gazeaug.evaluation.evidence import PREDICTIONS, Evidence, load_evidence, save_evidence
from gazeaug.evaluation.intervals import Estimate
from gazeaug.evaluation.scores import DEGREES, Score
from gazeaug.evaluation.store import FOLDER as STORE
from gazeaug.options import flag
from gazeaug.outputs import check_names_free, write_json
from gazeaug.wording import differences

RESULTS, PAGE, CURVES = "results.json", "evaluation.html", "curves.png"
WRITTEN = (PREDICTIONS, PAGE, CURVES)  # beside it
ESTIMATES = ("mean", "median", "within", "gap_closed", "gain")
CONSENT = "force"  # the option that changes no result


@dataclass(frozen=True)
class Evaluation:
    """Everything that was found, and what is needed to find it again."""

    scores: list[Score]
    findings: list[str]
    facts: dict[str, Any]
    """Options, files and versions."""
    effort: Effort
    """When, on what, and how long: training, of all sessions together."""
    evidence: Evidence | None = None
    """What the page shows beside the figures."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        effort = {name: value for name, value in dataclasses.asdict(self.effort).items() if name != "version"}
        return {
            "scores": [dataclasses.asdict(score) for score in self.scores],
            "findings": self.findings,
            "facts": self.facts,
            **effort,
            "degrees": list(DEGREES),
        }

    def save(self, folder: Path) -> None:
        """Write predictions.h5, then results.json, which says that the evaluation is finished.

        Raises:
            RunError: the disk is full or refuses.
        """
        (folder / RESULTS).unlink(missing_ok=True)  # it must never stand beside the predictions of another evaluation
        if self.evidence is not None:
            save_evidence(self.evidence, folder)
        write_json(folder / RESULTS, self.to_json())


def load_evaluation(folder: Path | str) -> Evaluation:
    """Read a finished evaluation.

    Raises:
        InputError: there is none, or its files are damaged or of another version.
    """
    folder = Path(folder)
    if not (folder / RESULTS).is_file():
        raise InputError(f"{folder}: holds no finished evaluation; type gazeaug evaluate first.")
    said = json.loads((folder / RESULTS).read_text("utf-8"))
    try:
        scores = [score_of(score) for score in said["scores"]]
        version = said["facts"]["provenance"]["versions"]["gazeaug"]
        effort = Effort(date=said["date"], seconds=said["seconds"], hardware=said["hardware"], version=version)
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{folder / RESULTS}: was written by another version of gazeaug; evaluate again with --overwrite."
        ) from error
    return Evaluation(scores, said["findings"], said["facts"], effort, load_evidence(folder))


def score_of(said: Mapping[str, Any]) -> Score:
    """A score out of plain values."""
    estimates = {name: None if said[name] is None else Estimate(**said[name]) for name in ESTIMATES}
    return Score(**{**said, **estimates, "offset": tuple(said["offset"])})


def finished(folder: Path, facts: Mapping[str, Any], *, fresh: bool, overwrite: bool) -> bool:
    """Whether a folder holds the very evaluation that is asked for, finished.

    Args:
        folder: the output.
        facts: what decides the results, see `deciding`.
        fresh: compute it again.
        overwrite: replace whatever there is.

    Raises:
        InputError: it holds the results of another command, and it says what differs; or files of other work have
            the names of what is written.
    """
    if overwrite:
        return False
    if not (folder / RESULTS).is_file():
        if not (folder / STORE).is_dir():
            check_names_free(folder, WRITTEN)
        return False
    earlier, now = (deciding(each) for each in (json.loads((folder / RESULTS).read_text("utf-8"))["facts"], facts))
    if differing := list(differences(told_once(earlier, now), told_once(now, earlier))):
        raise InputError(
            f"{folder}: holds the finished evaluation of another command ({'; '.join(differing)}); give --overwrite to "
            "replace it (trainings that are the same are reused), or another --output."
        )
    return not fresh


def deciding(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What decides the results, by names that a user knows, as JSON gives it back."""
    options = {flag(name): value for name, value in {**facts["options"], **facts["estimator"]}.items()}
    options.pop(flag(CONSENT), None)
    versions = {f"version of {name}": number for name, number in facts["provenance"]["versions"].items()}
    found: dict[str, Any] = json.loads(json.dumps({**options, **facts["files"], **versions, "device": facts["device"]}))
    return found


def told_once(found: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What decides results without files that only one of two commands has: its options name them."""
    return {name: value for name, value in found.items() if name in other or not isinstance(value, dict)}
