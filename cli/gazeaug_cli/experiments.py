"""`gazeaug experiments`: five questions about training, answered by short runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.devices import DEVICE, DEVICE_NAMES
from gazeaug.options import Panel
from gazeaug_cli.endings import Work, next_command, say
from gazeaug_cli.old_flags import known_as
from gazeaug_cli.options import Forced, Overwriting, shown
from gazeaug_cli.tables import show


@known_as(n="rows")
def experiments(
    which: Annotated[
        str, shown(Panel.COMMON, "Numbers of the experiments to run, separated by commas.", metavar="N,...")
    ] = "1,2,3,4,5",
    synthetic: Annotated[
        Path | None, shown(Panel.DATA, "Rendered eyes with look_vec.", metavar="FILE", unset="generated sample eyes")
    ] = None,
    real: Annotated[
        Path | None,
        shown(Panel.DATA, "Real eyes without labels.", metavar="FILE", unset="generated sample eyes"),
    ] = None,
    test: Annotated[
        Path | None,
        shown(
            Panel.DATA,
            "Other real eyes with look_vec, to measure the gaze error on.",
            metavar="FILE",
            unset="none; sample eyes for sample eyes",
        ),
    ] = None,
    rows: Annotated[
        int, typer.Option(help="Sample eyes in each set.", metavar="N", min=64, rich_help_panel=Panel.DATA.value)
    ] = 10_000,
    force: Forced = False,
    output: Annotated[
        Path, shown(Panel.OUTPUT, "Folder of the runs and the page.", "--output", "-o", metavar="FOLDER")
    ] = Path("experiments"),
    steps: Annotated[
        int,
        typer.Option(help="Training steps of each run.", metavar="N", min=8, rich_help_panel=Panel.SCHEDULE.value),
    ] = 1000,
    device: Annotated[str, shown(Panel.HARDWARE, DEVICE, metavar=DEVICE_NAMES)] = "auto",
    overwrite: Overwriting = False,
    fresh: Annotated[bool, shown(Panel.OUTPUT, "Delete the runs that are there and start over.", "--fresh")] = False,
) -> None:
    """Compare training settings by short runs; an interrupted command is resumed by typing it again.

    1 varies the steps, 2 the batch size, 3 the log interval, 4 the number of real pictures, 5 pre-training.

    Examples:
        gazeaug experiments --which 1,4 --steps 400
        gazeaug experiments --synthetic unityeyes.h5 --real real.h5 --test test.h5
    """
    from gazeaug.errors import InputError
    from gazeaug.estimators.small_cnn import read_labelled
    from gazeaug.experiments.data import MOST_TEST, sample_pair
    from gazeaug.experiments.folder import PAGE
    from gazeaug.experiments.page import describe_results, write_experiments_page
    from gazeaug.experiments.questions import check_numbers
    from gazeaug.experiments.runs import run_experiments
    from gazeaug.feeding.devices import choose_device
    from gazeaug.output_kinds import check_folder_name

    if (synthetic is None) != (real is None):
        raise InputError("give both --synthetic and --real, or neither for sample data.")
    try:
        numbers = [int(number) for number in which.split(",")]
    except ValueError:
        raise InputError(f"--which must be numbers from 1 to 5 with commas between, got '{which}'.") from None
    check_numbers(numbers)
    check_folder_name(output)
    choose_device(device)  # refused before the folder is made
    judged_on = read_labelled(test, most=MOST_TEST) if test is not None else None
    if synthetic is None or real is None:
        synthetic, real, camera = sample_pair(output, rows, fresh=fresh)
        judged_on = judged_on or camera
    work = Work()
    found = run_experiments(
        output,
        synthetic=synthetic,
        real=real,
        test=judged_on,
        which=numbers,
        steps=steps,
        device=device,
        force=force,
        fresh=fresh,
        overwrite=overwrite,
        say=say,
    )
    show(describe_results(found))
    work.made(write_experiments_page(found, output / PAGE, runs=output), unit="experiments")
    next_command("train", "--help", why="train with the settings that you choose")
