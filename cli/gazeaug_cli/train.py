"""`gazeaug train`: rendered and real eyes in, a run with a refiner out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from gazeaug.options import Panel
from gazeaug.training.config import TrainConfig
from gazeaug_cli.options import Forced, shown, taking


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
    list_recipes: Annotated[
        bool, shown(Panel.COMMON, "Show the settings of every recipe and exit.", "--list-recipes")
    ] = False,
    force: Forced = False,
    **given: Any,
) -> None:
    """Train a refiner that makes rendered eyes look real (SimGAN, Shrivastava et al. 2017).

    The defaults are those of the recipe fast. Without --synthetic and --real, unityeyes.h5 and real.h5 of this folder
    are used, or generated as sample eyes.

    Examples:
        gazeaug train
        gazeaug train --synthetic unityeyes.h5 --real real.h5 --steps 3000
        gazeaug train --recipe paper --device cuda --batch-size 256
        gazeaug train --resume --run-dir runs/first --steps 6000
    """
    from gazeaug.runs.diagnosis import diagnose
    from gazeaug.runs.folder import newest_run
    from gazeaug.runs.verdict import read_verdict
    from gazeaug.training.data import find_training_data
    from gazeaug.training.loop import train as train_refiner
    from gazeaug.training.parallel import Team
    from gazeaug.training.recipes import describe_recipes

    if list_recipes:
        print(describe_recipes())
        return
    if resume:
        given["resume"] = run_dir or newest_run()
        print(f"going on with {given['resume']}")
    else:
        synthetic, real = find_training_data(given.get("synthetic"), given.get("real"), announce=print)
        given |= {"synthetic": str(synthetic), "real": str(real), "run_dir": run_dir}
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        print(text, flush=True)

    run = train_refiner(**given, force=force, say=say)
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
    print(f"trained: {run} (next: gazeaug export --onnx)")
