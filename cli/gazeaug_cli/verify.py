"""`gazeaug verify`: whether a refined file is what was written, and its labels the input's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.options import Panel
from gazeaug.screens import amount
from gazeaug_cli.endings import next_command, print_json
from gazeaug_cli.options import AsJson, shown


def verify(
    file: Annotated[Path, typer.Argument(help="File that refine-dataset wrote.")],
    against: Annotated[
        list[Path] | None,
        shown(
            Panel.DATA,
            "Input of the refinement: compare every label with it; repeat it for several inputs.",
            metavar="FILE",
            unset="labels are not compared",
        ),
    ] = None,
    model: Annotated[
        Path | None,
        shown(
            Panel.DATA,
            "ONNX refiner: check that it refined the file.",
            *("--model", "-m"),
            metavar="FILE",
            unset="the model is not checked",
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    """Check a refined file: its rows against their checksums, and its labels against those of the input.

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
    print(f"{file}: {amount(found.n_images, 'rows')}, {amount(found.n_units, 'units')} as written")
    if same := [name for name in found.labels if name not in found.moved]:
        print(f"labels equal bit for bit: {', '.join(same)}")
    if found.moved:
        print(f"labels in pixels equal bit for bit, once moved along with the pictures: {', '.join(found.moved)}")
    if model is not None:
        print(f"refined by {model}")
    if against and image_shape(against[0]) == image_shape(file):  # drift compares pictures of one size
        next_command("drift", against[0], file)


def image_shape(path: Path) -> tuple[int, ...]:
    """Of the pictures of an eye file, (H, W) or (H, W, 3)."""
    from gazeaug.eyefile.reader import open_eyes

    with open_eyes(path) as eyes:
        return eyes.image_shape
