"""`gazeaug sample-data`: rendered and camera eyes made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.sizes import parse_size

Range = tuple[float, float]
DEGREES = "Lowest and highest, in degrees."


def sample_data(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to.", show_default=False)],
    n: Annotated[int, typer.Option(help="Eyes in each domain.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same eyes.")] = 0,
    size: Annotated[str, typer.Option(help="HEIGHTxWIDTH.")] = "35x55",
    layout: Annotated[str, typer.Option(help="gazeaug, or kaggle (a dataset a picture).")] = "gazeaug",
    synthetic_yaw: Annotated[Range, typer.Option(help=DEGREES)] = (-35.0, 35.0),
    synthetic_pitch: Annotated[Range, typer.Option(help=DEGREES)] = (-25.0, 20.0),
    camera_yaw: Annotated[Range, typer.Option(help=DEGREES)] = (-35.0, 35.0),
    camera_pitch: Annotated[Range, typer.Option(help=DEGREES)] = (-25.0, 20.0),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
) -> None:
    """Make rendered eyes (labelled), camera eyes (images only) and the camera eyes' truth (for evaluation)."""
    from gazeaug.samples.anatomy import GazeRange
    from gazeaug.samples.sets import make_sample_data

    written = make_sample_data(
        folder,
        n=n,
        seed=seed,
        size=parse_size(size),
        layout=layout,
        synthetic_gaze=GazeRange(yaw=synthetic_yaw, pitch=synthetic_pitch),
        camera_gaze=GazeRange(yaw=camera_yaw, pitch=camera_pitch),
        overwrite=overwrite,
    )
    for path in written:
        print(f"{n:,} eyes -> {path}")
