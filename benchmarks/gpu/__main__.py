"""`python -m benchmarks.gpu [SECTION...]`: all sections, or some; output to the screen and to $OUT/log.txt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from benchmarks.gpu.inputs import WORK
from benchmarks.gpu.report import CARD
from benchmarks.gpu.sections import PREPARATIONS, SECTIONS, Section
from benchmarks.gpu.sessions import card_text

OUT = Path(os.environ.get("OUT", "bench-results/gpu"))
KILLED = -signal.SIGKILL


def main(names: Sequence[str] = ()) -> int:
    """Do the sections one after the other; the exit status is 1 where one of them failed."""
    unknown = sorted(set(names) - {section.name for section in SECTIONS})
    if unknown:
        print(f"no section {', '.join(unknown)}; there are {', '.join(section.name for section in SECTIONS)}")
        return 2
    wanted = [section for section in SECTIONS if not names or section.name in names]
    OUT.mkdir(parents=True, exist_ok=True)
    WORK.mkdir(parents=True, exist_ok=True)
    with (OUT / "log.txt").open("w", encoding="utf-8") as log:
        return Run(log).work_off(wanted)


class Run:
    """Sections at work, each a process of its own.

    Args:
        log: gets what is printed.
    """

    def __init__(self, log: IO[str]) -> None:
        self._log, self._began = log, time.monotonic()
        self._environment = {**os.environ, CARD: card_text(), "PYTHONUNBUFFERED": "1"}

    def work_off(self, sections: Sequence[Section]) -> int:
        """All of them, while what they need is prepared; the exit status."""
        failed = []
        with self._preparing({name for section in sections for name in section.needs}) as processes:
            for section in sections:
                for name in section.needs:
                    processes[name].wait()
                if self._do(section):
                    failed.append(section.name)
        seconds = time.monotonic() - self._began
        self._say(f"\n=== {len(sections)} sections in {seconds:.0f} s; failed: {', '.join(failed) or 'none'}")
        return int(bool(failed))

    @contextmanager
    def _preparing(self, names: Iterable[str]) -> Iterator[Mapping[str, subprocess.Popen[str]]]:
        """What sections need is made beside the first of them, each by a process; says so where that fails."""
        with ExitStack() as stack:
            processes = {}
            for name in names:
                log = stack.enter_context((OUT / f"prepare-{name}.log").open("w", encoding="utf-8"))
                processes[name] = self._start(PREPARATIONS[name], log)
                stack.callback(end, processes[name])
            yield processes
        for name, process in processes.items():
            if process.returncode not in (0, KILLED):
                self._say(f"!!! {name}: could not be prepared, see prepare-{name}.log")

    def _do(self, section: Section) -> int:
        """One section, killed with all that it started where it exceeds its limit; its exit status."""
        self._say(f"\n=== {section.name} (limit {section.limit_seconds} s, at {time.monotonic() - self._began:.0f} s)")
        with self._start(section, subprocess.PIPE) as process:
            limit = threading.Timer(section.limit_seconds, end, [process])
            limit.start()
            try:
                for line in process.stdout or ():
                    self._say(line.rstrip())
                status = process.wait()
            finally:
                limit.cancel()
                end(process)
        if status:
            self._say(f"!!! {section.name} ended with {status}{' at its limit' if status == KILLED else ''}")
        return status

    def _start(self, section: Section, output: IO[str] | int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "benchmarks.gpu.sections", section.name]
        options: dict[str, Any] = {"text": True, "errors": "replace", "process_group": 0}
        return subprocess.Popen(command, env=self._environment, stdout=output, stderr=subprocess.STDOUT, **options)

    def _say(self, text: str) -> None:
        print(text, flush=True)
        self._log.write(f"{text}\n")
        self._log.flush()


def end(process: subprocess.Popen[str]) -> None:
    """Kill a process and all that it has started, where it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the section at work is ended too
    sys.exit(main(sys.argv[1:]))
