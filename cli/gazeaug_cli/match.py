"""`gazeaug match`: a labelled set drawn anew, so that its gaze is spread as a target's is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug_cli.endings import Work, next_command
from gazeaug_cli.old_flags import known_as
from gazeaug_cli.options import Forced, Overwriting, Seed, shown


@known_as(n="rows")
def match(
    path: Annotated[Path, typer.Argument(metavar="INPUT", help="Labelled eye file to draw rows from.")],
    target: Annotated[
        Path,
        shown(Panel.DATA, "Eye file with gaze, or .npz with gaze_pitchyaw, whose gaze is matched.", metavar="FILE"),
    ],
    output: Annotated[Path, shown(Panel.OUTPUT, "Eye file to write (.h5).", "--output", "-o", metavar="FILE")],
    rows: Annotated[int | None, shown(Panel.DATA, "Rows to draw.", metavar="N", unset="as many as INPUT has")] = None,
    convention: Annotated[
        str | None,
        shown(
            Panel.DATA,
            "Convention of the gaze of INPUT, if the file does not say it: unityeyes, opencv, mpiigaze, ...",
            metavar="NAME",
            unset="as the file says",
        ),
    ] = None,
    target_convention: Annotated[
        str | None,
        shown(
            Panel.DATA,
            "Convention of the gaze of the target, if the file does not say it.",
            metavar="NAME",
            unset="as the file says",
        ),
    ] = None,
    force: Forced = False,
    bin_degrees: Annotated[
        float, shown(Panel.METHOD, "Width of the bins of the gaze histogram, from 0.1 to 45.", metavar="DEGREES")
    ] = 2.0,
    seed: Seed = 0,
    overwrite: Overwriting = False,
) -> None:
    """Resample an eye file so that its pitch and yaw are distributed as in a target file.

    Rows are drawn with repeats. An estimator trained on another gaze distribution than that of its test set does worse,
    however real the pictures look.

    Examples:
        gazeaug match unityeyes.h5 --target mpiigaze.h5 -o matched.h5
        gazeaug match unityeyes.h5 --target eth.npz -o matched.h5 --rows 50000
    """
    options = locals()
    from gazeaug.sets.subsets import match_gaze

    work = Work()
    found = match_gaze(**options)
    print(f"effective sample size {found.effective:,.0f}; rows outside the target's gaze: {found.n_outside:,}")
    print(f"{found.share_covered:.1%} of the target's gaze is covered")
    work.made(output, found.n_images)
    next_command("inspect", output)
