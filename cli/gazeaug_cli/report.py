"""`gazeaug report`: a training run as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.endings import Work


def report(
    run: Annotated[Path | None, typer.Argument(metavar="RUN", help="[default: the newest run]")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="[default: RUN/report.html]")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing --output.")] = False,
) -> None:
    """Write a run's diagnosis, curves, sample grids and settings as one self-contained HTML page.

    Examples:
        gazeaug report
        gazeaug report runs/first -o first.html --overwrite
    """
    from gazeaug.runs.folder import newest_run
    from gazeaug.runs.report import write_report

    work = Work()
    work.made(write_report(run or newest_run(), output, overwrite=overwrite), unit="report")
