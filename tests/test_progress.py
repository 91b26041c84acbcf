"""Progress: one bar on a terminal, plain lines elsewhere, a time left that can be believed, and silence when asked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gazeaug import progress as module
from gazeaug import screens
from gazeaug.keywords import with_options_of
from gazeaug.preparing.options import ItemsOptions
from gazeaug.progress import FILE, Phase, Progress, each, progress, showing, stages
from gazeaug.screens import Pace, Written, amount, duration, fitting, rate
from tests.makers.eye_files import write_eyes
from tests.makers.terminals import COLUMNS, off_terminal, on_terminal

SOON = """
from gazeaug import screens
screens.FIRST_LINE_SECONDS, screens.LINE_SECONDS = 0.3, 0.5
screens.SURE_SECONDS = 0.2
"""
EVALUATING = f"""{SOON}
import time
from gazeaug.progress import each, stages
with stages("evaluating", [f"a file with a rather long name, number {{i}}.h5, seed 1" for i in range(4)]) as names:
    for _ in names:
        for _ in each(range(20), "gaze estimator", unit="epochs"):
            time.sleep(0.02)
"""
TRAINING = f"""{SOON}
from gazeaug_cli.app import app
app("train --synthetic a.h5 --real b.h5 --run-dir run --steps 40 --batch-size 4 --features 4 --blocks 1 --device cpu "
    "--camera-steps 2 --discriminator-pretrain-steps 1 --gaze-guard 0 --discriminator-width 0.1 "
    "--validation-interval 10 --no-tensorboard --precision fp32".split())
