"""`gazeaug drift`: how far irises and eyelids moved when a file was refined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.endings import Work, next_command, print_json
from gazeaug_cli.options import Forced
from gazeaug_cli.tables import show


def drift(
    synthetic: Annotated[Path, typer.Argument(help="The input of refine-dataset.")],
    refined: Annotated[Path, typer.Argument(help="What it wrote.")],
    grid: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the pairs that moved most.")] = None,
    flag: Annotated[
        float | None,
        typer.Option(metavar="PIXELS", help="Write drift_px into REFINED, name rows above."),
    ] = None,
    force: Forced = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure what refining did to the gaze that the pictures show; labels are true where nothing moved.

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
        check_sheet(grid, inputs=[synthetic, refined])
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
        work.made(grid, unit="pairs that moved most")
    next_command("evaluate", "--train", synthetic, "--train", refined, "--test", "REAL.h5", why="labelled real eyes")
