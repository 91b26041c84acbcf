"""`gazeaug doctor`: whether this machine can do the work, and what to type where it cannot."""

from __future__ import annotations

import typer

from gazeaug_cli.endings import JsonOnly, print_json


def doctor(json_: JsonOnly = False) -> None:
    """Check versions, providers, CUDA and disk; exit 1 where a GPU is there and CUDA cannot load.

    What it prints is made to be pasted into an issue: no name of a user, a host or a home folder is in it.

    With --json the keys are facts (by name), findings (text, and remedy where there is a problem) and is_cuda_broken.

    Examples:
        gazeaug doctor
        gazeaug doctor --json
    """
    from gazeaug.doctor import check_up

    checkup = check_up()
    if json_:
        print_json(checkup)
    else:
        print(checkup)
    if checkup.is_cuda_broken:
        raise typer.Exit(1)
