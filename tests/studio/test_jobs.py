"""Jobs as a page asks for them: order, repeats, stops, logs, and what is damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gazeaug.progress import FILE
from gazeaug_studio import jobs as module
from gazeaug_studio import json_files, locks, queues
from gazeaug_studio.job_records import Asked
from gazeaug_studio.jobs import DAMAGED, Jobs
from tests.makers.jobs import FAKE_WORKER, SLEEP, ended, job_studio, says, start, wait
from tests.makers.studio import Asker

WRONG_KIND = json.dumps(dict.fromkeys(Asked.__dataclass_fields__, 1)).encode()


@pytest.fixture
def studio(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asker]:
    monkeypatch.setattr(queues, "WORKER", FAKE_WORKER)
    monkeypatch.setattr(queues, "has_gpu", lambda: True)
    with job_studio(folder) as asker:
        yield asker


def waiting_for(path: Path) -> str:
    """Code that ends once a file is there."""
    return f"import os, time\nprint('begun')\nwhile not os.path.exists({str(path)!r}): time.sleep(0.02)"


def test_a_job_from_its_start_to_its_end(studio: Asker, folder: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    job = start(studio, f"{waiting_for(gate)}\nprint('sun ☀')\nprint(os.getcwd())", output="made.h5")
    assert (job["state"], job["began"], job["code"], job["output"]) == ("queued", None, None, "made.h5")
    running = wait(studio, job["id"], says("begun"))
    assert running["began"] >= job["made"]
    gate.touch()
    done = wait(studio, job["id"], ended)
    assert (done["state"], done["code"], done["last"]) == ("done", 0, str(folder.resolve()))
    log = studio.get(f"/api/jobs/{job['id']}/log")
    assert log.data.decode() == f"begun\nsun ☀\n{folder.resolve()}\n"
    assert studio.get(f"/api/jobs/{job['id']}").json == done


def test_a_queue_runs_one_after_the_other_and_at_once_beside_them(studio: Asker, tmp_path: Path) -> None:
    gate, order = tmp_path / "gate", tmp_path / "order"
    names = [f"open({str(order)!r}, 'a').write('{n} ')" for n in "abc"]
    held = start(studio, f"{waiting_for(gate)}", device="cpu")
    queued = [start(studio, code, device="cpu") for code in names]
    beside = start(studio, "print('beside')", device="cpu", at_once=True)
    elsewhere = [start(studio, f"print('{device}')", device=device) for device in ("auto", None)]
    for job in (beside, *elsewhere):
        assert wait(studio, job["id"], ended)["state"] == "done"
    assert [job["queue"] for job in elsewhere] == ["cuda:0", "files"]
    shown = {job["id"]: job for job in studio.get("/api/jobs").json["jobs"]}
    assert [shown[job["id"]]["ahead"] for job in (held, *queued)] == [0, 1, 2, 3]
    assert list(shown) == [job["id"] for job in (*elsewhere[::-1], beside, *queued[::-1], held)]
    gate.touch()
    assert wait(studio, queued[-1]["id"], ended)["state"] == "done"
    assert order.read_text() == "a b c "


def test_the_same_line_twice_is_refused_while_it_waits_or_runs(studio: Asker, tmp_path: Path) -> None:
    code = waiting_for(tmp_path / "gate")
    job = start(studio, code)
    wait(studio, job["id"], says("begun"))
    answer = studio.post("/api/jobs", command="try", given={"code": code})
    assert answer.status == 409
    assert answer.json["error"].startswith("The same runs already: gazeaug import os")
    (tmp_path / "gate").touch()
    wait(studio, job["id"], ended)
    assert start(studio, code)["id"] != job["id"]


def test_a_failure_shows_its_error(studio: Asker) -> None:
    job = start(studio, "import sys; print('error: a.h5: no such file.', file=sys.stderr); print('bye'); sys.exit(2)")
    failed = wait(studio, job["id"], ended)
    assert (failed["state"], failed["code"], failed["last"]) == ("failed", 2, "error: a.h5: no such file.")


def test_a_queued_job_that_is_stopped_never_starts(studio: Asker, tmp_path: Path) -> None:
    gate, made = tmp_path / "gate", tmp_path / "made"
    first = start(studio, waiting_for(gate))
    queued = start(studio, f"open({str(made)!r}, 'w')")
    stopped = studio.post(f"/api/jobs/{queued['id']}/stop").json
    assert (stopped["state"], stopped["last"]) == ("stopped", "It was stopped before it began.")
    gate.touch()
    wait(studio, first["id"], ended)
    last = start(studio, "print('after')")
    wait(studio, last["id"], ended)
    assert not made.exists()
    assert studio.post(f"/api/jobs/{queued['id']}/stop").status == 409


def test_a_running_job_is_stopped_politely(studio: Asker) -> None:
    polite = "import signal, sys, time\ndef stop(*_):\n print('saved'); sys.exit(130)\n"
    job = start(studio, f"{polite}signal.signal(signal.SIGTERM, stop); print('ready'); time.sleep(60)")
    rude = start(studio, SLEEP, at_once=True)
    for one, last in ((job, "ready"), (rude, "sleeping")):
        wait(studio, one["id"], says(last))
        told = studio.post(f"/api/jobs/{one['id']}/stop").json
        assert told["is_stopping"] or told["state"] == "stopped"
    stopped = wait(studio, job["id"], ended, seconds=5)
    assert (stopped["state"], stopped["code"], stopped["last"]) == ("stopped", 130, "saved")
    killed = wait(studio, rude["id"], ended, seconds=5)
    assert (killed["state"], killed["code"], killed["last"]) == ("stopped", -15, "It was stopped.")


def test_progress_is_what_the_command_writes(studio: Asker, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    said = {"title": "training", "share": 0.5}
    code = f"import json, os; json.dump({said}, open(os.environ['{FILE}'], 'w'));"
    job = start(studio, f"{code}{waiting_for(gate)}")
    assert wait(studio, job["id"], says("begun"))["progress"] == said
    gate.touch()
    assert wait(studio, job["id"], ended)["progress"] == said


def test_the_log_is_read_by_offsets_and_from_its_end(studio: Asker) -> None:
    job = start(studio, "print('\\n'.join(f'{i:06d}' for i in range(100_000)), end='')")
    assert wait(studio, job["id"], ended)["last"] == "099999"
    whole, at = b"", 0
    while part := studio.get(f"/api/jobs/{job['id']}/log", **{"from": at}):
        whole += part.data
        assert len(part.data) <= 256 << 10
        if int(part.headers["x-next"]) == at:
            break
        at = int(part.headers["x-next"])
    assert whole == b"\n".join(b"%06d" % i for i in range(100_000))
    tail = studio.get(f"/api/jobs/{job['id']}/log", tail=6)
    assert (tail.data, tail.headers["x-from"], tail.headers["x-next"]) == (b"099999", str(at - 6), str(at))
    assert studio.get(f"/api/jobs/{job['id']}/log", **{"from": 10**12}).data == b""
    assert studio.get(f"/api/jobs/{job['id']}/log", **{"from": "x"}).status == 400


def test_a_training_gets_a_folder_and_is_resumed_in_it(studio: Asker, folder: Path) -> None:
    made = "run = pathlib.Path(sys.argv[1]); run.mkdir(parents=True); (run / 'config.json').touch()"
    fails = f"import pathlib, sys; {made}; sys.exit(3)"
    job = studio.post("/api/jobs", command="train", given={"code": fails}).json
    assert job["output"].startswith("runs/2")
    assert wait(studio, job["id"], ended)["state"] == "failed"
    assert (folder / job["output"] / "config.json").exists()
    found = module.Job(Jobs(folder.resolve()).folder / job["id"]).asked()
    assert found is not None
    workspace = queues.Workspace.at(folder)
    assert queues.again_of(found, is_done=False, workspace=workspace) == {"resume": True, "run_dir": job["output"]}
    assert queues.again_of(found, is_done=True, workspace=workspace) == {"code": fails}
    (folder / job["output"] / "config.json").unlink()
    assert queues.again_of(found, is_done=False, workspace=workspace) == found.given


def test_two_trainings_in_one_folder_are_refused(studio: Asker) -> None:
    job = studio.post("/api/jobs", command="train", given={"code": SLEEP, "run_dir": "runs/a"})
    assert job.status == 201
    other = studio.post("/api/jobs", command="train", given={"code": f"{SLEEP} ", "run_dir": "runs/a"})
    assert other.status == 409


def test_again_starts_the_same_and_remove_forgets_it(studio: Asker, tmp_path: Path) -> None:
    job = start(studio, "print('once more')", device="cuda:3")
    wait(studio, job["id"], ended)
    more = studio.post(f"/api/jobs/{job['id']}/again").json
    assert (more["line"], more["queue"]) == (job["line"], "cuda:3")
    wait(studio, more["id"], ended)
    assert studio.post(f"/api/jobs/{job['id']}/remove").status == 200
    assert studio.get(f"/api/jobs/{job['id']}").status == 404
    assert [one["id"] for one in studio.get("/api/jobs").json["jobs"]] == [more["id"]]
    running = start(studio, SLEEP)
    assert studio.post(f"/api/jobs/{running['id']}/remove").status == 409
    assert studio.post(f"/api/jobs/{running['id']}/again").status == 409


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"id": 1}', b"\xff\xfe", WRONG_KIND])
def test_a_damaged_record_never_breaks_the_list(studio: Asker, folder: Path, data: bytes) -> None:
    job = start(studio)
    wait(studio, job["id"], ended)
    broken = folder / ".gazeaug-studio/jobs/1"
    broken.mkdir()
    (broken / "job.json").write_bytes(data)
    (folder / ".gazeaug-studio/jobs/notes.txt").touch()
    (folder / ".gazeaug-studio/jobs/1 (copy)").mkdir()
    shown = studio.get("/api/jobs").json["jobs"]
    assert [(one["id"], one["state"]) for one in shown] == [(job["id"], "done"), ("1", "lost")]
    assert shown[1]["last"] == DAMAGED
    assert studio.post("/api/jobs/1/again").status == 409
    assert studio.post("/api/jobs/1/remove").status == 200


@pytest.mark.parametrize("data", ['{"sta', "{}", '{"share": NaN}', '{"share": 1e999}'])
@pytest.mark.parametrize("name", ["began.json", "exit.json", "progress.json"])
def test_other_damage_is_told_or_left_out(studio: Asker, folder: Path, name: str, data: str) -> None:
    job = start(studio)
    wait(studio, job["id"], ended)
    queues._finished.cache_clear()
    (folder / ".gazeaug-studio/jobs" / job["id"] / name).write_text(data)
    shown = studio.get("/api/jobs").json["jobs"][0]
    assert shown["state"] == ("lost" if name == "exit.json" else "done")
    assert shown["progress"] in (None, {}, {"share": None})


def test_what_is_refused(studio: Asker, tmp_path: Path) -> None:
    assert studio.post("/api/jobs", command="try", given={"code": "1", "paths": ["../secret"]}).status == 403
    assert studio.post("/api/jobs", command="try", given={"code": "1", "output": "/etc/x"}).status == 403
    assert studio.post("/api/jobs", command="studio", given={"code": "1"}).status == 422
    assert studio.post("/api/jobs", command=["try"], given={}).status == 400
    assert studio.post("/api/jobs", command="try", given=[]).status == 400
    for ident in ("0", "..", "lock", "1%2F..", "%C2%B2", "1" * 3000):
        assert studio.get(f"/api/jobs/{ident}").status == 404, ident


def test_a_full_disk_leaves_nothing_half_written(studio: Asker, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json_files.os, "replace", full)
    answer = studio.post("/api/jobs", command="try", given={"code": "1"})
    assert (answer.status, answer.json["error"]) == (507, "The disk is full; delete something, then try again.")
    assert [path.name for path in (folder / ".gazeaug-studio/jobs").iterdir()] == ["lock"]


def test_old_jobs_make_room(studio: Asker, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FINISHED", 3)
    for i in range(1, 6):
        old = folder / f".gazeaug-studio/jobs/{i}"
        old.mkdir(parents=True)
        (old / "job.json").write_text("{}")
        (old / "exit.json").write_text(json.dumps({"state": "done"}))
    left = folder / ".gazeaug-studio/jobs/new-abc"
    left.mkdir()
    job = start(studio)
    assert [one["id"] for one in studio.get("/api/jobs").json["jobs"]] == [job["id"], "5", "4", "3"]
    assert not left.exists()


def test_jobs_that_another_process_changes_for_long_are_told(
    studio: Asker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.1)
    (folder / ".gazeaug-studio/jobs").mkdir(parents=True)
    with locks.holding(folder / ".gazeaug-studio/jobs/lock", 0):
        answer = studio.post("/api/jobs", command="try", given={"code": "1"})
    assert (answer.status, answer.json["error"][:29]) == (503, "Another process is changing t")
