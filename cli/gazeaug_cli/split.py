"""`gazeaug split`: an eye file in parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug_cli.endings import Work, next_command
from gazeaug_cli.options import Overwriting, Seed, shown


def split(
    path: Annotated[Path, typer.Argument(metavar="INPUT", help="Eye file to split.")],
    output: Annotated[
        list[str],
        shown(
            Panel.OUTPUT,
            "A part to write, with its share of the rows (0.8) or its number of rows (1000); repeat it for each part.",
            *("--output", "-o"),
            metavar="FILE=SHARE",
        ),
    ],
    by: Annotated[
        str,
        shown(
            Panel.METHOD,
            "What stays together in one part: row (nothing), hash (equal pictures), or the rows with the same "
            "value of a label, such as subject.",
            metavar="[row|hash|LABEL]",
        ),
    ] = "row",
    seed: Seed = 0,
    overwrite: Overwriting = False,
) -> None:
    """Split an eye file into several files. Labels are copied bit for bit.

    Shares sum to 1 at most; rows that are left over are in no part.

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
