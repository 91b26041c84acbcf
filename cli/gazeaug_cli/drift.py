"""`gazeaug drift`: how far irises and eyelids moved when a file was refined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug.screens import amount
from gazeaug_cli.endings import Work, next_command, print_json
from gazeaug_cli.options import AsJson, Forced, Overwriting, shown
from gazeaug_cli.tables import show


def drift(
    synthetic: Annotated[Path, typer.Argument(help="Eye file that was refined.")],
    refined: Annotated[Path, typer.Argument(help="Eye file that refine-dataset wrote.")],
    force: Forced = False,
    grid: Annotated[
        Path | None,
        shown(Panel.OUTPUT, "Picture to write, with the pairs that moved most.", metavar="PNG", unset="none"),
    ] = None,
    flag: Annotated[
        float | None,
        shown(
            Panel.OUTPUT,
            "Write the label drift_px into REFINED and list the rows that moved more than this.",
            metavar="PIXELS",
            unset="REFINED stays as it is",
        ),
    ] = None,
    overwrite: Overwriting = False,
    json_: AsJson = False,
) -> None:
    """Measure how far refining moved irises and eyelids. Gaze labels are right where nothing moved.

    Examples:
        gazeaug drift unityeyes.h5 unityeyes.refined.h5 --grid moved.png
        gazeaug drift unityeyes.h5 unityeyes.refined.h5 --flag 2 --json
    """
    from gazeaug.drawing.sheets import check_sheet
    from gazeaug.drift.check import check_limit, flag_file
    from gazeaug.drift.survey import measure_drift
    from gazeaug.eyefile.reader import open_eyes

    check_limit(flag, [], refined)
    if grid is not None:
        check_sheet(grid, inputs=[synthetic, refined], overwrite=overwrite)
    work = Work()
    found = measure_drift(synthetic, refined, sheet=grid, force=force)
    if json_:
        print_json(found)
    else:
        show(str(found))
    if flag is not None:
        with open_eyes(synthetic) as eyes:
            flagged = flag_file(eyes.read_images, refined, limit=flag)
        if not json_:
            print(flagged)
    if json_:
        return
    if grid is not None:
        work.made(grid, unit=f"the {len(found.worst):,} of {amount(found.n_images, 'pairs')} that moved most")
    next_command("evaluate", "--help", why="compare both sets with labelled real eyes")
