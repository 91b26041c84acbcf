"""`gazeaug match`: a labelled set drawn anew, so that its gaze is spread as a target's is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.old_flags import known_as
from gazeaug_cli.options import Forced


@known_as(n="rows")
def match(
    path: Annotated[Path, typer.Argument(metavar="INPUT", help="Labelled eye file.")],
    target: Annotated[Path, typer.Option(help="Eye file with gaze, or .npz with gaze_pitchyaw.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Eye file to write.")],
    rows: Annotated[int | None, typer.Option(help="Rows to draw. [default: as many]")] = None,
    bin_degrees: Annotated[float, typer.Option(help="Width of the histogram's bins.")] = 2.0,
    convention: Annotated[str | None, typer.Option(help="Of the input's gaze, where it does not say.")] = None,
    target_convention: Annotated[str | None, typer.Option(help="Of the target's gaze, where it does not say.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 0,
    force: Forced = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
) -> None:
    """Draw rows, some several times, until pitch and yaw are spread as the target's: it matters as much as looks do.

    Examples:
        gazeaug match unityeyes.h5 --target mpiigaze.h5 -o matched.h5
        gazeaug match unityeyes.h5 --target eth.npz -o matched.h5 --rows 50000 --bin-degrees 5
    """
    options = locals()
    from gazeaug.sets.subsets import match_gaze

    found = match_gaze(**options)
    print(f"{found.n_images:,} eyes -> {output}")
    print(f"effective sample size {found.effective:,.0f}; {found.n_outside:,} rows look where the target never does")
    print(f"{found.share_covered:.1%} of the target's gaze is covered")
