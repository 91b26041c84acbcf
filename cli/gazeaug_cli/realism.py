"""`gazeaug realism`: how real refined eyes look, beside synthetic and real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.devices import DEVICE, DEVICE_NAMES
from gazeaug.options import Panel
from gazeaug_cli.endings import Work, next_command, print_json, say
from gazeaug_cli.options import AsJson, Forced, Overwriting, Seed, shown
from gazeaug_cli.tables import show


def realism(
    refined: Annotated[Path, typer.Argument(help="Eye file of refined eyes.")],
    real: Annotated[Path, typer.Argument(help="Eye file of real eyes; labels are not needed.")],
    synthetic: Annotated[
        Path | None,
        shown(Panel.DATA, "Eye file that was refined, to compare it too.", metavar="FILE", unset="none"),
    ] = None,
    rows: Annotated[
        int, shown(Panel.DATA, "Pictures to take of each file, evenly spread over it.", metavar="N")
    ] = 2000,
    force: Forced = False,
    output: Annotated[Path, shown(Panel.OUTPUT, "Page to write.", "--output", "-o", metavar="HTML")] = Path(
        "realism.html"
    ),
    overwrite: Overwriting = False,
    json_: AsJson = False,
    seed: Seed = 0,
    device: Annotated[str, shown(Panel.HARDWARE, DEVICE, metavar=DEVICE_NAMES)] = "auto",
) -> None:
    """Measure how close refined eyes are to real ones: can a classifier tell them apart, and how do sharpness,
    contrast and spectra differ.

    Examples:
        gazeaug realism unityeyes.refined.h5 real.h5 --synthetic unityeyes.h5
        gazeaug realism unityeyes.refined.h5 real.h5 -o page.html --device cuda:1
    """
    from gazeaug.evaluation.realism import measure_realism
    from gazeaug.evaluation.realism_page import describe_realism, write_realism_page
    from gazeaug.output_kinds import Kind
    from gazeaug.outputs import check_output

    files = [path for path in (synthetic, refined, real) if path is not None]
    check_output(output, overwrite=overwrite, inputs=files, kind=Kind.PAGE)
    work = Work()
    silent = (lambda _: None) if json_ else say
    found = measure_realism(
        refined, real, synthetic=synthetic, rows=rows, seed=seed, device=device, force=force, say=silent
    )
    page = write_realism_page(found, files, output)
    if json_:
        print_json(found.to_json())
        return
    show(describe_realism(found))
    work.made(page, unit="realism")
    next_command("turing", refined, real, why="a page that asks people which eyes are real")
