"""Commands in processes of their own, for tests that kill them: forked from one that has imported everything once."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch

FORKS = multiprocessing.get_context("forkserver")
# torch's compiler comes with the first step of an optimizer, and takes longer than all the rest.
FORKS.set_forkserver_preload([__name__, "torch._dynamo", "gazeaug.training.loop", "gazeaug.refining.work", "scipy.io"])


def run_command(arguments: list[str]) -> None:
    """`gazeaug ARGUMENTS`."""
    from gazeaug_cli.app import app

    app(arguments, prog_name="gazeaug")


def run_script(arguments: list[str]) -> None:
    """`python ARGUMENTS`."""
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")


def started(
    arguments: Sequence[str],
    *,
    folder: Path,
    said: Path,
    run: Callable[[list[str]], None] = run_command,
    setting: Callable[[], None] | None = None,
    environment: dict[str, str] | None = None,
) -> BaseProcess:
    """A command at work.

    Args:
        arguments: what is typed after `gazeaug`, or after what else runs.
        folder: where it is typed.
        said: file that gets what the command prints, errors too.
        run: what runs; a function of a module, like the next.
        setting: called first, to set constants.
        environment: more variables.
    """
    variables = {**os.environ, **(environment or {})}
    process = FORKS.Process(target=work, args=(run, list(arguments), folder, said, setting, variables))
    process.start()
    return process


def finished(arguments: Sequence[str], *, folder: Path, said: Path, **options: Any) -> int | None:
    """The exit status of a command, once it has ended."""
    process = started(arguments, folder=folder, said=said, **options)
    process.join()
    return process.exitcode


def work(
    run: Callable[[list[str]], None],
    arguments: list[str],
    folder: Path,
    said: Path,
    setting: Callable[[], None] | None,
    variables: dict[str, str],
) -> None:
    """What such a process does."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    with said.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    torch.set_num_threads(1)
    if setting is not None:
        setting()
    run(arguments)
