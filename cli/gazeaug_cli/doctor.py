"""`gazeaug doctor`: whether this machine can do the work, and what to type where it cannot."""

from __future__ import annotations

import typer


def doctor() -> None:
    """Check versions, ONNX Runtime, GPU, CUDA and disk. The exit code is 1 if a GPU is there but CUDA does not load.

    Examples:
        gazeaug doctor
    """
    from gazeaug.doctor import check_up

    checkup = check_up()
    for finding in checkup.findings:
        print(finding.text if finding.remedy is None else f"PROBLEM: {finding.text}; type: {finding.remedy}")
    if checkup.is_cuda_broken:
        raise typer.Exit(1)
