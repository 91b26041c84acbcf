"""`gazeaug studio` in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.makers.studio import Asker

ADDRESS = re.compile(r"studio of (?P<folder>.*): (?P<address>http://(?P<host>.*):(?P<port>\d+)/\?token=(?P<token>\S+))")


@dataclass
class Served:
    """A process, and what it said first."""

    process: subprocess.Popen[str]
    said: re.Match[str]

    @property
    def address(self) -> str:
        """The address with the token."""
        return self.said["address"]

    @property
    def asker(self) -> Asker:
        """Who asks it with its cookie."""
        found = Asker(int(self.said["port"]))
        found.cookie = found.ask("GET", f"/?token={self.said['token']}").headers["set-cookie"].partition(";")[0]
        return found

    def ended(self, number: int) -> tuple[int, float, str]:
        """Status, seconds and output of a process that gets a signal."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(30)
        assert self.process.stdout is not None
        return code, time.monotonic() - began, self.process.stdout.read()


def command(*words: str) -> list[str]:
    """What is run."""
    return [sys.executable, "-m", "gazeaug_cli", "studio", *words]


@contextmanager
def served(folder: Path, *words: str, **environment: str) -> Iterator[Served]:
    """A studio in a process of its own."""
    process = subprocess.Popen(
        command(str(folder), "--port", "0", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
        cwd=folder.parent,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        said = ADDRESS.fullmatch(line.strip())
        assert said, line + process.stdout.read()
        yield Served(process, said)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
