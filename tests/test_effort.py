"""What a result cost: time added up over resumes, in words for people, and nothing that names a machine or a user."""

from __future__ import annotations

import getpass
import socket
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gazeaug import effort
from gazeaug.effort import Effort, cpu_name, effort_since, hardware
from gazeaug.runs.folder import read_state
from gazeaug.training.loop import train
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "less than a second"), (41.4, "41 s"), (200, "3 min 20 s"), (3599.6, "1 h 0 min"), (7380, "2 h 3 min")],
)
def test_a_duration_in_words(seconds: float, said: str) -> None:
    found = Effort(date="2026-11-03", seconds=seconds, hardware="", version="1")
    assert (found.duration, found.day) == (said, "3 November 2026")


def test_it_is_measured_from_a_start_and_on_top_of_what_was_before() -> None:
    found = effort_since(time.monotonic() - 10, before=5)
    assert found.seconds == pytest.approx(15, abs=1)
    assert abs(date.fromisoformat(found.date) - datetime.now(UTC).date()).days <= 1


def test_hardware_names_processor_cores_and_gpu_but_no_machine_and_no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hardware("NVIDIA H100").endswith("; NVIDIA H100")
    assert "no GPU used" in hardware()
    assert hardware().startswith(cpu_name())
    for name in (socket.gethostname(), getpass.getuser()):
        assert name not in hardware().replace("core", "")
    monkeypatch.setattr(effort, "CPU_FACTS", Path("not here"))
    assert cpu_name()


@pytest.mark.usefixtures("one_thread")
def test_a_run_adds_up_its_time_over_resumes(tmp_path: Path) -> None:
    pair = {name: str(write_eyes(tmp_path / f"{name}.h5", 40, seed=i)) for i, name in enumerate(("synthetic", "real"))}
    run = train(**pair, **TINY, steps=2, run_dir=tmp_path / "run")
    first = Effort(**read_state(run)["effort"])
    train(resume=run, steps=4)
    second = Effort(**read_state(run)["effort"])
    assert second.seconds > first.seconds > 0
    assert "no GPU used" in second.hardware
