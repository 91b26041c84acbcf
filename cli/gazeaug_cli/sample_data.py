"""`gazeaug sample-data`: rendered and camera eyes made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gazeaug.samples.options import GazeRange, SampleOptions
from gazeaug_cli.options import taking

Range = Annotated[tuple[float, float], typer.Option(help="Lowest and highest, in degrees.", rich_help_panel="Data")]


@taking(SampleOptions)
def sample_data(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to.")],
    synthetic_yaw: Range = GazeRange.yaw,
    synthetic_pitch: Range = GazeRange.pitch,
    camera_yaw: Range = GazeRange.yaw,
    camera_pitch: Range = GazeRange.pitch,
    **given: Any,
) -> None:
    """Make rendered eyes (labelled), camera eyes (images only) and the camera eyes' truth (for evaluation).

    Examples:
        gazeaug sample-data samples
        gazeaug sample-data samples --rows 2000 --size 36x60 --camera-yaw -20 20
    """
    from gazeaug.samples.sets import make_sample_data

    synthetic_gaze = GazeRange(yaw=synthetic_yaw, pitch=synthetic_pitch)
    camera_gaze = GazeRange(yaw=camera_yaw, pitch=camera_pitch)
    for path in make_sample_data(folder, synthetic_gaze=synthetic_gaze, camera_gaze=camera_gaze, **given):
        print(f"{given.get('rows', SampleOptions.rows):,} eyes -> {path}")
