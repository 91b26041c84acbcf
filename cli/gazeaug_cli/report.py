"""`gazeaug report`: a training run as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug_cli.endings import Work, next_command
from gazeaug_cli.options import shown


def report(
    run: Annotated[
        Path | None, typer.Argument(metavar="RUN", help="Folder of a training run. [default: the newest under runs/]")
    ] = None,
    output: Annotated[
        Path | None,
        shown(Panel.OUTPUT, "Page to write.", "--output", "-o", metavar="HTML", unset="RUN/report.html"),
    ] = None,
    overwrite: Annotated[
        bool,
        shown(Panel.OUTPUT, "Replace an existing --output. RUN/report.html is always written anew.", "--overwrite"),
    ] = False,
) -> None:
    """Write a training run as one HTML page: diagnosis, loss curves, sample pictures and settings.

    Examples:
        gazeaug report
        gazeaug report runs/first -o first.html --overwrite
    """
    from gazeaug.runs.folder import newest_run, read_state
    from gazeaug.runs.report import write_report

    work, run = Work(), run or newest_run()
    work.made(write_report(run, output, overwrite=overwrite), unit="report")
    if read_state(run).get("complete"):
        next_command("export", "--run-dir", run)
    else:
        next_command("train", "--resume", "--run-dir", run)
