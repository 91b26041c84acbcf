"""Servers, workers and commands are killed at random moments while jobs run: every job stays listed, and ends."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.makers.eye_files import write_eyes
from tests.makers.studio import Asker

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds processes in /proc")]
N_KILLS = 20  # of each kind
PARTS = ("worker", "command")


class Served:
    """A studio in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "gazeaug", "studio", str(folder), "--port", "0", "--no-browser"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = re.search(r":(\d+)/(\?token=\S+)", self.process.stdout.readline())
        assert found is not None
        self.asker = Asker(int(found[1]))
        answer = self.asker.ask("GET", f"/{found[2]}")
        self.asker.cookie = answer.headers["set-cookie"].partition(";")[0]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def processes_in(folder: Path) -> dict[str, list[int]]:
    """Workers and commands that work in a folder."""
    found: dict[str, list[int]] = {part: [] for part in PARTS}
    for place in Path("/proc").iterdir():
        try:
            words, where = (place / "cmdline").read_bytes().split(b"\0"), os.readlink(place / "cwd")
        except OSError:
            continue
        if where == str(folder) and place.name.isdigit():
            if b"gazeaug_studio.worker" in words:
                found["worker"].append(int(place.name))
            elif b"gazeaug" in words:
                found["command"].append(int(place.name))
    return found


def kill(number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


@pytest.fixture
def servers(folder: Path) -> Iterator[list[Served]]:
    """Two of one folder."""
    found = [Served(folder), Served(folder)]
    yield found
    for server in found:
        server.kill()


def jobs_of(servers: list[Served]) -> list[dict]:
    return servers[0].asker.get("/api/jobs").json["jobs"]


def waiting(servers: list[Served]) -> int:
    return sum(job["state"] in ("queued", "running") for job in jobs_of(servers))


def test_eighty_kills_lose_no_job_and_stop_no_queue(folder, servers):
    write_eyes(folder / "eyes.h5", 2000)
    random_ = random.Random(0)
    kills, started = Counter[str](), dict[str, Path]()
    deadline = time.monotonic() + 900
    while min(kills[kind] for kind in (*PARTS, "server", "all")) < N_KILLS:
        assert time.monotonic() < deadline, kills
        while waiting(servers) < 3:
            output = folder / f"part-{len(started)}.h5"
            given = {"path": "eyes.h5", "output": [f"{output.name}=0.5"], "overwrite": True}
            job = servers[0].asker.post("/api/jobs", command="split", given=given, at_once=random_.random() < 0.3)
            assert job.status == 201, job
            started[job.json["id"]] = output
        time.sleep(random_.random() * 1.2)
        there = processes_in(folder)
        kind = min((*PARTS, "server", "all"), key=lambda one: (kills[one], one))
        if kind in PARTS:
            if there[kind]:
                kill(random_.choice(there[kind]))
                kills[kind] += 1
            continue
        for number in [*there["worker"], *there["command"]] if kind == "all" else []:
            kill(number)
        for place in range(2 if kind == "all" else 1):
            servers[place].kill()
            servers[place] = Served(folder)
        kills[kind] += 1
    while waiting(servers):
        assert time.monotonic() < deadline + 120
        time.sleep(0.5)
    jobs = jobs_of(servers)
    assert {job["id"] for job in jobs} == started.keys()
    assert {job["state"] for job in jobs} <= {"done", "failed", "lost"}
    assert all(started[job["id"]].exists() for job in jobs if job["state"] == "done")
    assert processes_in(folder) == {part: [] for part in PARTS}
