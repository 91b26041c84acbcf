"""Jobs whose commands are a few words of Python, and workers that run them in the place of gazeaug."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gazeaug_studio.commands import Line
from tests.makers.studio import Asker, studio_at

FAKE_PROGRAM = "import sys; from gazeaug_studio import worker; worker.PROGRAM = (sys.executable, '-P', '-c')"
FAKE_WORKER = (sys.executable, "-P", "-c", f"{FAKE_PROGRAM}; worker.main()")
SLEEP = "import time; print('sleeping'); time.sleep(60)"


class Fakes:
    """Commands of any name that run the Python in `code`."""

    def listing(self) -> list[dict[str, Any]]:
        """Nothing: any name will do."""
        return []

    def describe(self, name: str) -> dict[str, Any]:
        """No options."""
        return {"arguments": [], "panels": []}

    def line(self, name: str, given: Mapping[str, Any]) -> Line:
        """The code, and the folder of a training."""
        words = [given["code"], *(str(given[key]) for key in ("run_dir", "resume", "output") if key in given)]
        return Line(tuple(words), tuple(given.get("paths", ())), given.get("device"))

    def text(self, words: Sequence[str]) -> str:
        """The words."""
        return " ".join(("gazeaug", *words))


@contextmanager
def job_studio(folder: Path) -> Iterator[Asker]:
    """A studio of such commands; what still waits or runs at the end is stopped."""
    with studio_at(folder, Fakes()) as asker:
        yield asker
        for job in asker.get("/api/jobs").json["jobs"]:
            if not ended(job):
                asker.post(f"/api/jobs/{job['id']}/stop")
                wait(asker, job["id"], ended)


def start(studio: Asker, code: str = "print('did it')", *, at_once: bool = False, **given: Any) -> dict[str, Any]:
    """Start a job."""
    answer = studio.post("/api/jobs", command="try", given={"code": code, **given}, at_once=at_once)
    assert answer.status == 201, answer
    job: dict[str, Any] = answer.json
    return job


def wait(
    studio: Asker, ident: str, is_so: Callable[[dict[str, Any]], object], *, seconds: float = 30
) -> dict[str, Any]:
    """A job once something is so of it; the list is asked for, as the page does."""
    until = time.monotonic() + seconds
    while True:
        job = next(job for job in studio.get("/api/jobs").json["jobs"] if job["id"] == ident)
        if is_so(job):
            return job
        assert time.monotonic() < until, job
        time.sleep(0.05)


def ended(job: Mapping[str, Any]) -> bool:
    """Whether a job has ended, in any way."""
    return job["state"] not in ("queued", "running")


def says(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a job runs and has printed a text last."""
    return lambda job: job["state"] == "running" and text in job["last"]
