"""`gazeaug convert`: an eye file in the layout of another trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gazeaug.converting.options import ConvertOptions
from gazeaug.options import Panel
from gazeaug_cli.endings import Work, next_command, say
from gazeaug_cli.options import shown, taking

READ_AGAIN = ("mpiigaze-h5", "xgaze", "gazehub", "faze", "kaggle", "folder")  # layouts that `prepare` reads


@taking(ConvertOptions)
def convert(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Eye file to convert.")],
    output: Annotated[Path, shown(Panel.OUTPUT, "File or folder to write.", "--output", "-o", metavar="PATH")],
    **given: Any,
) -> None:
    """Write an eye file in the layout of another trainer. Labels that the layout cannot hold are listed.

    Examples:
        gazeaug convert refined.h5 --to mpiigaze-h5 -o MPIIGaze.h5 --size 36x60
        gazeaug convert faces.h5 --to xgaze --by subject -o xgaze
        gazeaug convert refined.h5 --to folder -o crops --table csv
    """
    from gazeaug.converting.conversion import convert as convert_eyes

    work = Work()
    report = convert_eyes(source, output, **given)
    for note in report.notes:
        say(note)
    if report.left_out:
        say(f"labels that {given['to']} does not hold: {', '.join(report.left_out)}")
    work.made(report.output, report.n_images)
    say("docs/trainers.md of gazeaug shows how public trainers read it")
    if given["to"] in READ_AGAIN:
        next_command("prepare", given["to"], report.output, "-o", "read_again.h5", why="check that it reads back")
