"""Processes that see a GPU which is not there; see `tests.cuda.stand_ins`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cuda import stand_ins

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"(\d+\.\d+) (\d+) (\w+)(.*)")


@dataclass(frozen=True)
class Call:
    """A call to one of CUDA's libraries."""

    seconds: float
    thread: int
    name: str
    given: str

    @property
    def stream(self) -> str | None:
        """The stream it was for; "(nil)" and "default" are the default one."""
        found = re.search(r"stream (\S+)", self.given)
        return found[1] if found else None


@dataclass(frozen=True)
class Done:
    """What a process said, and what it asked of CUDA."""

    code: int
    out: str
    err: str
    calls: Sequence[Call]

    def named(self, name: str) -> list[Call]:
        return [call for call in self.calls if call.name == name]


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the stand-ins."""
    if reason := stand_ins.why_not():
        pytest.skip(f"the stand-ins for CUDA cannot be built: {reason}")
    return stand_ins.build(tmp_path_factory.mktemp("cuda"))


@pytest.fixture(scope="session")
def on_cuda(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Done]:
    """Runs Python in a process with a stand-in GPU; keywords are environment variables."""

    def run(*command: str | Path, folder: Path = libraries, **environment: str | int) -> Done:
        log = tmp_path_factory.mktemp("log") / "calls"
        log.touch()
        paths = [str(ROOT), str(ROOT / "cli"), str(ROOT / "exporters"), os.environ.get("PYTHONPATH", "")]
        given = {"LD_LIBRARY_PATH": folder, "STAND_IN_LOG": log, "PYTHONPATH": os.pathsep.join(paths), **environment}
        said = subprocess.run(
            [sys.executable, *map(str, command)],
            env=os.environ | {name: str(value) for name, value in given.items()},
            capture_output=True,
            text=True,
        )
        found = [LINE.fullmatch(line) for line in log.read_text(encoding="utf-8").splitlines()]
        calls = [Call(float(m[1]), int(m[2]), m[3], m[4]) for m in found if m]
        return Done(said.returncode, said.stdout, said.stderr, calls)

    return run


@pytest.fixture(scope="session")
def refine_on_cuda(on_cuda: Callable[..., Done]) -> Callable[..., Done]:
    """The command on a stand-in GPU."""

    def run(source: Path, model: Path, *options: str, **environment: str | int) -> Done:
        command = ("-m", "gazeaug_cli", "refine-dataset", source, "-m", model, "--rows-per-unit", "1024", *options)
        return on_cuda(*command, **environment)

    return run
