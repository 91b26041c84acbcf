"""`gazeaug experiments`: five questions about training, answered by short runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.old_flags import known_as
from gazeaug_cli.options import Forced


@known_as(n="rows")
def experiments(
    which: Annotated[str, typer.Option(help="Numbers of experiments, as 1,4.")] = "1,2,3,4,5",
    synthetic: Annotated[Path | None, typer.Option(help="Rendered eyes with look_vec. [default: sample data]")] = None,
    real: Annotated[Path | None, typer.Option(help="Unlabelled real eyes. [default: sample data]")] = None,
    test: Annotated[Path | None, typer.Option(help="Other real eyes with look_vec, to judge by gaze error.")] = None,
    steps: Annotated[int, typer.Option(help="Training steps of every run.", min=8)] = 1000,
    rows: Annotated[int, typer.Option(help="Sample eyes in each domain.", min=64)] = 10_000,
    force: Forced = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the runs and the page go.")] = Path(
        "experiments"
    ),
) -> None:
    """Vary steps (1), batch size (2), log interval (3), real pictures (4), pre-training (5); goes on after a stop.

    Examples:
        gazeaug experiments --which 1,4 --steps 400
        gazeaug experiments --synthetic unityeyes.h5 --real real.h5 --test mpiigaze.h5
    """
    from gazeaug.errors import InputError
    from gazeaug.estimators.small_cnn import read_labelled
    from gazeaug.experiments.data import MOST_TEST, sample_pair
    from gazeaug.experiments.page import describe_results, write_experiments_page
    from gazeaug.experiments.questions import check_numbers, run_experiments

    if (synthetic is None) != (real is None):
        raise InputError("give both --synthetic and --real, or neither for sample data.")
    try:
        numbers = [int(number) for number in which.split(",")]
    except ValueError:
        raise InputError(f"--which must be numbers from 1 to 5 with commas between, got '{which}'.") from None
    check_numbers(numbers)
    judged_on = read_labelled(test, most=MOST_TEST) if test is not None else None
    if synthetic is None or real is None:
        synthetic, real, camera = sample_pair(output, rows)
        judged_on = judged_on or camera
    found = run_experiments(
        output, synthetic=synthetic, real=real, test=judged_on, which=numbers, steps=steps, force=force, say=print
    )
    print(describe_results(found))
    print(f"experiments -> {write_experiments_page(found, output / 'experiments.html')}")
