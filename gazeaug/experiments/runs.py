"""The runs of experiments, one after the other: trained, resumed, or read where they are finished."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import Interrupted
from gazeaug.estimators.small_cnn import Labelled, error_of_refiner, read_labelled
from gazeaug.experiments.folder import ExperimentsFolder, read_json
from gazeaug.experiments.questions import ALL_REAL, EXPERIMENTS, LOOKED_AT, Result, check_numbers
from gazeaug.eyefile.reader import open_eyes
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.options import flag
from gazeaug.outputs import partial_name, write_json
from gazeaug.progress import stages
from gazeaug.provenance import releases
from gazeaug.runs.checkpoints import load_refiner
from gazeaug.runs.folder import CONFIG, METRICS, read_lines, read_state
from gazeaug.training.loop import train
from gazeaug.training.recipes import from_recipe
from gazeaug.units.worklog import identify_file

RESULT = "result.json"
OF_THE_JOB = ("synthetic", "real")  # options of training that stand in the job as files


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run that an experiment needs."""

    name: str
    """Of its folder: the settings that differ from the common ones. Runs of one name are one run."""
    title: str
    """A few words for people."""
    value: float
    """Of the setting that the experiment varies."""
    n_real: int
    """Real pictures that it trains on; `ALL_REAL` for the whole set."""
    options: dict[str, Any]
    """Of training, without the two sets."""


@dataclass(frozen=True)
class Inputs:
    """What all runs have in common: sets as files, and the eyes that refiners are judged by."""

    synthetic: Path
    real: Path
    test: Labelled | None

    def identity(self) -> dict[str, Any]:
        """What tells whether these are the same inputs."""
        test = None
        if self.test is not None:
            digest = hashlib.sha256()
            for values in self.test:
                digest.update(np.ascontiguousarray(values).tobytes())
            test = {"rows": len(self.test[0]), "sha256": digest.hexdigest()}
        return {"--synthetic": identify_file(self.synthetic), "--real": identify_file(self.real), "--test": test}


def run_experiments(
    folder: Path | str,
    *,
    synthetic: Path | str,
    real: Path | str,
    test: Labelled | None = None,
    which: Sequence[int] = tuple(EXPERIMENTS),
    steps: int = 1000,
    force: bool = False,
    fresh: bool = False,
    overwrite: bool = False,
    say: Callable[[str], None] = lambda _: None,
    **options: Any,
) -> dict[int, list[Result]]:
    """Train and judge every run that the experiments need; what is finished is not done again.

    Args:
        folder: where the runs and results.json go; a second call resumes them.
        synthetic: rendered eyes with `look_vec`.
        real: unlabelled real eyes.
        test: other real eyes, uint8 (N, H, W), and their look_vec (N, 3 or 4), if there are any.
        which: numbers of experiments.
        steps: of every run but the shorter ones of experiment 1.
        force: go on although the files say that they are the wrong ones.
        fresh: delete the runs that are there and start over.
        overwrite: replace the finished experiments of another command.
        say: told what is to be done, what is reused, and whether all of it was finished before.
        options: those of `TrainConfig`, for every run.

    Raises:
        InputError: an experiment of that number does not exist, the sets cannot be trained with, or the folder holds
            the work of another command or of another process.
        Interrupted: Ctrl-C; what is finished is stored, and a checkpoint of the run at work.
    """
    # What is to be run, and whether it is finished.
    check_numbers(which)
    inputs = Inputs(Path(synthetic), Path(real), test)
    with open_eyes(real) as eyes:
        plan = plan_runs(which, {"steps": steps, **options}, eyes.n_images)
    common = from_recipe("fast", {"steps": steps, **options}).to_json()
    said = {flag(name): value for name, value in common.items() if name not in OF_THE_JOB}
    versions = {f"version of {name}": number for name, number in releases("gazeaug", "numpy", "torch").items()}
    place = ExperimentsFolder(Path(folder), json.loads(json.dumps({**said, **inputs.identity(), **versions})))
    if place.is_finished(which, fresh=fresh, overwrite=overwrite):
        say(f"{folder}: these experiments are complete; their results follow (--fresh runs them again).")
        return place.load()

    # Run what is left.
    runs = {run.name: run for planned in plan.values() for run in planned}
    with place.held(list(runs), fresh=fresh, overwrite=overwrite):
        done = run_all(place.folder, list(runs.values()), inputs, force=force, say=say)
        found = {
            number: [dataclasses.replace(done[run.name], value=run.value) for run in planned]
            for number, planned in plan.items()
        }
        place.save(found)
    return found


