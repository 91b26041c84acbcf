"""`gazeaug demo`: the whole job on sample data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug.training.config import TrainConfig
from gazeaug_cli.endings import Work, next_command, say
from gazeaug_cli.old_flags import known_as
from gazeaug_cli.options import Overwriting, shown
from gazeaug_cli.tables import show


@known_as(n="rows")
def demo(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write everything in.")] = Path("demo"),
    rows: Annotated[int, shown(Panel.DATA, "Eyes in each of the two sets, rendered and camera.", metavar="N")] = 10_000,
    overwrite: Overwriting = False,
    steps: Annotated[
        int | None,
        shown(Panel.SCHEDULE, "Training steps.", metavar="N", unset=f"{TrainConfig.steps}, as gazeaug train"),
    ] = None,
    seed: Annotated[int, shown(Panel.SCHEDULE, "Seed of the data, the training and the estimators.", metavar="N")] = 0,
) -> None:
    """Run the whole pipeline on generated eyes: train, export, refine, and measure what refined eyes bring.

    Examples:
        gazeaug demo
        gazeaug demo quick --rows 2000 --steps 300
    """
    from gazeaug.demo import run_demo
    from gazeaug_exporters import export_onnx

    def export(run: Path) -> Path:
        return export_onnx(run_dir=run).output

    work, training = Work(), {} if steps is None else {"steps": steps}
    show(str(run_demo(folder, export, rows=rows, seed=seed, overwrite=overwrite, say=say, **training)))
    work.made(folder, unit="everything")
    next_command("prepare", "unityeyes", "--help", why="the same with your own UnityEyes pictures")
