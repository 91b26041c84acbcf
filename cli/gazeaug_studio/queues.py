"""What the server does with jobs: adds, stops, repeats and removes them, and sees that every lane has its worker."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from gazeaug.devices import cuda_number
from gazeaug.runs.folder import CONFIG
from gazeaug_studio import locks
from gazeaug_studio.commands import Commands, line_in
from gazeaug_studio.errors import Refused
from gazeaug_studio.job_outputs import output_of, with_run_dir
from gazeaug_studio.job_records import Asked
from gazeaug_studio.jobs import ID, Job, Jobs
from gazeaug_studio.workspace import Workspace

FILES = "files"  # the queue of the commands that take no device
WORKER = (sys.executable, "-P", "-m", "gazeaug_studio.worker")  # -P: no module of the folder is imported
NOT_RUN = ("studio",)  # they would not end


@dataclass(frozen=True)
class Queues:
    """The jobs of a studio."""

    workspace: Workspace
    commands: Commands

    @property
    def jobs(self) -> Jobs:
        """On the disk."""
        return Jobs(self.workspace.root)

    def start(self, command: str, given: Mapping[str, Any], *, at_once: bool = False, queue: str | None = None) -> Job:
        """Add a job; `queue` is that of its device unless one is given.

        Raises:
            InputError: the command does not take the values.
            Refused: a path is outside of the folder, or the same job is queued or runs.
            OSError: the disk is full.
        """
        if command in NOT_RUN:
            raise Refused(422, f"{command}: not run as a job, since it does not end by itself.")
        asked = list(self.commands.line(command, given).words)
        whole = with_run_dir(command, given, self.workspace)
        line = line_in(self.workspace, self.commands, command, whole)
        queue = queue or queue_of(line.device)
        output = output_of(command, whole, self.commands, self.workspace)
        with self._changing():
            self._refuse_twice(asked, output if command == "train" else None)
            self.jobs.prune()
            job = self.jobs.add(
                command=command,
                line=self.commands.text(line.words),
                words=list(line.words),
                asked=asked,
                given=dict(whole),
                queue=queue,
                at_once=at_once,
                output=output,
            )
            self._see_to(job.id if at_once else queue)
        return job

    @contextmanager
    def _changing(self) -> Iterator[None]:
        self.workspace.own("jobs", "lock")  # makes the folder, unless the workspace itself is gone
        try:
            with self.jobs.changing():
                yield
        except TimeoutError as error:
            raise Refused(503, "Another process is changing the jobs of this folder; try again.") from error

    def _refuse_twice(self, words: list[str], run: str | None) -> None:
        """Refuse a line that waits or runs, and a second training in one folder."""
        for job in self.jobs.unfinished():
            asked = job.asked()
            if asked is None or not (job.is_queued or job.is_alive):
                continue
            if words in (asked.asked, asked.words) or (run is not None and run == asked.output):
                state = "waits for its turn" if job.is_queued else "runs"
                raise Refused(409, f"The same {state} already: {asked.line}")

    def tend(self) -> None:
        """See that every lane with something to do has a worker."""
        for lane in {asked.lane for job in self.jobs.unfinished() if (asked := job.asked()) is not None}:
            self._see_to(lane)

    def _see_to(self, lane: str) -> None:
        if not locks.is_held(self.jobs.lane_lock(lane)):
            start_worker(self.workspace.root, lane)

    def find(self, ident: str) -> Job:
        """A job; raises Refused with 404."""
        job = Job(self.jobs.folder / ident)
        if ID.fullmatch(ident) is None or not job.folder.is_dir():
            raise Refused(404, "There is no such job; it may have been removed.")
        return job

    def all(self) -> list[dict[str, Any]]:
        """All jobs, newest first; `ahead` is how many a queued one waits for."""
        self.tend()
        found = [one for job in self.jobs.all() if (one := described(job)) is not None]
        n_ahead = Counter[str]()
        for job in found:
            if job["state"] in ("queued", "running") and not job["at_once"]:
                job["ahead"] = n_ahead[job["queue"]]
                n_ahead[job["queue"]] += 1
        return found[::-1]

    def stop(self, job: Job) -> None:
        """Stop a job that runs, or let a queued one never start; raises Refused with 409 where it has ended."""
        with self._changing():
            if job.ended() is not None:
                raise Refused(409, "The job has ended already.")
            if job.began() is None:
                job.end("stopped", None, "It was stopped before it began.")
            else:
                (job.folder / "stop").touch()
        self.tend()

    def again(self, job: Job, *, at_once: bool = False) -> Job:
        """Start the command of a job again; a training that has a folder already is resumed.

        Raises:
            Refused: 409 where its record is damaged or the same runs.
        """
        asked = job.asked()
        if asked is None:
            raise Refused(409, "The record of this job is damaged; start the command from its own page.")
        given = again_of(asked, is_done=(job.ended() or {}).get("state") == "done", workspace=self.workspace)
        return self.start(asked.command, given, at_once=at_once, queue=asked.queue)

    def remove(self, job: Job) -> None:
        """Remove the record of a job, not what it made; raises Refused with 409 where it has not ended."""
        with self._changing():
            if job.asked() is not None and job.ended() is None and (job.is_queued or job.is_alive):
                raise Refused(409, "The job has not ended; stop it first.")
            self.jobs.remove(job)


def described(job: Job) -> dict[str, Any] | None:
    """A job as the page has it; None where it has just been removed."""
    try:
        return _finished(job) if (job.folder / "exit.json").exists() else job.describe()
    except FileNotFoundError:
        return None


@lru_cache(1024)
def _finished(job: Job) -> dict[str, Any]:
    return job.describe()


def again_of(asked: Asked, *, is_done: bool, workspace: Workspace) -> dict[str, Any]:
    """The values that go on with a job, or do the same once more."""
    run = asked.given.get("run_dir")
    if asked.command != "train" or asked.given.get("resume") or not isinstance(run, str):
        return asked.given
    if is_done and asked.words != asked.asked:  # in another folder, since nobody has named one
        return {name: value for name, value in asked.given.items() if name != "run_dir"}
    has_begun = (workspace.path(run) / CONFIG).exists()
    return {"resume": True, "run_dir": run} if has_begun else asked.given


def queue_of(device: str | None) -> str:
    """The queue of a device as it is typed: "cpu", "cuda:0"; "files" for commands that take none."""
    if device is None:
        return FILES
    if device == "auto":
        return "cuda:0" if has_gpu() else "cpu"
    number = cuda_number(device)
    return "cpu" if number is None else f"cuda:{number}"  # "cpu" too for what the command itself will refuse


@cache
def has_gpu() -> bool:
    """Whether the driver names an NVIDIA GPU that programs may use."""
    from gazeaug.machine import query_gpus  # takes 0.05 s

    return os.environ.get("CUDA_VISIBLE_DEVICES", "0") not in ("", "-1") and bool(query_gpus("name"))


def start_worker(root: Path, lane: str) -> None:
    """Start the worker of a lane, which goes on without this process."""
    with Jobs(root).errors() as errors:
        process = subprocess.Popen(
            [*WORKER, str(root), lane],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, daemon=True).start()  # a process whose end nobody takes note of stays listed
