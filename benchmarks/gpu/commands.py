"""Commands in processes of their own, as a user types them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


class CommandFailed(Exception):  # noqa: N818 -- reads as what happened
    """A command did not end with 0; the text is its last line."""


def output_of(command: Sequence[str]) -> str:
    """What a command printed, without its errors.

    Raises:
        CommandFailed: it did not end with 0.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing was said").splitlines()[-1]
        raise CommandFailed(f"exit status {done.returncode}: {said}")
    return done.stdout.strip()


def refining(source: Path, output: Path, *options: str) -> list[str]:
    """`gazeaug refine-dataset`."""
    command = [sys.executable, "-m", "gazeaug_cli", "refine-dataset", str(source)]
    return [*command, "--output", str(output), "--overwrite", *options]
