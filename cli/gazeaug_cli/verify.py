"""`gazeaug verify`: whether a refined file is what was written, and its labels the input's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug_cli.endings import JsonOnly, next_command, print_json


def verify(
    file: Annotated[Path, typer.Argument(help="What refine-dataset wrote.")],
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Its input, to compare every label with; repeated for several."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="ONNX file that is said to have refined it.")
    ] = None,
    json_: JsonOnly = False,
) -> None:
    """Check the rows against the checksums taken as they were written, and the labels against the input's.

    With --json the keys are path, n_images, n_units, labels, moved and model.

    Examples:
        gazeaug verify unityeyes.refined.h5 --against unityeyes.h5
        gazeaug verify unityeyes.refined.h5 --model runs/first/refiner.onnx
    """
    import dataclasses

    from gazeaug.refining.verify import verify as verify_file

    found = verify_file(file, against=against or None, model=model)
    if json_:
        print_json({"path": file, **dataclasses.asdict(found), "model": model})
        return
    print(f"{file}: {found.n_images:,} rows, {found.n_units} units as written")
    if same := [name for name in found.labels if name not in found.moved]:
        print(f"labels equal bit for bit: {', '.join(same)}")
    if found.moved:
        print(f"labels in pixels equal bit for bit, once moved along with the pictures: {', '.join(found.moved)}")
    if model is not None:
        print(f"refined by {model}")
    if against:
        next_command("drift", against[0], file)
