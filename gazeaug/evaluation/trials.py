"""What training sets are worth: gaze estimators trained on each, tested on real eyes, with intervals."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug import provenance
from gazeaug.errors import InputError
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.estimators.registry import train_estimator
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug.evaluation.scores import DEGREES, Answers, Score, findings, judge, mean_gaze
from gazeaug.evaluation.sets import EyeSet, read_sets
from gazeaug.eyefile.hdf5 import create_hdf5
from gazeaug.eyefile.origin import REFINED, RENDERED, Doubt, Origin, not_of, same_files, settle_aloud
from gazeaug.feeding.devices import choose_device
from gazeaug.gaze.angles import look_vec_to_pitchyaw
from gazeaug.outputs import replacing, write_json, writing_to
from gazeaug.provenance import short_names
from gazeaug.units.worklog import identify_file

RESULTS, PREDICTIONS = "results.json", "predictions.h5"
LEAVE_ONE_OUT = "test set, other subjects"


@dataclass(frozen=True)
class Evaluation:
    """Everything that was found, and what is needed to find it again."""

    scores: list[Score]
    findings: list[str]
    facts: dict[str, Any]
    """Options, files and versions."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**dataclasses.asdict(self), "degrees": list(DEGREES)}


def evaluate(
    config: EvaluateConfig,
    estimator: EstimatorConfig | None = None,
    *,
    output: Path | str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Train estimators on every set and test them.

    Args:
        config: what is compared.
        estimator: the same for every set.
        output: folder for `results.json` and `predictions.h5`, made where it is not there; none writes nothing.
        say: told what comes next.

    Raises:
        InputError: pictures of the test set in a training set, sets that cannot be compared, options out of range.
    """
    estimator = estimator or EstimatorConfig()
    files = [*config.train, *([] if config.reference is None else [config.reference])]
    settle_aloud(doubts_of(config), force=config.force)
    sets, test = read_sets(files, config.test, group=config.group, head_pose=config.head_pose)
    reference = LEAVE_ONE_OUT if config.leave_one_out else None if config.reference is None else sets[-1].name
    answers = []
    for eyes in dict.fromkeys(sets):
        counts = sorted({min(size or len(eyes), len(eyes)) for size in config.subset})
        for n in counts:
            say(f"{eyes.name}: {config.seeds} x {estimator.estimator} on {n:,} pictures")
            said = [ask(estimator, eyes, eyes.rows(n, seed), test, seed) for seed in range(config.seeds)]
            answers.append(Answers(eyes.name, n, n == counts[-1], mean_gaze(eyes.look_vec), np.stack(said)))
    if config.leave_one_out:
        say(f"{LEAVE_ONE_OUT}: {config.seeds} x {estimator.estimator} for each subject")
        said = [ask_leaving_one_out(estimator, test, seed) for seed in range(config.seeds)]
        answers.append(Answers(LEAVE_ONE_OUT, len(test), True, mean_gaze(test.look_vec), np.stack(said)))
    scores = judge(answers, test.look_vec, test.groups, reference=reference)
    notes = [*shared_subjects(dict.fromkeys(sets), test), *findings(scores), *gap_notes(scores, reference)]
    found = Evaluation(scores, notes, facts_of(config, estimator, [*files, config.test], len(test)))
    if output is not None:
        save(Path(output), found, answers, test)
    return found


def doubts_of(config: EvaluateConfig) -> list[Doubt]:
    """What the files say themselves against being compared."""
    roles = [*(("--train", path) for path in config.train), ("--test", config.test)]
    roles += [] if config.reference is None else [("--reference", config.reference)]
    doubts = same_files([role for role in roles if role[0] != "--test"])  # which no consent makes a training set
    for option, path in roles[len(config.train) :]:
        doubts += not_of(Origin.at(path), f"{option}, real eyes", {RENDERED: "", REFINED: ", which only look real"})
    trained = [Origin.at(path) for path in config.train]
    for eyes in trained if len(trained) > 1 else []:
        made_of = eyes.provenance.get("input_provenance")
        if eyes.kind == REFINED and not any(
            made_of == other.provenance or other.path.name in eyes.input_names for other in trained if other is not eyes
        ):
            names = ", ".join(eyes.input_names) or "another file"
            text = f"{eyes.path}: was refined of {names}, which is not compared with it: more than the refining differs"
            doubts.append(Doubt(text, is_proven=False))
    return doubts


def ask(
    config: EstimatorConfig, train: EyeSet, rows: NDArray[np.int64], test: EyeSet, seed: int
) -> NDArray[np.float64]:
    """Train on some rows and answer for the whole test set: pitch and yaw in radians, (N, 2)."""
    pose = None if train.head_pose is None else train.head_pose[rows]
    estimator = train_estimator(config, train.images[rows], train.look_vec[rows], pose, seed=seed)
    return estimator(test.images, test.head_pose)


def ask_leaving_one_out(config: EstimatorConfig, test: EyeSet, seed: int) -> NDArray[np.float64]:
    """Answer for each subject by an estimator that learned from the others alone, (N, 2).

    Raises:
        InputError: one subject only, or a picture that two subjects have.
    """
    groups = test.groups
    assert groups is not None
    subjects = np.unique(groups)
    if len(subjects) < 2:
        raise InputError(f"{test.path}: --leave-one-out needs two subjects at least, found '{subjects[0]}' alone.")
    found = np.empty((len(test), 2))
    for subject in subjects:
        held, others = (np.flatnonzero(mask) for mask in (groups == subject, groups != subject))
        if np.isin(test.digests[held], test.digests[others]).any():
            raise InputError(f"{test.path}: pictures of subject '{subject}' are there under another subject too.")
        pose = None if test.head_pose is None else test.head_pose[others]
        estimator = train_estimator(config, test.images[others], test.look_vec[others], pose, seed=seed)
        found[held] = estimator(test.images[held], None if test.head_pose is None else test.head_pose[held])
    return found


def shared_subjects(sets: Iterable[EyeSet], test: EyeSet) -> list[str]:
    """Which training sets know the persons of the test set."""
    if test.groups is None:
        return []
    known = [eyes.name for eyes in sets if eyes.groups is not None and np.isin(test.groups, eyes.groups).any()]
    return [f"other pictures of subjects of the test set are in {', '.join(known)}"] if known else []


def gap_notes(scores: Sequence[Score], reference: str | None) -> list[str]:
    """Whether there is a gap that a share could be stated of."""
    largest = [score for score in scores if score.is_largest]
    others = [score for score in largest[1:] if score.name != reference]
    if reference is None or not others or any(score.gap_closed is not None for score in others):
        return []
    return [f"no gap to close: {largest[0].name} is not surely worse than the reference {reference}"]


def facts_of(config: EvaluateConfig, estimator: EstimatorConfig, files: Sequence[str], n_test: int) -> dict[str, Any]:
    """What the same evaluation needs once more: options, versions, and the files as they were."""
    names = short_names(files)
    named = {
        "train": [names[str(path)] for path in config.train],
        "test": names[str(config.test)],
        "reference": None if config.reference is None else names[str(config.reference)],
    }
    return {
        "options": {**dataclasses.asdict(config), **named},
        "estimator": dataclasses.asdict(estimator),
        "device": choose_device(estimator.device).type,
        "n_test": n_test,
        "files": {names[str(path)]: identify_file(Path(path)) for path in files},
        "provenance": provenance.make("torch", "scikit-learn"),
    }


def save(folder: Path, found: Evaluation, answers: Sequence[Answers], test: EyeSet) -> None:
    """Write results.json, and every answer beside the truth as predictions.h5.

    Raises:
        RunError: the disk is full or refuses.
    """
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / RESULTS, found.to_json())
    path = folder / PREDICTIONS
    with replacing(path) as partial, writing_to(path), create_hdf5(partial) as file:
        file.attrs["axes"] = "seed, row of the test set, (pitch, yaw) in radians; pitch up, yaw image-left positive"
        file["truth"] = look_vec_to_pitchyaw(test.look_vec)
        for number, one in enumerate(answers):
            data = file.create_dataset(f"answers/{number}", data=one.pitchyaw)
            data.attrs.update(train=one.name, n_images=one.n_images)
