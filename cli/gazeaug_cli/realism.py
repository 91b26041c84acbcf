"""`gazeaug realism`: how real refined eyes look, beside synthetic and real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.endings import Work, next_command, print_json, say
from gazeaug_cli.options import Forced
from gazeaug_cli.tables import show


def realism(
    refined: Annotated[Path, typer.Argument(help="Refined eyes.")],
    real: Annotated[Path, typer.Argument(help="Real eyes, unlabelled.")],
    synthetic: Annotated[Path | None, typer.Option(help="What was refined, to show beside it.")] = None,
    rows: Annotated[int, typer.Option(help="Pictures of each file, evenly spread over it.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of the classifiers.")] = 0,
    force: Forced = False,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="HTML", help="The page.")] = Path("realism.html"),
    json_: Annotated[bool, typer.Option("--json", help="Print the figures as JSON, nothing else.")] = False,
) -> None:
    """Measure how far refined eyes are from real ones: told apart or not, distance, sharpness, contrast, spectra.

    Examples:
        gazeaug realism unityeyes.refined.h5 real.h5 --synthetic unityeyes.h5
    """
    from gazeaug.evaluation.realism import measure_realism
    from gazeaug.evaluation.realism_page import describe_realism, write_realism_page
    from gazeaug.outputs import check_output

    files = [path for path in (synthetic, refined, real) if path is not None]
    check_output(output, overwrite=True, inputs=files)
    work = Work()
    silent = (lambda _: None) if json_ else say
    found = measure_realism(refined, real, synthetic=synthetic, rows=rows, seed=seed, force=force, say=silent)
    page = write_realism_page(found, files, output)
    if json_:
        print_json(found.to_json())
        return
    show(describe_realism(found))
    work.made(page, unit="realism")
    next_command("turing", refined, real, why="a page that asks people which eyes are real")
