"""Jobs as they are on the disk: a folder each, of small files that are written whole or not at all.

    job.json       what was asked for; never changes
    began.json     when a worker began it, and the number of its process
    log            what the command prints, stdout and stderr in order
    progress.json  written by the command (GAZEAUG_PROGRESS_FILE, see `gazeaug.progress`)
    stop           a request to stop, empty
    exit.json      how it ended; never changes
    lock           held while the worker that began it or its command lives

State follows from these alone, so every server and every worker tells the same. What changes them holds the lock of
all jobs. The worker imports this, so it stays light.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gazeaug_studio import locks
from gazeaug_studio.job_records import Asked
from gazeaug_studio.json_files import read_json, write_json

ID = re.compile(r"[0-9]{1,40}")
FOLDER = ".gazeaug-studio/jobs"
WAIT_SECONDS = 10.0  # for the lock of all jobs, which nobody holds for long
MOST_FINISHED = 200
MOST_ERRORS_BYTES = 1 << 20
ENDS = ("done", "failed", "stopped", "lost")
TAIL_BYTES = 8192
LONGEST_LINE = 400

LOST = (
    "Nobody saw how it ended: it was killed, or the machine was restarted. Its log tells how far it came; Start again "
    "goes on from there where the command can resume."
)
DAMAGED = "The record of this job is damaged. Remove it; what the command wrote is not touched."
STOPPED = "It was stopped."


@dataclass(frozen=True)
class Job:
    """A job in its folder."""

    folder: Path

    @property
    def id(self) -> str:
        """Its name, which sorts by the time it was made."""
        return self.folder.name

    def asked(self) -> Asked | None:
        """What was asked for; None where the record is damaged."""
        try:
            found = Asked(**(read_json(self.folder / "job.json") or {}))
        except TypeError:
            return None
        return found if found.is_sound and found.id == self.id else None

    def began(self) -> dict[str, Any] | None:
        """Empty where it began and the record is damaged."""
        path = self.folder / "began.json"
        return (read_json(path) or {}) if path.exists() else None

    def ended(self) -> dict[str, Any] | None:
        """State, code, time and perhaps a sentence."""
        path = self.folder / "exit.json"
        found = read_json(path)
        if (found is None or found.get("state") not in ENDS) and path.exists():
            return {"state": "lost", "code": None, "ended": path.stat().st_mtime, "sentence": DAMAGED}
        return found

    @property
    def is_alive(self) -> bool:
        """Whether its worker or its command lives."""
        return locks.is_held(self.folder / "lock")

    @property
    def is_queued(self) -> bool:
        """Whether it waits for its turn."""
        return self.began() is None and self.ended() is None

    @property
    def is_to_stop(self) -> bool:
        """Whether somebody wants it to stop."""
        return (self.folder / "stop").exists()

    def end(self, state: str, code: int | None, sentence: str, when: float | None = None) -> None:
        """Write how it ended, now or at a time in seconds since 1970."""
        ended = time.time() if when is None else when
        write_json(self.folder / "exit.json", {"state": state, "code": code, "ended": ended, "sentence": sentence})

    def last_change(self) -> float:
        """When it was last heard of, in seconds since 1970."""
        times = [self.folder.stat().st_mtime]
        for name in ("log", "progress.json"):
            with suppress(OSError):
                times.append((self.folder / name).stat().st_mtime)
        return max(times)

    def describe(self) -> dict[str, Any]:
        """The job as the page has it."""
        asked, began, ended = self.asked(), self.began(), self.ended()
        if asked is None:
            return self._damaged()
        state, sentence = "queued", ""
        if ended is None and began is not None:
            is_alive = self.is_alive
            ended = self.ended()  # it may have ended just before its lock was free
            state, sentence = ("running", "") if is_alive else ("lost", LOST)
        if ended is not None:
            state, sentence = ended["state"], ended.get("sentence", "")
        facts = {name: value for name, value in asdict(asked).items() if name not in ("words", "asked")}
        return facts | {
            "state": state,
            "began": (began or {}).get("began"),
            "ended": ended.get("ended") if ended else self.last_change() if state == "lost" else None,
            "code": ended.get("code") if ended else None,
            "progress": read_json(self.folder / "progress.json") if began is not None else None,
            "last": sentence or self.last_line(is_error=state == "failed"),
            "is_stopping": state == "running" and self.is_to_stop,
        }

    def _damaged(self) -> dict[str, Any]:
        nothing = dict.fromkeys(("began", "ended", "code", "progress", "output"))
        texts = {"command": "", "line": "", "queue": "", "state": "lost", "last": DAMAGED}
        made = self.folder.stat().st_mtime
        return {"id": self.id, "given": {}, "made": made, "at_once": False, "is_stopping": False, **texts, **nothing}

    def last_line(self, *, is_error: bool) -> str:
        """The last line that the command printed, or its error."""
        lines = [line.rsplit("\r", 1)[-1].strip() for line in self.tail().split("\n")]
        lines = [line for line in lines if line] or [""]
        errors = [line for line in lines if line.startswith("error: ")] if is_error else []
        return (errors or lines)[-1][:LONGEST_LINE]

    def tail(self) -> str:
        """The end of the log."""
        try:
            with (self.folder / "log").open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
                return log.read(TAIL_BYTES).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""


@dataclass(frozen=True)
class Jobs:
    """All jobs of a served folder."""

    root: Path
    """The served folder."""

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.root / FOLDER

    def changing(self) -> AbstractContextManager[None]:
        """The lock of all jobs, for the length of a block; raises TimeoutError, and OSError without the folder."""
        return locks.holding(self.folder / "lock", WAIT_SECONDS)

    def errors(self) -> BinaryIO:
        """Where workers write what goes wrong with themselves."""
        path = self.folder / "worker.log"
        is_long = path.exists() and path.stat().st_size > MOST_ERRORS_BYTES
        return path.open("wb" if is_long else "ab")

    def lane_lock(self, lane: str) -> Path:
        """The lock of the one worker of a lane."""
        return self.folder / f"{lane.replace(':', '-')}.lane"

    def all(self) -> list[Job]:
        """Oldest first."""
        try:
            names = sorted(entry.name for entry in os.scandir(self.folder) if entry.is_dir())
        except FileNotFoundError:
            return []
        return [Job(self.folder / name) for name in names if ID.fullmatch(name)]

    def unfinished(self) -> Iterator[Job]:
        """Those without an end, oldest first."""
        return (job for job in self.all() if not (job.folder / "exit.json").exists())

    def add(self, **asked: Any) -> Job:
        """Add a job, whole or not at all; call it while `changing`."""
        newest = max((job.id for job in self.all()), default="0")
        ident = max(str(time.time_ns()), str(int(newest) + 1))
        new = Path(tempfile.mkdtemp(prefix="new-", dir=self.folder))
        try:
            write_json(new / "job.json", asdict(Asked(id=ident, made=time.time(), **asked)))
            os.rename(new, self.folder / ident)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            raise
        return Job(self.folder / ident)

    def prune(self) -> None:
        """Remove the oldest of many finished jobs, and what was made in part; call it while `changing`."""
        for left in self.folder.glob("new-*"):
            shutil.rmtree(left, ignore_errors=True)
        finished = [job for job in self.all() if (job.folder / "exit.json").exists()]
        for job in finished[: max(0, len(finished) - MOST_FINISHED)]:
            self.remove(job)

    def remove(self, job: Job) -> None:
        """Remove the record of a job that has ended."""
        shutil.rmtree(job.folder, ignore_errors=True)
        with suppress(OSError):
            self.lane_lock(job.id).unlink()
