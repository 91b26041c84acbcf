"""`gazeaug convert`: an eye file in the layout of another trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.sizes import parse_size

KINDS = "mpiigaze-h5, xgaze, gazehub, faze, kaggle, webdataset, parquet, npz or folder"


def convert(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Eye file.", show_default=False)],
    to: Annotated[str, typer.Option(metavar="KIND", help=f"{KINDS}.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="File or folder to write.", show_default=False)],
    labels: Annotated[
        list[str] | None,
        typer.Option(help="Labels to carry, comma-separated or repeated. [default: all]", show_default=False),
    ] = None,
    resize: Annotated[
        str | None, typer.Option(metavar="HEIGHTxWIDTH", help="Bring pictures to a size.", show_default=False)
    ] = None,
    table: Annotated[str, typer.Option(help="Of folder: jsonl or csv.")] = "jsonl",
    image: Annotated[str, typer.Option(metavar="KEY", help="Dataset or group with the pictures.")] = "image",
    convention: Annotated[
        str | None, typer.Option(help="Of the gaze, where its attributes do not say.", show_default=False)
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
) -> None:
    """Write an eye file as another trainer's readers expect it; labels that do not fit there are named."""
    from gazeaug.converting.conversion import convert as convert_eyes

    report = convert_eyes(
        source,
        output,
        to=to,
        labels=[name for entry in labels for name in entry.split(",")] if labels else None,
        resize=parse_size(resize) if resize else None,
        table=table,
        image=image,
        convention=convention,
        overwrite=overwrite,
    )
    print(f"{report.n_images:,} eyes -> {report.output}")
    for note in report.notes:
        print(note)
    if report.left_out:
        print(f"labels that {to} does not hold: {', '.join(report.left_out)}")
