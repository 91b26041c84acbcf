"""The process that runs the jobs of one lane, one after the other: `python -m gazeaug_studio.worker FOLDER LANE`.

It is started by a server and goes on without it. A lane is a queue, or the number of a job that runs beside others.
At its end, it looks for a job a last time and lets go of the lane while it holds the lock of all jobs. A server adds a
job and looks whether the lane is held while it has that same lock. So no job falls between two workers.
"""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from gazeaug_studio import locks
from gazeaug_studio.jobs import LOST, STOPPED, Job, Jobs
from gazeaug_studio.json_files import write_json

PROGRAM = (sys.executable, "-P", "-m", "gazeaug")  # -P: no module of the folder is imported
LOOK_SECONDS = 0.2
STOP_SECONDS = 30.0  # from the polite stop to the one that cannot be refused
TRY_SECONDS = 2.0  # for the lane: a server may be looking whether it is held
FULL_SECONDS = 2.0  # between two tries to write on a full disk
INTERRUPTED = 130
KILLED = "It was killed ({}). Linux does so when the memory is full: take less at once, or close other programs."


def work_off(jobs: Jobs, lane: str) -> None:
    """Run what is queued in a lane; nothing where another worker does."""
    lock = locks.take(jobs.lane_lock(lane), TRY_SECONDS)
    if lock is None:
        return
    while (job := claim(jobs, lane, lock)) is not None:
        with suppress(FileNotFoundError):  # its record has been removed
            run(jobs, job)


def claim(jobs: Jobs, lane: str, lock: locks.Lock) -> Job | None:
    """The next job of a lane, or the one that was left; where there is none, let go of the lane."""
    with jobs.changing():
        for job in jobs.unfinished():
            asked = job.asked()
            if asked is not None and asked.lane == lane:
                return job
        lock.free()
    return None


def run(jobs: Jobs, job: Job) -> None:
    """Run a job to its end; one that another worker began, and left, is only watched."""
    held = wait_for(job)
    try:
        with jobs.changing():
            if job.ended() is not None:
                return
            if job.began() is not None:
                job.end(*(("stopped", None, STOPPED) if job.is_to_stop else ("lost", None, LOST)), job.last_change())
                return
            began = {"began": time.time(), "host": platform.node()}
            write_json(job.folder / "began.json", began)
        end(job, *execute(jobs, job, began, held))
    finally:
        held.leave()  # not freed, since this may be an error while the command goes on


def wait_for(job: Job) -> locks.Lock:
    """The lock of a job once nobody has it; a command without its worker is told of a request to stop meanwhile."""
    began = job.began() or {}
    pid = began.get("pid") if began.get("host") == platform.node() else None
    stop = Stop(job, pid if isinstance(pid, int) and pid > 1 else None)
    while (held := locks.take(job.folder / "lock", LOOK_SECONDS)) is None:
        stop.pass_on()
    return held


class Stop:
    """Hands a request to stop on to the command of a job: politely, and by force where that does not help.

    Use it only while the lock of the job is held: then the number is the command's still.
    """

    def __init__(self, job: Job, pid: int | None) -> None:
        self.job, self.pid = job, pid
        self.since: float | None = None

    def pass_on(self) -> None:
        """Look for a request."""
        if self.pid is None or not self.job.is_to_stop:
            return
        with suppress(ProcessLookupError):
            if self.since is None:
                self.since = time.monotonic()
                os.kill(self.pid, signal.SIGTERM)
            elif time.monotonic() - self.since > STOP_SECONDS and hasattr(os, "killpg"):
                os.killpg(self.pid, signal.SIGKILL)


def execute(jobs: Jobs, job: Job, began: dict[str, Any], held: locks.Lock) -> tuple[str, int | None, str]:
    """Run the command of a job: the state that it ends in, its code, and a sentence where its output has none."""
    try:
        process = started(jobs, job, held)
    except OSError as error:
        return "failed", None, f"The command could not be started: {error.strerror}."
    with suppress(OSError):  # a full disk; another worker could then not stop it
        write_json(job.folder / "began.json", {**began, "pid": process.pid})
    stop = Stop(job, process.pid)
    while True:
        try:
            code = process.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            stop.pass_on()
        else:
            return how_it_ended(code, is_to_stop=job.is_to_stop)


def started(jobs: Jobs, job: Job, held: locks.Lock) -> subprocess.Popen[bytes]:
    """The command of a job, with its part in the lock."""
    asked = job.asked()
    words = [] if asked is None else asked.words  # damaged since it was claimed: `gazeaug` alone explains itself
    extra = {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "GAZEAUG_PROGRESS_FILE": str(job.folder / "progress.json")}
    with (job.folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*PROGRAM, *words],
            cwd=jobs.root,
            env=os.environ | extra,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[held.descriptor] if held.descriptor >= 0 else [],
        )


def how_it_ended(code: int, *, is_to_stop: bool) -> tuple[str, int, str]:
    """State, code and sentence of a command that has ended."""
    if code == 0:
        return "done", code, ""
    if code == INTERRUPTED:
        return "stopped", code, ""
    if code > 0:
        return "stopped" if is_to_stop else "failed", code, ""
    if is_to_stop:
        return "stopped", code, STOPPED
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return "failed", code, KILLED.format(name)


def end(job: Job, state: str, code: int | None, sentence: str) -> None:
    """Write how a job ended. Where the disk is full this waits for room, since nothing could be run without it."""
    while job.folder.exists():
        try:
            job.end(state, code, sentence)
        except OSError:
            time.sleep(FULL_SECONDS)
        else:
            return


def main() -> None:
    """Work off the lane that the line names."""
    root, lane = sys.argv[1:]
    work_off(Jobs(Path(root)), lane)


if __name__ == "__main__":
    main()
