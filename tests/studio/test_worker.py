"""Workers as processes: what is killed in the middle, what goes on, and that nothing runs twice or never."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gazeaug_studio import locks, queues, worker
from gazeaug_studio.commands import Line
from gazeaug_studio.jobs import LOST, Job, Jobs
from tests.makers.jobs import FAKE_WORKER, SLEEP, Fakes, ended, says, start, wait
from tests.makers.studio import Asker, studio_at

SERVER = """
import sys, time
from gazeaug_studio import queues
from tests.makers.jobs import FAKE_WORKER, Fakes
from tests.makers.studio import studio_at
queues.WORKER = FAKE_WORKER
with studio_at(sys.argv[1], Fakes()) as asker:
    print(asker.port, asker.cookie, flush=True)
    time.sleep(120)
"""


@pytest.fixture
def studio(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asker]:
    monkeypatch.setattr(queues, "WORKER", FAKE_WORKER)
    with studio_at(folder, Fakes()) as asker:
        yield asker


@contextmanager
def server(folder: Path) -> Iterator[tuple[Asker, subprocess.Popen[str]]]:
    """A studio in a process of its own."""
    with subprocess.Popen([sys.executable, "-c", SERVER, folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port, cookie = process.stdout.readline().split()
        yield Asker(int(port), cookie), process
        process.kill()


def numbers(folder: Path, ident: str) -> tuple[int, int]:
    """Of the processes of a job: its command's, and its worker's."""
    began = Job(Jobs(folder).folder / ident).began()
    assert began is not None
    pid = began["pid"]
    parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    return pid, int(parent)


def is_running(pid: int) -> bool:
    """Whether a process runs; one that has ended may be listed until its parent takes note."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def beating(path: Path) -> str:
    """Code that writes to a file as long as it lives, up to two seconds."""
    return f"import time\nprint('beats')\nfor i in range(100):\n open({str(path)!r}, 'a').write('x'); time.sleep(0.02)"


def test_a_killed_command_has_failed_and_the_queue_goes_on(studio: Asker, folder: Path) -> None:
    job, after = start(studio, SLEEP), start(studio, "print('after')")
    wait(studio, job["id"], says("sleeping"))
    os.kill(numbers(folder, job["id"])[0], signal.SIGKILL)
    killed = wait(studio, job["id"], ended)
    assert (killed["state"], killed["code"], killed["last"]) == ("failed", -9, worker.KILLED.format("SIGKILL"))
    assert wait(studio, after["id"], ended)["state"] == "done"


def test_a_command_whose_worker_is_killed_runs_and_can_be_stopped(studio: Asker, folder: Path) -> None:
    job, after = start(studio, SLEEP), start(studio, "print('after')")
    wait(studio, job["id"], says("sleeping"))
    pid, parent = numbers(folder, job["id"])
    os.kill(parent, signal.SIGKILL)
    for _ in range(10):
        shown = {one["id"]: one["state"] for one in studio.get("/api/jobs").json["jobs"]}
        assert shown == {job["id"]: "running", after["id"]: "queued"}
        time.sleep(0.05)
    studio.post(f"/api/jobs/{job['id']}/stop")
    assert wait(studio, job["id"], ended, seconds=5)["state"] == "stopped"
    assert not is_running(pid)
    assert wait(studio, after["id"], ended)["state"] == "done"


def test_a_command_whose_worker_is_killed_ends_unseen(studio: Asker, folder: Path, tmp_path: Path) -> None:
    job = start(studio, beating(tmp_path / "beats"))
    after = start(studio, f"print(len(open({str(tmp_path / 'beats')!r}).read()))")
    wait(studio, job["id"], says("beats"))
    os.kill(numbers(folder, job["id"])[1], signal.SIGKILL)
    shown = wait(studio, job["id"], ended)
    assert (shown["state"], shown["last"]) == ("lost", LOST)
    assert wait(studio, after["id"], ended)["last"] == "100"  # it has waited for the one that nobody watched


