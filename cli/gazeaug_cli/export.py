"""`gazeaug export --onnx`: a trained refiner as one ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from gazeaug.options import Panel
from gazeaug_cli.endings import Work, next_command, say
from gazeaug_cli.old_flags import known_as
from gazeaug_cli.options import Overwriting, shown


@known_as(run="run_dir")
def export(
    run_dir: Annotated[
        Path | None,
        shown(Panel.DATA, "Folder of the training run.", metavar="FOLDER", unset="the newest complete run under runs/"),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        shown(Panel.DATA, "Checkpoint file to export.", metavar="FILE", unset="the best one of the run"),
    ] = None,
    output: Annotated[
        Path | None,
        shown(Panel.OUTPUT, "ONNX file to write.", "--output", "-o", metavar="FILE", unset="RUN/refiner.onnx"),
    ] = None,
    overwrite: Overwriting = False,
    onnx: Annotated[bool, shown(Panel.OUTPUT, "Write ONNX, the only format; it may be left out.", "--onnx")] = False,
    io: Annotated[
        str,
        shown(Panel.OUTPUT, "Input and output: uint8 grey levels or float32 in -1..1.", metavar="[uint8|float32]"),
    ] = "uint8",
    opset: Annotated[int, shown(Panel.OUTPUT, "ONNX operator set; at least 18.", metavar="N")] = 18,
    student: Annotated[
        bool,
        shown(
            Panel.METHOD,
            "Train a smaller, faster refiner on the output of this one (minutes), and write RUN/refiner.student.onnx.",
            "--student",
        ),
    ] = False,
    synthetic: Annotated[
        Path | None,
        shown(Panel.METHOD, "Rendered eyes to train a student on.", metavar="FILE", unset="those of the run"),
    ] = None,
) -> None:
    """Export a trained refiner to ONNX. The file is written only if ONNX Runtime and torch give the same result.

    Examples:
        gazeaug export
        gazeaug export --run-dir runs/first -o first.onnx
        gazeaug export --student --synthetic unityeyes.h5
    """
    import json

    from gazeaug.runs.verdict import read_verdict
    from gazeaug_exporters import export_onnx

    work = Work()
    report = export_onnx(
        run_dir=run_dir,
        checkpoint=checkpoint,
        output=output,
        io=io,
        opset=opset,
        student=student,
        synthetic=synthetic,
        overwrite=overwrite,
    )
    if report.student:
        say(f"student: {report.student}; refine-dataset takes it only where --model names it")
    say(f"torch and ONNX Runtime agree: {report.parity}")
    for text in report.remarks:
        print(f"warning: {text}")
    verdict = read_verdict(report.checkpoint.parent)
    for text in verdict.lines() if verdict is not None and verdict.against else []:
        print(text)
    work.made(report.output, unit=str(report.checkpoint))
    settings = report.checkpoint.parent / "config.json"
    eyes = json.loads(settings.read_text("utf-8"))["config"]["synthetic"] if settings.is_file() else "unityeyes.h5"
    next_command("refine-dataset", eyes, "--model", report.output)
