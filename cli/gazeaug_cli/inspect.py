"""`gazeaug inspect`: what an eye file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug_cli.options import Overwriting, shown


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
) -> None:
    """Show what an eye file holds: sizes, labels, conventions, ranges, gaze distribution and provenance.

    Examples:
        gazeaug inspect unityeyes.h5
        gazeaug inspect labelled.h5 --convention opencv --grid sheet.png
    """
    from gazeaug.drawing.sheets import check_sheet
    from gazeaug.summary import summarise, write_grid

    if grid is not None:
        check_sheet(grid, inputs=[file], overwrite=overwrite)
    print(summarise(file, image=image, convention=convention))
    if grid is not None:
        write_grid(file, grid, image=image, convention=convention, overwrite=overwrite)
        print(f"contact sheet -> {grid}")
