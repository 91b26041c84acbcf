"""`gazeaug convert`: an eye file in the layout of another trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gazeaug.converting.options import ConvertOptions
from gazeaug_cli.options import taking


@taking(ConvertOptions)
def convert(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Eye file.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="File or folder to write.", rich_help_panel="Output"),
    ],
    **given: Any,
) -> None:
    """Write an eye file as another trainer's readers expect it; labels that do not fit there are named.

    Examples:
        gazeaug convert refined.h5 --to mpiigaze-h5 -o MPIIGaze.h5 --size 36x60
        gazeaug convert faces.h5 --to xgaze --by subject -o xgaze
        gazeaug convert refined.h5 --to folder -o crops --table csv --labels look_vec
    """
    from gazeaug.converting.conversion import convert as convert_eyes

    report = convert_eyes(source, output, **given)
    print(f"{report.n_images:,} eyes -> {report.output}")
    for note in report.notes:
        print(note)
    if report.left_out:
        print(f"labels that {given['to']} does not hold: {', '.join(report.left_out)}")