"""


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(module, "time", found)
    monkeypatch.setattr(screens, "time", found)
    return found


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)


def test_off_a_terminal_stages_are_plain_lines(tmp_path: Path) -> None:
    said = off_terminal(EVALUATING, tmp_path).stderr
    assert "\r" not in said
    *lines, last = said.splitlines()
    line = r"evaluating: \d of 4: a file with a rather long name, number \d\.h5, seed 1 \(\d+ %\)(, about \d s left)?, "
    assert len(lines) >= 2
    for one in lines:
        assert re.fullmatch(rf"{line}gaze estimator \d+ of 20", one), one
    assert "left" in lines[-1]
    assert re.fullmatch(r"evaluating: 4 of 4 \(100 %\), in \d s", last)


def test_on_a_terminal_stages_are_one_bar_of_80_columns(tmp_path: Path) -> None:
    said = on_terminal(EVALUATING, tmp_path)
    assert said.count("\n") == 1  # one bar, which stays
    frames = [frame.rstrip("\n") for frame in said.split("\r") if frame.strip()]
    assert max(map(len, frames)) < COLUMNS
    assert any(re.search(r"% \|.+\| 3 of 4: a file.*, seed 1, about \d s left", frame) for frame in frames), frames
    assert re.match(r"evaluating 100 % \|█+\| 4 of 4, in \d s", frames[-1])


def test_training_on_a_terminal_and_off_it(tmp_path: Path) -> None:
    for name in ("a.h5", "b.h5"):
        write_eyes(tmp_path / name, 40)
    frames = [frame for frame in on_terminal(TRAINING, tmp_path).split("\r") if frame.startswith("training")]
    bars = [frame.split("\n")[0] for frame in frames]
    assert max(map(len, bars)) < COLUMNS
    assert re.search(r"\| 40 of 40, in \d+ s, score -?\d", bars[-1]), bars[-1]
    (tmp_path / "run").rename(tmp_path / "first")
    done = off_terminal(TRAINING, tmp_path)
    assert "\r" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("training: ")]
    assert re.match(r"training: ((camera|discriminator) \d+ of \d|\d+ of 40) \(\d+ %\)", lines[0])
    assert re.match(r"training: 40 of 40 \(100 %\)", lines[-1])


def test_a_variable_silences_it(tmp_path: Path) -> None:
    assert off_terminal(EVALUATING, tmp_path, TQDM_DISABLE="1").stderr == ""
    assert on_terminal(EVALUATING, tmp_path, TQDM_DISABLE="1") == ""


def test_progress_false_from_python(shown: None) -> None:
    views = []

    @with_options_of(ItemsOptions)
    def work(**options: object) -> None:
        """Do something.

        Args:
            options: those of `ItemsOptions`.
        """
        with progress("working", 1, unit="things") as bar:
            views.append(type(bar.view).__name__)
        assert "progress" not in options

    work()
    work(progress=False)
    assert views == ["Lines", "Silent"]
    assert "    progress: Whether to show progress on stderr.\n" in str(work.__doc__)


def test_what_is_inside_is_folded_into_the_outermost(shown: None) -> None:
    with stages("evaluating", ["one", "two"]) as names:
        for name in names:
            for i in each(range(4), "gaze estimator", unit="epochs"):
                assert names.bar.share == pytest.approx((["one", "two"].index(name) + i / 4) / 2)
                assert names.bar.innermost().title == "gaze estimator"
    assert names.bar.share == 1


def test_what_is_drawn_between_two_stages_names_the_one_that_is_counted(
    clock: Clock, shown: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    with stages("exporting", ["writing", "comparing"]) as names:
        monkeypatch.setattr(names.bar.view, "draw", lambda bar: drawn.append((bar.count(), bar.name)), raising=False)
        for _ in names:
            clock.now += 1
    assert drawn[:2] == [("1 of 2", "writing"), ("2 of 2", "comparing")]


def test_stages_that_were_done_before_are_skipped(clock: Clock, shown: None) -> None:
    """They count as done, and take nothing off the time that is left for the others."""
    with stages("evaluating", list("abcd")) as names:
        for name in names:
            if name in "ab":
                names.skip()
                continue
            for _ in each(range(100), "training", unit="steps"):
                clock.now += 1
            if name == "c":
                assert names.bar.seconds_left() == pytest.approx(100, rel=0.05)


def test_the_start_of_the_device_and_a_slow_beginning_are_not_promised_for_ever(clock: Clock) -> None:
    with showing(False), progress("training", 1500, unit="steps") as bar:
        clock.now += 60  # CUDA starts
        bar.update()
        assert bar.seconds_left() is None
        for _ in range(3):
            clock.now += 2  # libraries choose their algorithms
            bar.update()
        assert bar.seconds_left() is None
        for _ in range(60):
            clock.now += 0.2
            bar.update()
        clock.now += 30
        for _ in range(200):
            clock.now += 0.2
            bar.update()
        left = bar.seconds_left()
    assert left is not None
    assert left == pytest.approx((1500 - 264) * 0.2, rel=0.1)


def test_what_an_earlier_run_did_is_no_speed(clock: Clock) -> None:
    with showing(False), progress("refining", 1000, unit="images", done=900) as bar:
        for _ in range(51):
            clock.now += 1
            bar.update()
        assert bar.seconds_left() == pytest.approx(49)
        assert bar.rate() == "1.0 images/s"


def test_what_comes_before_is_counted_by_itself_and_its_time_with_the_rest(clock: Clock) -> None:
    phases = [Phase("camera", 40, cost=2.0), Phase("discriminator", 0, cost=1.0)]
    with showing(False), progress("training", 120, unit="steps", phases=phases) as bar:
        bar.moved()
        for _ in range(20):
            clock.now += 2
            bar.update()
        assert (bar.count(), bar.rate(), bar.share) == ("camera 20 of 40", "2 s per update", 0.2)
        assert bar.seconds_left() == pytest.approx(160)
        for _ in range(20):
            clock.now += 2
            bar.update()
        clock.now += 1
        bar.update()
        assert (bar.count(), bar.rate(), bar.n) == ("1 of 120", "1.0 steps/s", 1)
        assert bar.seconds_left() == pytest.approx(119)


def test_a_recent_speed_counts() -> None:
    pace = Pace()
    for second in range(101):
        pace.note(second, second * 0.001)
    for second in range(101, 201):
        pace.note(second, 0.1 + (second - 100) * 0.004)
    assert pace.speed(200, 0.5) == pytest.approx(0.004, rel=0.05)


def test_an_error_leaves_no_line_that_says_done(capsys: pytest.CaptureFixture[str], shown: None, clock: Clock) -> None:
    with pytest.raises(ValueError, match="broken"), progress("working", 10, unit="things") as bar:
        clock.now += 20
        bar.update()
        raise ValueError("broken")
    assert capsys.readouterr().err == "working: 1 of 10 (10 %)\n"
    assert module._open == []


RATES = {1234.5: "1,234 steps/s", 12.4: "12 steps/s", 2.51: "2.5 steps/s", 0.25: "4 s per step"}
AMOUNTS = {
    (1, "eyes"): "1 eye",
    (0, "rows"): "0 rows",
    (1234, "images refined"): "1,234 images refined",
    (1, "images refined"): "1 image refined",
}
DURATIONS = {0.4: "0 s", 45: "45 s", 120: "2 min", 4800: "80 min", 9000: "2 h 30 min"}


def test_how_numbers_are_said() -> None:
    assert {number: rate(number, "steps") for number in RATES} == RATES
    assert {number: duration(number) for number in DURATIONS} == DURATIONS
    assert {given: amount(*given) for given in AMOUNTS} == AMOUNTS


@pytest.mark.parametrize("width", range(20, 90))
def test_the_time_left_is_never_cut(width: int) -> None:
    text = fitting(["3 of 8: a rather long name of a file.h5, seed 1", "about 2 min left", "score 0.1"], width)
    assert len(text) <= width
    assert "about 2 min left" in text or width < 22


def test_a_bar_that_is_not_shown_is_none(shown: None) -> None:
    with progress("training", 3, unit="steps", shown=False) as bar:
        assert isinstance(bar, Progress)
        assert module._open == []


def written(path: Path) -> dict[str, Any]:
    """What a progress has written."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "progress.json"
    monkeypatch.setenv(FILE, str(path))
    monkeypatch.setenv("TQDM_DISABLE", "1")  # which is about the screen
    monkeypatch.setattr(Written, "left", {})
    return path


