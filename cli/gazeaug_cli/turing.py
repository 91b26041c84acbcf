"""`gazeaug turing`: a page that asks people which eyes are real."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug_cli.endings import Work, next_command, say
from gazeaug_cli.old_flags import known_as
from gazeaug_cli.options import Forced, Overwriting, Seed, shown


@known_as(n="rows")
def turing(
    refined: Annotated[Path, typer.Argument(help="Eye file of refined eyes.")],
    real: Annotated[Path, typer.Argument(help="Eye file of real eyes.")],
    rows: Annotated[int, shown(Panel.DATA, "Pictures to show of each file.", metavar="N")] = 50,
    force: Forced = False,
    output: Annotated[Path, shown(Panel.OUTPUT, "Page to write.", "--output", "-o", metavar="HTML")] = Path(
        "turing.html"
    ),
    overwrite: Overwriting = False,
    seed: Seed = 0,
) -> None:
    """Write a page that shows real and refined eyes in random order, takes answers by key, and counts the right ones.

    Examples:
        gazeaug turing unityeyes.refined.h5 real.h5 --rows 30
    """
    from gazeaug.evaluation.turing import write_turing_page

    work = Work()
    page = write_turing_page(refined, real, output, rows=rows, seed=seed, force=force, overwrite=overwrite)
    work.made(page, 2 * rows, "eyes to judge", n_timed=0)
    say(f"open {page} in a browser; it counts the right answers")
    next_command("realism", refined, real, why="the same question to a classifier")
