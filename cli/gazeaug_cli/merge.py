"""`gazeaug merge`: the shares of several processes joined into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.endings import Work, next_command
from gazeaug_cli.options import Overwriting


def merge(
    output: Annotated[Path, typer.Argument(help="The output that the processes share, or its .parts folder.")],
    overwrite: Overwriting = False,
) -> None:
    """Join what the processes of `refine-dataset --num-units N --unit-index I` have done.

    Every part is checked first.

    Examples:
        gazeaug merge unityeyes.refined.h5
    """
    from gazeaug.refining.joining import merge as merge_units

    work = Work()
    path, n_images = merge_units(output, overwrite=overwrite)
    work.made(path, n_images, "images")
    next_command("verify", path)