def plan_runs(which: Sequence[int], options: dict[str, Any], n_real: int) -> dict[int, list[Run]]:
    """The runs of each experiment.

    Args:
        which: numbers of experiments.
        options: of training, that all runs have.
        n_real: pictures of the real set.
    """
    common = {**from_recipe("fast", options).to_json(), "real": ALL_REAL}
    plan: dict[int, list[Run]] = {}
    for number in dict.fromkeys(which):
        experiment, plan[number] = EXPERIMENTS[number], []
        for value, varied in experiment.settings(common["steps"]):
            few = varied.get("real", ALL_REAL)
            if few >= n_real:
                continue  # the whole set is among the settings anyway
            # What an experiment has in common with the others is run once.
            differing = {key: setting for key, setting in varied.items() if setting != common[key]}
            shown = n_real if "real" in varied and few == ALL_REAL else value
            plan[number].append(
                Run(
                    name="-".join(f"{key}-{setting}" for key, setting in differing.items()) or "common",
                    title=f"{experiment.title.lower()}, {shown:,} {experiment.axis}",
                    value=shown,
                    n_real=few,
                    options={**options, **{key: setting for key, setting in differing.items() if key != "real"}},
                )
            )
    return plan


def run_all(
    folder: Path, runs: Sequence[Run], inputs: Inputs, *, force: bool, say: Callable[[str], None]
) -> dict[str, Result]:
    """The results of all runs, by name.

    Raises:
        Interrupted: Ctrl-C.
    """
    done: dict[str, Result] = {}
    n_before = sum(is_finished(folder / run.name, inputs) for run in runs)
    reused = f"; {n_before} of them finished before and are reused" if n_before else ""
    say(f"{len(runs)} training runs, each judged{reused}")
    try:
        with stages("experiments", [run.title for run in runs]) as names:
            for run, _ in zip(runs, names, strict=True):
                if is_finished(folder / run.name, inputs):
                    names.skip()
                done[run.name] = one_run(folder / run.name, run, inputs, force=force)
    except (KeyboardInterrupt, Interrupted):
        raise Interrupted(
            f"experiments stopped; {len(done)} of {len(runs)} runs are finished and kept in {folder}, and the same "
            "command resumes.",
            same_command=True,
        ) from None
    return done


def is_finished(folder: Path, inputs: Inputs) -> bool:
    """Whether a run is trained and judged."""
    said = read_json(folder / RESULT)
    return bool(said) and (inputs.test is None or said["result"]["error"] is not None)


def one_run(folder: Path, run: Run, inputs: Inputs, *, force: bool = False) -> Result:
    """Train, resume or just read one run, and judge it."""
    said = read_json(folder / RESULT)
    if said:
        result = Result(**said["result"])
    else:
        result = trained(folder, run, inputs, force=force)
        write_json(folder / RESULT, {"result": dataclasses.asdict(result)})
    if inputs.test is not None and result.error is None:
        refiner, _ = load_refiner(folder / read_state(folder)["checkpoint"])
        error = error_of_refiner(refiner, read_labelled(inputs.synthetic), inputs.test)
        result = dataclasses.replace(result, error=error)
        write_json(folder / RESULT, {"result": dataclasses.asdict(result)})
    return result


def trained(folder: Path, run: Run, inputs: Inputs, *, force: bool) -> Result:
    """Train a run, from its checkpoint where it has one; not yet judged."""
    if not (folder / CONFIG).is_file():
        partial_name(folder / CONFIG).unlink(missing_ok=True)  # a new run wants an empty folder
        sets: dict[str, Any] = {
            "synthetic": str(inputs.synthetic),
            "real": str(subset(folder.parent, inputs.real, run.n_real)),
        }
        train(run_dir=folder, force=force, **run.options, **sets)
    elif not read_state(folder).get("complete"):
        train(resume=folder)
    state, last = read_state(folder), read_lines(folder / METRICS)[-1]
    return Result(
        run=folder.name,
        milliseconds=1e3 * state["effort"]["seconds"] / state["step"],
        looks={name: last[name] for name in LOOKED_AT},
    )


def subset(folder: Path, real: Path, n: int) -> Path:
    """The first `n` pictures of a set as a file of their own; the set itself for all."""
    if n == ALL_REAL:
        return real
    path = folder / f"real-{n}.h5"
    if not path.is_file():
        with open_eyes(real) as eyes, EyeWriter(path, image_shape=eyes.image_shape) as writer:
            writer.append(eyes.read_images(0, n), {})
    return path
