"""`gazeaug inspect`: what an eye file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.endings import JsonOnly, Work, print_json
from gazeaug_cli.tables import show


def inspect(
    file: Annotated[Path, typer.Argument(help="Eye file.")],
    grid: Annotated[Path | None, typer.Option(metavar="PNG", help="Write a contact sheet with gaze arrows.")] = None,
    convention: Annotated[
        str | None,
        typer.Option(help="Of the gaze, where its attributes do not say: unityeyes, opencv, mpiigaze, ..."),
    ] = None,
    image: Annotated[str, typer.Option(metavar="KEY", help="Dataset or group with the pictures.")] = "image",
    json_: JsonOnly = False,
) -> None:
    """Print what a file holds: layout, sizes, labels and their conventions, ranges, gaze spread, provenance.

    With --json the keys are path, layout, n_images, image_shape, grey, labels, gaze, doubts, pitch, yaw, provenance,
    n_flat and flat_rows; grey levels and angles (degrees) as mean, deviation, lowest and highest.

    Examples:
        gazeaug inspect unityeyes.h5
        gazeaug inspect labelled.h5 --convention opencv --grid sheet.png
        gazeaug inspect unityeyes.h5 --json
    """
    from gazeaug.summary import summarise, write_grid

    found = summarise(file, image=image, convention=convention)
    if json_:
        print_json(found)
    else:
        show(str(found))
    if grid is not None:
        write_grid(file, grid, image=image, convention=convention)
        if not json_:
            Work().made(grid, unit="contact sheet")
