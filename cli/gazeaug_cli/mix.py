"""`gazeaug mix`: several eye files mixed into one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.old_flags import known_as


@known_as(n="rows")
def mix(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FILE[=SHARE]...", help="Eye files, all with a share or none."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Eye file to write.")],
    rows: Annotated[int | None, typer.Option(help="Rows to write. [default: as many as the shares allow]")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw and the order.")] = 0,
    labels: Annotated[str | None, typer.Option(help="Names with commas. [default: all]")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
) -> None:
    """Mix files in shuffled order: unityeyes.h5=3 real.h5=1 takes three rows of one for each of the other.

    Examples:
        gazeaug mix refined.h5=3 mpiigaze.h5=1 -o mixed.h5
        gazeaug mix a.h5 b.h5 -o both.h5 --labels look_vec
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
    found = mix_files(names, output, weights=weights or None, rows=rows, seed=seed, labels=wanted, overwrite=overwrite)
    for name, count in zip(names, found.counts, strict=True):
        print(f"{count:,} eyes of {name}")
    print(f"{found.n_images:,} eyes -> {output}")
