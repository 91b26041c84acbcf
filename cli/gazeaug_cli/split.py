"""`gazeaug split`: an eye file in parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.endings import Work, next_command


def split(
    path: Annotated[Path, typer.Argument(metavar="INPUT", help="Eye file.")],
    output: Annotated[
        list[str],
        typer.Option("--output", "-o", metavar="FILE=SHARE", help="A part; repeated for each."),
    ],
    by: Annotated[str, typer.Option(help="row, hash (of the picture), or a label such as subject.")] = "row",
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing outputs.")] = False,
) -> None:
    """Split a file: -o train.h5=0.8 -o test.h5=0.2, or counts of rows. Labels are carried bit for bit.

    Examples:
        gazeaug split eyes.h5 -o train.h5=0.8 -o test.h5=0.2 --by subject
        gazeaug split eyes.h5 -o small.h5=1000
    """
    from gazeaug.errors import InputError
    from gazeaug.sets.subsets import split as split_file

    parts: dict[str, float] = {}
    for entry in output:
        name, _, share = entry.rpartition("=")
        if name in parts:
            raise InputError(f"--output {name} is given twice; each part needs a name of its own.")
        try:
            parts[name] = float(share)
        except ValueError:
            raise InputError(f"--output must be FILE=SHARE such as train.h5=0.8, got '{entry}'.") from None
    work = Work()
    counts = split_file(path, list(parts), list(parts.values()), by=by, seed=seed, overwrite=overwrite)
    for name, n_images in zip(parts, counts, strict=True):
        work.made(name, n_images)
    next_command("inspect", next(iter(parts)))
