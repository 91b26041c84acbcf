"""What training sets are worth: gaze estimators trained on each, tested on real eyes, with intervals."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug import provenance
from gazeaug.effort import effort_since
from gazeaug.errors import Interrupted
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.evaluation.evidence import collect
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug.evaluation.results import Evaluation, finished, load_evaluation
from gazeaug.evaluation.scores import Answers, Score, findings, judge
from gazeaug.evaluation.sets import EyeSet, read_sets
from gazeaug.evaluation.store import Finished, TrainingStore, opened_store
from gazeaug.evaluation.trainings import LEAVE_ONE_OUT, Training, plan_trials
from gazeaug.eyefile.origin import REFINED, RENDERED, Doubt, Origin, not_of, same_files, settle_aloud
from gazeaug.feeding.devices import choose_device, gpu_name
from gazeaug.output_kinds import check_folder_name
from gazeaug.progress import stages
from gazeaug.provenance import short_names
from gazeaug.units.worklog import identify_file

SAID_ONCE = ("overwrite", "fresh")  # options of one call, not of its results


def evaluate(
    config: EvaluateConfig,
    estimator: EstimatorConfig | None = None,
    *,
    output: Path | str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Train estimators on every set and test them; with an output folder, a finished training is not done again.

    Args:
        config: what is compared.
        estimator: the same for every set.
        output: folder for `results.json`, `predictions.h5` and finished trainings, made where it is not there; none
            writes nothing.
        say: told what is to be done, what is reused, and whether all of it was finished before.

    Raises:
        InputError: pictures of the test set in a training set, sets that cannot be compared, options out of range; the
            output holds the finished evaluation of another command, or another process is at work there.
        Interrupted: Ctrl-C; finished trainings are stored.
    """
    # What is compared, and whether that is finished already.
    estimator, began = estimator or EstimatorConfig(), time.monotonic()
    files = [*config.train, *([] if config.reference is None else [config.reference])]
    settle_aloud(doubts_of(config), force=config.force)
    facts = facts_of(config, estimator, [*files, config.test])
    folder = None if output is None else Path(output)
    if folder is not None:
        check_folder_name(folder)
    if folder is not None and is_finished(folder, facts, config):
        say(f"{folder}: this evaluation is complete; its results follow (--fresh computes them again).")
        return load_evaluation(folder)

    # The sets, checked, and the trainings that they need.
    sets, test = read_sets(files, config.test, group=config.group, head_pose=config.head_pose)
    reference = LEAVE_ONE_OUT if config.leave_one_out else None if config.reference is None else sets[-1].name
    trials = plan_trials(config, sets, test)

    # Train; other processes keep out of the folder meanwhile.
    with nullcontext() if folder is None else opened_store(folder) as store:
        if folder is not None and store is not None:
            is_finished(folder, facts, config)  # by a process that was at work until now
            if config.fresh:
                store.clear()
        done = train_all([training for trial in trials for training in trial.trainings], estimator, store, say)

        # Judge, and write.
        answers = [
            Answers(
                trial.name,
                trial.n_images,
                trial.is_largest,
                trial.mean_gaze,
                trial.joined([done[training].pitchyaw for training in trial.trainings], len(test)),
            )
            for trial in trials
        ]
        scores = judge(answers, test.look_vec, test.groups, reference=reference)
        notes = [*shared_subjects(dict.fromkeys(sets), test), *findings(scores), *gap_notes(scores, reference)]
        reused = sum(each.seconds for each in done.values() if each.was_stored)
        effort = effort_since(began, gpu=gpu_name(choose_device(estimator.device)), before=reused)
        evidence = collect(answers, dict.fromkeys(sets), test)
        found = Evaluation(scores, notes, {**facts, "n_test": len(test)}, effort, evidence)
        if folder is not None:
            found.save(folder)
    return found


def is_finished(folder: Path, facts: dict[str, Any], config: EvaluateConfig) -> bool:
    """Whether a folder holds this very evaluation, see `finished`."""
    return finished(folder, facts, fresh=config.fresh, overwrite=config.overwrite)


def train_all(
    trainings: Sequence[Training], config: EstimatorConfig, store: TrainingStore | None, say: Callable[[str], None]
) -> dict[Training, Finished]:
    """Train what is not in the store, and put it there at once.

    Raises:
        Interrupted: Ctrl-C, where there is a store.
    """
    keys = {training: training.fingerprint(config) for training in trainings}
    done = {} if store is None else {each: found for each, key in keys.items() if (found := store.get(key))}
    reused = f"; {len(done)} of them finished before and are reused" if done else ""
    say(f"{len(trainings)} trainings of the estimator '{config.estimator}'{reused}")
    try:
        with stages("evaluating", [training.title for training in trainings]) as names:
            for training, _ in zip(trainings, names, strict=True):
                if training in done:
                    names.skip()
                    continue
                began = time.monotonic()
                answer = training.answer(config)
                done[training] = Finished(answer, seconds=time.monotonic() - began)
                if store is not None:
                    store.put(keys[training], training.title, done[training])
    except KeyboardInterrupt:
        if store is None:
            raise
        raise Interrupted(
            f"evaluation stopped; {len(done)} of {len(trainings)} trainings are finished and kept in {store.folder}, "
            "and the same command resumes.",
            same_command=True,
        ) from None
    return done


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


def facts_of(config: EvaluateConfig, estimator: EstimatorConfig, files: Sequence[str]) -> dict[str, Any]:
    """What the same evaluation needs once more: options, versions, and the files as they were."""
    names = short_names(files)
    named = {
        "train": [names[str(path)] for path in config.train],
        "test": names[str(config.test)],
        "reference": None if config.reference is None else names[str(config.reference)],
    }
    options = {name: value for name, value in dataclasses.asdict(config).items() if name not in SAID_ONCE}
    return {
        "options": {**options, **named},
        "estimator": dataclasses.asdict(estimator),
        "device": choose_device(estimator.device).type,
        "files": {names[str(path)]: identify_file(Path(path)) for path in files},
        "kinds": {names[str(path)]: Origin.at(path).kind for path in files},
        "provenance": provenance.make("torch", "scikit-learn"),
    }
