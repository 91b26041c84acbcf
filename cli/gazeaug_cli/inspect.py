"""`gazeaug inspect`: what an eye file holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug_cli.endings import Work, flags, print_json, say
from gazeaug_cli.options import AsJson, Overwriting, shown
from gazeaug_cli.tables import show


def inspect(
    file: Annotated[Path, typer.Argument(help="Eye file to show.")],
    convention: Annotated[
        str | None,
        shown(
            Panel.DATA,
            "Convention of the gaze, if the file does not say it: unityeyes, opencv, mpiigaze, ...",
            metavar="NAME",
            unset="as the file says",
        ),
    ] = None,
    image: Annotated[str, shown(Panel.DATA, "HDF5 dataset or group with the pictures.", metavar="KEY")] = "image",
    grid: Annotated[
        Path | None,
        shown(Panel.OUTPUT, "Contact sheet to write, with gaze arrows.", metavar="PNG", unset="none"),
    ] = None,
    overwrite: Overwriting = False,
    json_: AsJson = False,
) -> None:
    """Show what an eye file holds: sizes, labels, conventions, ranges, gaze distribution and provenance.

    With --json the keys are path, layout, n_images, image_shape, grey, labels, gaze, doubts, pitch, yaw, provenance,
    n_flat and flat_rows; grey levels and angles (degrees) as mean, deviation, lowest and highest.

    Examples:
        gazeaug inspect unityeyes.h5
        gazeaug inspect labelled.h5 --convention opencv --grid sheet.png
        gazeaug inspect unityeyes.h5 --json
    """
    from gazeaug.drawing.sheets import check_sheet
    from gazeaug.summary import summarise, write_grid

    if grid is not None:
        check_sheet(grid, inputs=[file], overwrite=overwrite)
    found = summarise(file, image=image, convention=convention)
    if json_:
        print_json(found)
    else:
        show(str(found))
        if flags.get().is_verbose:
            print(f"  provenance {json.dumps(found.provenance, sort_keys=True)}")
        elif found.provenance:
            say("             (-v prints all of the provenance)")
    if grid is not None:
        write_grid(file, grid, image=image, convention=convention, overwrite=overwrite)
        if not json_:
            Work().made(grid, unit="contact sheet")
