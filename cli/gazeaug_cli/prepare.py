"""`gazeaug prepare unityeyes` and `gazeaug prepare folder`: pictures into an eye file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gazeaug_cli.sizes import parse_size

if TYPE_CHECKING:
    from gazeaug.prepare import PrepareReport

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make an eye file of a folder of pictures.")

Folder = Annotated[Path, typer.Argument(help="Folder to read.", show_default=False)]
Output = Annotated[Path, typer.Option("--output", "-o", help="Eye file to write.", show_default=False)]
Size = Annotated[str, typer.Option(help="HEIGHTxWIDTH of the eyes.")]
Color = Annotated[bool, typer.Option("--color", help="RGB in place of grey.")]
Workers = Annotated[int | None, typer.Option(help="Processes. [default: cores]", show_default=False)]
Limit = Annotated[int | None, typer.Option(help="Only the first items.", show_default=False)]
KeepGoing = Annotated[bool, typer.Option("--keep-going", help="List unreadable items in a CSV and go on.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]


@app.command("unityeyes")
def unityeyes(
    folder: Folder,
    output: Output,
    size: Size = "35x55",
    margin: Annotated[float, typer.Option(help="Width of the crop over that of the eye.")] = 1.25,
    color: Color = False,
    workers: Workers = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
) -> None:
    """Crop the eyes of a UnityEyes folder (N.jpg + N.json), with all their labels."""
    options = {**locals(), "size": parse_size(size)}
    from gazeaug.prepare import prepare_unityeyes

    tell(prepare_unityeyes(**options))


@app.command("folder")
def pictures(
    folder: Folder,
    output: Output,
    size: Size = "35x55",
    fit: Annotated[str, typer.Option(help="crop or pad another aspect; it is never squashed.")] = "crop",
    color: Color = False,
    workers: Workers = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
) -> None:
    """Bring unlabelled pictures of eyes into an eye file."""
    options = {**locals(), "size": parse_size(size)}
    from gazeaug.prepare import prepare_folder

    tell(prepare_folder(**options))


def tell(report: PrepareReport) -> None:
    """Say what was written, and what was left out."""
    print(f"{report.n_images:,} eyes -> {report.output}")
    if report.skipped is not None:
        print(f"{report.n_skipped:,} unreadable items are listed in {report.skipped}")
