"""`gazeaug turing`: a page that asks people which eyes are real."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.old_flags import known_as
from gazeaug_cli.options import Forced


@known_as(n="rows")
def turing(
    refined: Annotated[Path, typer.Argument(help="Refined eyes.")],
    real: Annotated[Path, typer.Argument(help="Real eyes.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="HTML", help="The page.")] = Path("turing.html"),
    rows: Annotated[int, typer.Option(help="Pictures of each kind.")] = 50,
    seed: Annotated[int, typer.Option(help="Of choice and order.")] = 0,
    force: Forced = False,
) -> None:
    """Write a page that shows real and refined eyes in random order, takes answers by key, and gives the accuracy.

    Examples:
        gazeaug turing unityeyes.refined.h5 real.h5 --rows 30
    """
    from gazeaug.evaluation.turing import write_turing_page

    page = write_turing_page(refined, real, output, rows=rows, seed=seed, force=force)
    print(f"{2 * rows} eyes to judge -> {page}")
