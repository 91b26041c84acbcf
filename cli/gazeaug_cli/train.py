"""`gazeaug train`: rendered and real eyes in, a run with a refiner out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from gazeaug.errors import InputError
from gazeaug.options import Panel
from gazeaug.provenance import command_line
from gazeaug.training.config import TrainConfig
from gazeaug_cli.endings import Work, next_command, print_json, say
from gazeaug_cli.options import AsJson, Forced, shown, taking
from gazeaug_cli.tables import show


@taking(TrainConfig)
def train(
    run_dir: Annotated[
        Path | None,
        shown(
            Panel.COMMON,
            "Folder of the run.",
            metavar="FOLDER",
            unset="runs/ and the time; with --resume, the newest run",
        ),
    ] = None,
    resume: Annotated[
        bool, shown(Panel.COMMON, "Resume a run with its own settings; --steps may be raised.", "--resume")
    ] = False,
    config: Annotated[
        Path | None,
        shown(
            Panel.COMMON,
            "YAML or JSON file of options, or the config.json of a run. Options that are typed override it.",
            metavar="FILE",
            unset="none",
        ),
    ] = None,
    list_recipes: Annotated[
        bool, shown(Panel.COMMON, "Show the settings of every recipe and exit.", "--list-recipes")
    ] = False,
    dry_run: Annotated[
        bool,
        shown(Panel.COMMON, "Check files and options, say what was found, and train and write nothing.", "--dry-run"),
    ] = False,
    json_: AsJson = False,
    force: Forced = False,
    **given: Any,
) -> None:
    """Train a refiner that makes rendered eyes look real (SimGAN, Shrivastava et al. 2017).

    The defaults are those of the recipe fast. Without --synthetic and --real, unityeyes.h5 and real.h5 of this folder
    are used, or generated as sample eyes.

    --json goes with --dry-run; its keys are run, recipe, steps, batch_size, device, precision, height, width, channels,
    n_trained, n_held_out, resumed_from, sets, remarks, findings.

    Examples:
        gazeaug train
        gazeaug train --synthetic unityeyes.h5 --real real.h5 --steps 3000
        gazeaug train --recipe paper --device cuda --batch-size 256
        gazeaug train --config run.yaml --seed 1
        gazeaug train --dry-run
        gazeaug train --resume --run-dir runs/first --steps 6000
    """
    from gazeaug.runs.diagnosis import diagnose
    from gazeaug.runs.folder import newest_run, read_state
    from gazeaug.runs.verdict import read_verdict
    from gazeaug.training.config_file import read_config_file
    from gazeaug.training.data import find_training_data, is_sample_data_needed
    from gazeaug.training.loop import train as train_refiner
    from gazeaug.training.parallel import Team
    from gazeaug.training.plan import check_options
    from gazeaug.training.recipes import describe_recipes

    if list_recipes:
        show(describe_recipes())
        return
    announce = say if not json_ else lambda _: None
    if json_ and not dry_run:
        raise InputError("--json goes with --dry-run; the numbers of a run are in its metrics.jsonl.")
    if resume:
        if config is not None:
            raise InputError("--resume takes the run's own settings; leave out --config.")
        given["resume"] = run_dir or newest_run()
        announce(f"resuming {given['resume']}")
    else:
        given = {**(read_config_file(config) if config is not None else {}), **given}
        check_options(given)  # before sample eyes are made
        pair = given.get("synthetic"), given.get("real")
        if dry_run and is_sample_data_needed(*pair):
            raise InputError(
                "a dry run makes no sample eyes; name --synthetic and --real, or type gazeaug sample-data."
            )
        synthetic, real = find_training_data(*pair, announce=announce)
        given |= {"synthetic": str(synthetic), "real": str(real), "run_dir": run_dir}
    if dry_run:
        rehearse(given | {"force": force}, as_json=json_)
        return
    work, said = Work(), list[str]()

    def tell(text: str) -> None:
        said.append(text)
        say(text)

    run = train_refiner(**given, force=force, say=tell)
    if not Team().leads:
        # Nothing is left to do. The interpreter's own end now and then aborted here (std::terminate from a thread of
        # torch's that it stopped), and torchrun then took the whole launch for failed.
        os._exit(0)
    for text in map(str, diagnose(run)):
        if text not in said:
            print(text)
    verdict = read_verdict(run)
    for text in [] if verdict is None else verdict.lines():
        print(text)
    work.made(run, read_state(run)["step"], "steps of training", n_timed=0)
    say(f"pictures and curves: {command_line('gazeaug', 'report', run)}")
    next_command("export", "--run-dir", run)


def rehearse(given: Mapping[str, Any], *, as_json: bool) -> None:
    """Plan a training and say what was found, in the process that leads."""
    from gazeaug.training.dry_run import dry_run
    from gazeaug.training.parallel import Team
    from gazeaug.training.plan import plan_training

    found = dry_run(plan_training(**given))
    if not Team().leads:
        return
    if as_json:
        print_json(found)
    else:
        for text in found.lines():
            print(text)
