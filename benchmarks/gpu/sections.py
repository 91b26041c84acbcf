"""Sections in the order of their worth, each with a limit: `python -m benchmarks.gpu.sections NAME` does one, here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from benchmarks.gpu.report import Skipped, say


@dataclass(frozen=True)
class Section:
    """A question to the machine."""

    name: str
    """Also the name of the function that answers it."""
    module: str
    """Of this package; imported in the section's own process alone."""
    limit_seconds: float
    needs: Literal["nothing", "model", "files"]
    """What must be prepared before it starts: the model, or also eyes to train on and the file of many rows."""

    def work(self) -> Callable[[], None]:
        """The function that prints the answer."""
        found: Callable[[], None] = getattr(import_module(f"benchmarks.gpu.{self.module}"), self.name)
        return found


SECTIONS = (
    Section("machine", "loading", 20, "nothing"),
    Section("doctor", "loading", 40, "nothing"),
    Section("load", "loading", 60, "model"),
    Section("parity", "parity", 60, "model"),
    Section("repeat", "parity", 60, "model"),
    Section("ways", "throughput", 110, "model"),
    Section("stream", "streaming", 150, "files"),
    Section("kill", "streaming", 75, "files"),
    Section("profile", "throughput", 40, "model"),
    Section("train", "training", 110, "files"),
    Section("memory", "streaming", 40, "files"),
    Section("eager", "throughput", 60, "nothing"),
)
PREPARATIONS = {
    "model": Section("prepare_model", "inputs", 600, "nothing"),
    "files": Section("prepare_files", "inputs", 600, "nothing"),
}


def main(name: str) -> None:
    """Do one section; one that this machine cannot do says why and has ended well."""
    section = {section.name: section for section in (*SECTIONS, *PREPARATIONS.values())}[name]
    try:
        section.work()()
    except Skipped as reason:
        say(f"skipped: {reason}")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        say("skipped: torch is not installed")


if __name__ == "__main__":
    main(sys.argv[1])
