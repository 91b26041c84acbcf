"""Refining on a local Ray of two workers, one of which is killed on the way."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from gazeaug.errors import InputError, RunError
from gazeaug.eyefile.rows import EyeRows
from gazeaug.refining.config import RefineConfig
from gazeaug.refining.plan import plan_refining
from gazeaug.refining.ray_engine import MOST_TRIES, Crew, RefineWorker, import_ray
from gazeaug.refining.stream import RefiningStream
from gazeaug.refining.work import refine, run
from gazeaug.units.ranges import split_into_units
from tests.makers import models
from tests.makers.eye_files import values_of, write_eyes

N_ROWS = 12_000


def workers() -> set[int]:
    """Processes that are actors of ours."""
    found = set()
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if place.read_bytes().startswith(b"ray::RefineWorker"):
                found.add(int(place.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the worker in /proc")
def test_a_killed_worker_is_replaced_and_its_unit_done_again(tmp_path: Path):
    pytest.importorskip("ray")
    source = write_eyes(tmp_path / "unityeyes.h5", N_ROWS)
    model = models.blurring(tmp_path / "refiner.onnx", rounds=120)
    whole = refine(source, model=model, rows_per_unit=512, output=tmp_path / "whole.h5").output
    command = [sys.executable, "-m", "gazeaug_cli", "refine-dataset", str(source), "-m", str(model)]
    command += ["--engine", "ray", "--workers", "2", "--threads", "1", "--rows-per-unit", "512"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob("*.parts/unit-*.h5")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    (victim, *_) = sorted(workers())
    os.kill(victim, signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "12,000 images refined" in out
    assert values_of(tmp_path / "unityeyes.refined.h5") == values_of(whole)
    deadline = time.monotonic() + 60
    while workers() and time.monotonic() < deadline:  # Ray ends its processes after the command has ended
        time.sleep(0.1)
    assert not workers()


class FakeRay:
    """Just enough of Ray to lose actors at will."""

    class exceptions:  # noqa: N801 -- Ray's name
        class RayTaskError(Exception):
            def __init__(self, cause: Exception) -> None:
                self.cause = cause

        class RayActorError(Exception):
            pass

    def wait(self, results: list, num_returns: int = 1) -> tuple[list, list]:
        return results[:num_returns], results[num_returns:]

    def get(self, result: object) -> int:
        outcome = result()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class FakeActor:
    """`refine` and `close` are itself; `remote` tells them apart by the unit."""

    def __init__(self, outcome) -> None:
        self.refine = self.close = self
        self.is_closed = False
        self._outcome = outcome

    def remote(self, *units):
        self.is_closed = not units
        return lambda: self._outcome(*units)


def test_a_unit_that_kills_every_worker_ends_the_run(tmp_path: Path):
    lost = FakeRay.exceptions.RayActorError("out of memory")
    hired: list[FakeActor] = []

    def hire() -> FakeActor:
        hired.append(FakeActor(lambda unit: lost if unit.index == 1 else 64))
        return hired[-1]

    rows: list[int] = []
    with pytest.raises(RunError, match=f"unit 1 lost {MOST_TRIES} workers: out of memory"):
        Crew(FakeRay(), hire).work(split_into_units(256, 64), tmp_path, 2, rows.append)
    assert len(hired) == 2 + MOST_TRIES - 1


def test_workers_are_closed_when_all_units_are_done(tmp_path: Path):
    hired: list[FakeActor] = []

    def hire() -> FakeActor:
        hired.append(FakeActor(lambda unit: unit.stop - unit.start))
        return hired[-1]

    rows: list[int] = []
    Crew(FakeRay(), hire).work(split_into_units(256, 64), tmp_path, 2, rows.append)
    assert rows == [64] * 4
    assert [actor.is_closed for actor in hired] == [True, True]


def test_our_own_sentence_comes_back_from_a_worker(tmp_path: Path):
    ours = FakeRay.exceptions.RayTaskError(InputError("refiner.onnx: not there."))
    with pytest.raises(InputError, match="not there"):
        Crew(FakeRay(), lambda: FakeActor(lambda unit: ours)).work(split_into_units(64, 64), tmp_path, 2, print)
    theirs = FakeRay.exceptions.RayTaskError(ZeroDivisionError("x"))
    with pytest.raises(RunError, match="a Ray worker failed: ZeroDivisionError"):
        Crew(FakeRay(), lambda: FakeActor(lambda unit: theirs)).work(split_into_units(64, 64), tmp_path, 2, print)


def test_without_ray_the_line_to_type_is_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'gazeaug\[ray\]'"):
        import_ray()
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_shares_and_ray_exclude_each_other(eyes_path: Path, model_path: Path):
    with pytest.raises(InputError, match="--engine ray, not both"):
        refine(eyes_path, model=model_path, engine="ray", num_units=2, unit_index=0)
    with h5py.File(refine(eyes_path, model=model_path, threads=1).output) as file:
        assert len(file["image"]) == 150


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="finds open files in /proc")
def test_a_worker_opens_its_stream_once_and_lets_go_of_it(
    eyes_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch
):
    plan = plan_refining(eyes_path, RefineConfig(model=model_path, engine="ray", rows_per_unit=64, threads=1))
    n_threads, entered = threading.active_count(), []
    enter = RefiningStream.__enter__
    monkeypatch.setattr(RefiningStream, "__enter__", lambda self: (entered.append(self), enter(self))[1])
    with plan.log.held(fresh=False):
        worker = RefineWorker(plan)
        assert [worker.refine(unit) for unit in plan.units[:2]] == [64, 64]
        assert len(entered) == 1
        assert is_open(eyes_path)
        worker.close()
        assert (threading.active_count(), is_open(eyes_path)) == (n_threads, False)

        with monkeypatch.context() as patch, pytest.raises(InputError, match="torn"):
            patch.setattr(EyeRows, "read_label", torn)
            worker.refine(plan.units[2])
        assert (threading.active_count(), is_open(eyes_path)) == (n_threads, False)
        assert worker.refine(plan.units[2]) == 22
        worker.close()


def torn(*_: object) -> None:
    raise InputError("torn")


def is_open(path: Path) -> bool:
    """Whether this process has a file open."""
    links = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]
    return path.resolve() in [link.resolve() for link in links]


def test_a_worker_takes_the_plan_as_it_was_made(tmp_path: Path, model_path: Path):
    """Pickled, with nothing checked or decided again: an actor on another machine refines as the driver would."""
    source = write_eyes(tmp_path / "unityeyes.h5", 100)
    plan = plan_refining(source, RefineConfig(model=model_path, engine="ray", rows_per_unit=64, precision="fp16"))
    with plan.log.held(fresh=False) as folder:
        worker = pickle.loads(pickle.dumps(RefineWorker(plan)))
        assert worker.plan.session.provider == plan.session.provider
        assert worker.plan.session.precision == plan.session.precision == "fp16"
        assert [worker.refine(unit) for unit in plan.units] == [64, 36]
        assert [path.name for path in sorted(folder.glob("unit-*.h5"))] == ["unit-000000.h5", "unit-000001.h5"]
    local = run(
        plan_refining(
            source, RefineConfig(model=model_path, rows_per_unit=64, precision="fp16", output=tmp_path / "local.h5")
        )
    )
    with h5py.File(local.output) as whole, h5py.File(plan.units[1].shard(folder)) as shard:
        np.testing.assert_array_equal(shard["image"][()], whole["image"][64:])