def test_worker_and_command_killed_is_lost_and_the_queue_goes_on(studio: Asker, folder: Path) -> None:
    job, after = start(studio, SLEEP), start(studio, "print('after')")
    wait(studio, job["id"], says("sleeping"))
    pid, parent = numbers(folder, job["id"])
    os.kill(parent, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    shown = wait(studio, job["id"], ended)
    assert (shown["state"], shown["last"], shown["code"]) == ("lost", LOST, None)
    assert wait(studio, after["id"], ended)["state"] == "done"
    assert json.loads((Jobs(folder).folder / job["id"] / "exit.json").read_text())["state"] == "lost"


def test_a_killed_server_stops_nothing(folder: Path, tmp_path: Path) -> None:
    with server(folder) as (studio, process):
        job = start(studio, beating(tmp_path / "beats"))
        after = start(studio, "print('after')")
        wait(studio, job["id"], says("beats"))
        process.kill()
        process.wait()
    until = time.monotonic() + 30
    while not (Jobs(folder).folder / after["id"] / "exit.json").exists():  # with no server at all
        assert time.monotonic() < until
        time.sleep(0.05)
    assert (tmp_path / "beats").read_text() == "x" * 100
    with server(folder) as (studio, _):
        shown = [(one["id"], one["state"]) for one in studio.get("/api/jobs").json["jobs"]]
    assert shown == [(after["id"], "done"), (job["id"], "done")]


def test_after_a_restart_the_queue_goes_on_when_a_server_looks(folder: Path) -> None:
    with server(folder) as (studio, process):
        job, after = start(studio, SLEEP), start(studio, "print('after')")
        wait(studio, job["id"], says("sleeping"))
        process.kill()
        pid, parent = numbers(folder, job["id"])
        os.kill(parent, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.3)
    with server(folder) as (studio, _):
        assert wait(studio, job["id"], ended)["state"] == "lost"
        assert wait(studio, after["id"], ended)["state"] == "done"


def test_fifty_jobs_from_two_servers_all_run_once(folder: Path, tmp_path: Path) -> None:
    tally = tmp_path / "tally"
    with server(folder) as (one, _), server(folder) as (other, _):

        def add(studio: Asker, numbers: range) -> None:
            for n in numbers:
                start(studio, f"import os\nos.write(os.open({str(tally)!r}, 1025 | os.O_CREAT), b'{n} ')")

        threads = [
            threading.Thread(target=add, args=(one, range(25))),
            threading.Thread(target=add, args=(other, range(25, 50))),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        jobs = one.get("/api/jobs").json["jobs"]
        assert len(jobs) == 50
        for job in jobs:
            assert wait(other, job["id"], ended)["state"] == "done"
    ran = [int(word) for word in tally.read_text().split()]
    assert sorted(ran) == list(range(50))
    assert [n for n in ran if n < 25] == list(range(25))


def test_a_job_that_is_added_while_its_worker_ends_runs(studio: Asker) -> None:
    for i in range(20):  # each is added when the worker of the one before is at its end
        job = start(studio, f"print({i})")
        wait_quietly(studio, job["id"])


def wait_quietly(studio: Asker, ident: str) -> None:
    """Until a job has ended, without the list, which would start a worker anew."""
    until = time.monotonic() + 10
    while not ended(studio.get(f"/api/jobs/{ident}").json):
        assert time.monotonic() < until, "nobody works it off"


def test_only_the_stop_that_cannot_be_refused_ends_a_deaf_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.5)
    monkeypatch.setattr(worker, "PROGRAM", (sys.executable, "-c"))
    jobs = Jobs(tmp_path)
    jobs.folder.mkdir(parents=True)
    deaf = "import signal, subprocess, sys, time\nsignal.signal(15, signal.SIG_IGN)\n"
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], close_fds=False)"
    with jobs.changing():
        words = [f"{deaf}{child}\nprint('deaf', flush=True)\ntime.sleep(60)"]
        job = jobs.add(
            command="try", line="", words=words, asked=words, given={}, queue="files", at_once=False, output=None
        )
    threading.Thread(target=worker.work_off, args=(jobs, "files")).start()
    until = time.monotonic() + 10
    while "deaf" not in job.tail():
        assert time.monotonic() < until
        time.sleep(0.02)
    (job.folder / "stop").touch()
    while job.ended() is None:
        assert time.monotonic() < until
        time.sleep(0.02)
    shown = job.describe()
    assert (shown["state"], shown["code"]) == ("stopped", -9)
    while locks.is_held(job.folder / "lock"):  # the child of the command, which had a part in it, is killed too
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_cannot_be_started_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PROGRAM", (str(tmp_path / "gone"),))
    jobs = Jobs(tmp_path)
    jobs.folder.mkdir(parents=True)
    with jobs.changing():
        job = jobs.add(command="try", line="", words=[], asked=[], given={}, queue="cpu", at_once=False, output=None)
    worker.work_off(jobs, "files")
    assert job.is_queued
    worker.work_off(jobs, "cpu")
    shown = job.describe()
    assert (shown["state"], shown["last"]) == ("failed", "The command could not be started: No such file or directory.")


def test_the_end_of_a_job_waits_for_room_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FULL_SECONDS", 0.01)
    tries = []

    def full(self: Job, *ended: object) -> None:
        tries.append(ended)
        if len(tries) < 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Job, "end", full)
    worker.end(Job(tmp_path), "done", 0, "")
    assert tries == [("done", 0, "")] * 3
    worker.end(Job(tmp_path / "gone"), "done", 0, "")
    assert len(tries) == 3


def test_no_module_of_the_folder_is_imported(folder: Path) -> None:
    for name in ("json", "gazeaug", "platform"):
        (folder / f"{name}.py").write_text("raise SystemExit('a module of the folder')")

    class Version(Fakes):
        def line(self, name: str, given: object) -> Line:
            return Line(("--version",), (), None)

    with studio_at(folder, Version()) as studio:
        job = studio.post("/api/jobs", command="version", given={}).json
        shown = wait(studio, job["id"], ended)
    assert (shown["state"], shown["last"][:7]) == ("done", "gazeaug")


def test_a_real_command_makes_its_files_and_tells_how_far_it_is(folder: Path) -> None:
    with studio_at(folder) as studio:
        job = studio.post("/api/jobs", command="sample-data", given={"folder": "sample", "rows": 20}).json
        shown = wait(studio, job["id"], ended, seconds=120)
    assert (shown["state"], shown["output"], shown["queue"]) == ("done", "sample", "files")
    assert shown["last"] == "next: gazeaug train --synthetic sample/unityeyes.h5 --real sample/real.h5"
    assert (shown["progress"]["share"], shown["progress"]["counted"]) == (1, "20 of 20 eyes")
    assert (folder / "sample/unityeyes.h5").exists()


def test_the_worker_is_small() -> None:
    names_of = "{name.partition('.')[0] for name in sys.modules}"
    code = f"import sys; from gazeaug_studio import worker; print(*{names_of})"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "h5py", "starlette", "uvicorn", "asyncio", "filelock", "torch", "typer"} & set(names)
