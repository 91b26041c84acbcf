"""`gazeaug sample-data`: rendered and camera eyes made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gazeaug.options import Panel
from gazeaug.samples.options import GazeRange, SampleOptions
from gazeaug_cli.endings import Work, next_command
from gazeaug_cli.options import shown, taking

Limits = tuple[float, float]


@taking(SampleOptions)
def sample_data(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write the files in.")],
    synthetic_yaw: Annotated[
        Limits, shown(Panel.DATA, "Yaw of the rendered eyes, in degrees.", metavar="LOW HIGH")
    ] = GazeRange.yaw,
    synthetic_pitch: Annotated[
        Limits, shown(Panel.DATA, "Pitch of the rendered eyes, in degrees.", metavar="LOW HIGH")
    ] = GazeRange.pitch,
    camera_yaw: Annotated[
        Limits, shown(Panel.DATA, "Yaw of the camera eyes, in degrees.", metavar="LOW HIGH")
    ] = GazeRange.yaw,
    camera_pitch: Annotated[
        Limits, shown(Panel.DATA, "Pitch of the camera eyes, in degrees.", metavar="LOW HIGH")
    ] = GazeRange.pitch,
    **given: Any,
) -> None:
    """Generate unityeyes.h5 (rendered eyes with labels), real.h5 (camera eyes without) and real_truth.h5 (the camera
    eyes with their labels, for evaluation).

    Examples:
        gazeaug sample-data samples
        gazeaug sample-data samples --rows 2000 --size 36x60 --camera-yaw -20 20
    """
    from gazeaug.samples.sets import make_sample_data

    synthetic_gaze = GazeRange(yaw=synthetic_yaw, pitch=synthetic_pitch)
    camera_gaze = GazeRange(yaw=camera_yaw, pitch=camera_pitch)
    work, n = Work(), given.get("rows", SampleOptions.rows)
    made = make_sample_data(folder, synthetic_gaze=synthetic_gaze, camera_gaze=camera_gaze, **given)
    for path in made:
        work.made(path, n)
    next_command("train", "--synthetic", made[0], "--real", made[1])
