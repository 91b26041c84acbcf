"""`gazeaug merge`: the shares of several processes joined into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.endings import Work, next_command


def merge(
    output: Annotated[Path, typer.Argument(help="The output, or its folder of parts.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
) -> None:
    """Join what `refine-dataset --num-units N --unit-index I` processes have done; every unit is checked first.

    Examples:
        gazeaug merge unityeyes.refined.h5
    """
    from gazeaug.refining.joining import merge as merge_units

    work = Work()
    path, n_images = merge_units(output, overwrite=overwrite)
    work.made(path, n_images, "images")
    next_command("verify", path)
