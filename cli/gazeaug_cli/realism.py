"""`gazeaug realism`: how real refined eyes look, beside synthetic and real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.options import Forced


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
    import json

    from gazeaug.evaluation.realism import measure_realism
    from gazeaug.evaluation.realism_page import describe_realism, write_realism_page
    from gazeaug.outputs import check_output

    files = [path for path in (synthetic, refined, real) if path is not None]
    check_output(output, overwrite=True, inputs=files)
    say = (lambda _: None) if json_ else print
    found = measure_realism(refined, real, synthetic=synthetic, rows=rows, seed=seed, force=force, say=say)
    page = write_realism_page(found, files, output)
    print(json.dumps(found.to_json()) if json_ else f"{describe_realism(found)}\nrealism -> {page}")
