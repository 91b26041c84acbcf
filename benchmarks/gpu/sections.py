"""Sections in the order of their worth, each with a limit: `python -m benchmarks.gpu.sections NAME` does one, here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from benchmarks.gpu.report import Skipped, say


@dataclass(frozen=True)
class Section:
    """A question to the machine."""

    name: str
    """Also the name of the function that answers it."""
    module: str
    """Of this package; imported in the section's own process alone."""
    limit_seconds: float
    needs: Sequence[str] = ()
    """Which of `PREPARATIONS` must be done before it starts."""

    def work(self) -> Callable[[], None]:
        """The function that prints the answer."""
        found: Callable[[], None] = getattr(import_module(f"benchmarks.gpu.{self.module}"), self.name)
        return found


MODEL, ROWS, EYES = "model", "rows", "eyes"
SECTIONS = (
    Section("machine", "loading", 20),
    Section("doctor", "loading", 40),
    Section("load", "loading", 60, (MODEL,)),
    Section("parity", "parity", 60, (MODEL,)),
    Section("repeat", "parity", 60, (MODEL,)),
    Section("ways", "throughput", 110, (MODEL,)),
    Section("stream", "streaming", 150, (MODEL, ROWS)),
    Section("kill", "streaming", 150, (MODEL, ROWS)),
    Section("profile", "throughput", 40, (MODEL,)),
    Section("train", "training", 110, (EYES,)),
    Section("memory", "streaming", 40, (MODEL, ROWS)),
    Section("eager", "throughput", 90),
)
PREPARATIONS = {name: Section(f"prepare_{name}", "inputs", 600) for name in (MODEL, ROWS, EYES)}


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
