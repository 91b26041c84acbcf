"""`gazeaug inspect`: what an eye file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def inspect(
    file: Annotated[Path, typer.Argument(help="Eye file.")],
    grid: Annotated[Path | None, typer.Option(metavar="PNG", help="Write a contact sheet with gaze arrows.")] = None,
    convention: Annotated[
        str | None,
        typer.Option(help="Of the gaze, where its attributes do not say: unityeyes, opencv, mpiigaze, ..."),
    ] = None,
    image: Annotated[str, typer.Option(metavar="KEY", help="Dataset or group with the pictures.")] = "image",
) -> None:
    """Print what a file holds: layout, sizes, labels and their conventions, ranges, gaze spread, provenance.

    Examples:
        gazeaug inspect unityeyes.h5
        gazeaug inspect labelled.h5 --convention opencv --grid sheet.png
    """
    from gazeaug.summary import summarise, write_grid

    print(summarise(file, image=image, convention=convention))
    if grid is not None:
        write_grid(file, grid, image=image, convention=convention)
        print(f"contact sheet -> {grid}")
