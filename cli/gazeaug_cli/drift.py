"""`gazeaug drift`: how far irises and eyelids moved when a file was refined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.options import Forced


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
    import dataclasses
    import json

    from gazeaug.drawing.sheets import check_sheet
    from gazeaug.drift.check import check_limit, flag_file
    from gazeaug.drift.survey import measure_drift
    from gazeaug.eyefile.reader import open_eyes

    check_limit(flag, [], refined)
    if grid is not None:
        check_sheet(grid, inputs=[synthetic, refined])
    found = measure_drift(synthetic, refined, sheet=grid, force=force)
    print(json.dumps(dataclasses.asdict(found)) if json_ else found)
    if flag is not None:
        with open_eyes(synthetic) as eyes:
            flagged = flag_file(eyes.read_images, refined, limit=flag)
        if not json_:
            print(flagged)
    if grid is not None and not json_:
        print(f"pairs that moved most -> {grid}")
