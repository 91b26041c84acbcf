"""`gazeaug mix`: several eye files mixed into one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug.screens import amount
from gazeaug_cli.endings import Work, next_command, say
from gazeaug_cli.old_flags import known_as
from gazeaug_cli.options import Overwriting, Seed, shown


@known_as(n="rows")
def mix(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FILE[=SHARE]...", help="Eye files to mix, either all with a share or none."),
    ],
    output: Annotated[Path, shown(Panel.OUTPUT, "Eye file to write (.h5).", "--output", "-o", metavar="FILE")],
    rows: Annotated[
        int | None,
        shown(
            Panel.DATA,
            "Rows to write; if there are fewer in the files, some are repeated.",
            metavar="N",
            unset="as many as the shares allow without repeats",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        shown(
            Panel.DATA,
            "Labels to copy, separated by commas; every file must have them.",
            metavar="NAME,...",
            unset="all",
        ),
    ] = None,
    seed: Seed = 0,
    overwrite: Overwriting = False,
) -> None:
    """Mix eye files into one, in shuffled order.

    The shares unityeyes.h5=3 real.h5=1 give three rows of the first file for each row of the second. All files must
    have the labels that are copied.

    Examples:
        gazeaug mix unityeyes.h5=3 real_truth.h5=1 -o mixed.h5
        gazeaug mix unityeyes.h5 real_truth.h5 -o both.h5 --labels look_vec
    """
    from gazeaug.errors import InputError
    from gazeaug.sets.mixing import mix as mix_files

    parts = [entry.rpartition("=") for entry in inputs]
    names = [name or share for name, _, share in parts]
    try:
        weights = [float(share) for name, _, share in parts if name]
    except ValueError:
        raise InputError(f"shares must be numbers, as in a.h5=3 b.h5=1, got {' '.join(inputs)}.") from None
    if weights and len(weights) != len(inputs):
        raise InputError("give every file a share, as in a.h5=3 b.h5=1, or none.")
    wanted = None if labels is None else labels.split(",")
    work = Work()
    found = mix_files(names, output, weights=weights or None, rows=rows, seed=seed, labels=wanted, overwrite=overwrite)
    for name, count in zip(names, found.counts, strict=True):
        say(f"{amount(count, 'eyes')} of {name}")
    work.made(output, found.n_images)
    next_command("inspect", output)
