"""Commands in processes of their own, for tests that kill them: forked from one that has imported everything once."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import RLock

import torch
from tqdm import tqdm

FORKS = multiprocessing.get_context("forkserver")
# torch's compiler comes with the first step of an optimizer, and takes longer than all the rest.
FORKS.set_forkserver_preload([__name__, "torch._dynamo", "gazeaug.training.loop", "gazeaug.refining.job", "scipy.io"])


def started(
    arguments: Sequence[str],
    *,
    folder: Path,
    said: Path,
    setting: Callable[[], None] | None = None,
    environment: dict[str, str] | None = None,
) -> BaseProcess:
    """A command of gazeaug at work.

    Args:
        arguments: what is typed after `gazeaug`.
        folder: where it is typed.
        said: file that gets what the command prints, errors too.
        setting: called first, to set constants; a function of a module.
        environment: more variables.
    """
    variables = {**os.environ, **(environment or {})}
    process = FORKS.Process(target=run, args=(list(arguments), folder, said, setting, variables))
    process.start()
    return process


def finished(arguments: Sequence[str], *, folder: Path, said: Path, **options: object) -> int | None:
    """The exit status of a command, once it has ended."""
    process = started(arguments, folder=folder, said=said, **options)  # type: ignore[arg-type]
    process.join()
    return process.exitcode


def run(
    arguments: list[str], folder: Path, said: Path, setting: Callable[[], None] | None, variables: dict[str, str]
) -> None:
    """What such a process does."""
    from gazeaug_cli.app import app

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    with said.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    torch.set_num_threads(1)
    tqdm.set_lock(RLock())  # its own is shared by processes, and every kill would leave one behind
    if setting is not None:
        setting()
    app(arguments, prog_name="gazeaug")