def test_a_file_holds_what_a_bar_shows(clock: Clock, file: Path) -> None:
    with progress("training", 1500, unit="steps") as bar:
        for _ in range(300):
            clock.now += 0.1
            bar.tell("score 0.5")
            bar.update()
        shown = written(file)
        assert shown == {
            "title": "training",
            "n": shown["n"],
            "total": 1500,
            "unit": "steps",
            "share": shown["n"] / 1500,
            "seconds_left": pytest.approx((1500 - shown["n"]) * 0.1),
            "counted": f"{shown['n']} of 1,500 steps",
            "rate": "10 steps/s",
            "told": "score 0.5",
            "inner": "",
        }
        assert 290 <= shown["n"] <= 300


def test_a_file_is_written_twice_a_second_at_most(clock: Clock, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n_written = 0

    def count(self: Written, found: dict[str, Any]) -> None:
        nonlocal n_written
        n_written += 1

    monkeypatch.setattr(Written, "_write", count)
    with progress("training", 1000, unit="steps") as bar:
        for _ in range(1000):
            clock.now += 0.01
            bar.update()
    assert 15 <= n_written <= 22


def test_a_file_tells_of_stages_and_what_is_inside(clock: Clock, file: Path) -> None:
    with stages("evaluating", ["refined.h5, seed 0", "refined.h5, seed 1"]) as names:
        for _ in names:
            for i in each(range(4), "gaze estimator", unit="epochs"):
                if i == 3:
                    shown = written(file)
                clock.now += 1
    assert (shown["counted"], shown["inner"]) == ("2 of 2: refined.h5, seed 1", "gaze estimator 3 of 4")
    assert written(file)["counted"] == "2 of 2"
    assert (written(file)["share"], written(file)["seconds_left"]) == (1, None)


def test_of_several_in_turn_a_file_keeps_what_a_terminal_would(clock: Clock, file: Path) -> None:
    for _ in each(range(2), "looking", unit="files", leave=False):
        clock.now += 1
    assert written(file)["title"] == "looking"
    with progress("refining", 10, unit="images") as bar:
        assert written(file)["title"] == "refining"
        clock.now += 1
        bar.update(10)
    for _ in each(range(2), "checking", unit="files", leave=False):
        assert written(file)["title"] == "checking"
        clock.now += 1
    assert (written(file)["title"], written(file)["share"]) == ("refining", 1)


def test_what_an_error_ends_stays_as_it_was(clock: Clock, file: Path) -> None:
    with pytest.raises(ValueError, match="broken"), progress("looking", 10, unit="files", leave=False) as bar:
        clock.now += 1
        bar.update()
        raise ValueError("broken")
    assert (written(file)["title"], written(file)["n"]) == ("looking", 1)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "Permission denied")])
def test_a_file_that_cannot_be_written_stops_nothing(
    clock: Clock, file: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    with progress("working", 4, unit="things") as bar:
        monkeypatch.setattr(Path, "replace", refuse)
        for _ in range(4):
            clock.now += 1
            bar.update()
    assert written(file)["n"] == 0
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_file_and_lines_are_written_side_by_side(tmp_path: Path) -> None:
    said = off_terminal(EVALUATING, tmp_path, GAZEAUG_PROGRESS_FILE=str(tmp_path / "p.json")).stderr
    assert said.startswith("evaluating: ")
    assert written(tmp_path / "p.json")["title"] == "evaluating"


def test_a_line_above_a_bar_stays_above_it_with_a_file(tmp_path: Path) -> None:
    code = """
import sys
from gazeaug.progress import print_above, progress
with progress("training", 4, unit="steps") as bar:
    print_above("a remark", sys.stdout)
    bar.update(4)
"""
    said = on_terminal(code, tmp_path, GAZEAUG_PROGRESS_FILE=str(tmp_path / "p.json"))
    assert "\ra remark\n" in said.replace(" ", "").replace("aremark", "a remark")


def test_nothing_is_written_where_no_progress_is_wanted(file: Path) -> None:
    with showing(False), progress("working", 2, unit="things") as bar:
        bar.update(2)
    assert not file.exists()
