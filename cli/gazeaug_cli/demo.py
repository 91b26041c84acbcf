"""`gazeaug demo`: the whole job on sample data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.old_flags import known_as


@known_as(n="rows")
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where everything goes.")] = Path("demo"),
    rows: Annotated[int, typer.Option(help="Eyes in each domain.")] = 10_000,
    steps: Annotated[int | None, typer.Option(help="Training steps.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything.")] = 0,
) -> None:
    """Make sample eyes, train, export, refine, and measure what refined eyes are worth to a gaze estimator.

    Examples:
        gazeaug demo
        gazeaug demo quick --rows 2000 --steps 300
    """
    from gazeaug.demo import run_demo
    from gazeaug_exporters import export_onnx

    def export(run: Path) -> Path:
        return export_onnx(run_dir=run).output

    training = {} if steps is None else {"steps": steps}
    print(run_demo(folder, export, rows=rows, seed=seed, say=lambda text: print(text, flush=True), **training))
