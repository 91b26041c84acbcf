"""The whole story in a real browser and a real server: from an empty folder to refined eyes with their old labels."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gazeaug.eyefile.reader import IMAGE
from tests.makers import story
from tests.makers.served import served

RENDERED, REFINED = "samples/unityeyes.h5", "samples/unityeyes.refined.h5"
TAGGED = "samples/unityeyes.refined-tagged.h5"
UNANSWERED = "The server does not answer. Start gazeaug studio again; jobs go on without it."
SLOWEST_S = 120.0


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context, wrong = browser.new_context(viewport={"width": 1360, "height": 900}), []
    shown = context.new_page()
    shown.set_default_timeout(story.SLOWEST_MS)
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    yield shown
    context.close()
    assert wrong == []


class Training:
    """The process of a training, which a test holds so that it is not over before its page is looked at."""

    def __init__(self, folder: Path) -> None:
        self.metrics = folder / "runs/first/metrics.jsonl"
        until(lambda: self.n_steps > 0)
        jobs = [job.parent for job in folder.glob(".gazeaug-studio/jobs/*/job.json") if '"train"' in job.read_text()]
        self.pid = int(json.loads((jobs[0] / "began.json").read_text())["pid"])

    def hold(self) -> None:
        """Let it rest."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it work."""
        os.kill(self.pid, signal.SIGCONT)

    @property
    def n_steps(self) -> int:
        """Steps whose numbers it has written."""
        return self.metrics.read_bytes().count(b"\n") if self.metrics.exists() else 0

    def work(self, n_steps: int) -> int:
        """Let it work until it has written so many steps more, or some more than that; returns how many there are."""
        goal = self.n_steps + n_steps
        self.go_on()
        until(lambda: self.n_steps >= goal)
        self.hold()
        return self.n_steps


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something."""
    end = time.monotonic() + SLOWEST_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


class Curve:
    """The curve of a loss, which has a point each step."""

    def __init__(self, page: Any) -> None:
        self.page, self.chart = page, page.locator(".chart:has(h3:text-is('Self-regularisation loss'))")

    def see(self, n_steps: int) -> tuple[int, str]:
        """Points and pixels of the curve, once it has come to a step."""
        self.chart.locator(f".plot[aria-label$='at step {n_steps}']").wait_for()
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        drawn = self.chart.locator("canvas").evaluate("(canvas) => canvas.toDataURL()")
        return n_steps, str(drawn)


def labels(path: Path) -> dict[str, tuple[str, list[bytes]]]:
    """Of each label: its type and attributes, and the bytes of every row."""
    with h5py.File(path) as file:
        return {
            name: (f"{one.dtype} {one.shape[1:]} {dict(one.attrs)}", [np.asarray(row).tobytes() for row in one[:]])
            for name, one in file.items()
            if name != IMAGE
        }


def test_from_an_empty_folder_to_refined_and_tagged_eyes(page: Any, folder: Path) -> None:
    with served(folder, "--no-browser") as studio:
        page.goto(studio.address)
        story.make_sample_data(page)
        story.look_at(page, RENDERED)
        story.start_training(page)
        training, curve = Training(folder), Curve(page)
        try:
            seen = [curve.see(training.work(1))]
            page.reload()
            assert curve.see(training.n_steps)[0] == seen[0][0]
            seen.append(curve.see(training.work(1)))
            studio.process.kill()
            studio.process.wait()
            page.get_by_text(UNANSWERED).first.wait_for()
            n_steps = training.work(1)  # without a server
        except BaseException:
            training.go_on()
            raise
    with served(folder, "--no-browser", "--port", studio.said["port"]):
        try:
            seen.append(curve.see(n_steps))
        finally:
            training.go_on()
        story.see_trained(page)
        seen.append(curve.see(30))
        story.export(page)
        story.refine(page, RENDERED)
        story.verify(page)
        story.compare(page)
        story.tag_and_write(page, REFINED)
        assert story.free_of_problems(page) == []
    assert sorted({n for n, _ in seen}) == [n for n, _ in seen]
    assert len({drawn for _, drawn in seen}) == len(seen)  # each time another picture
    given, refined, tagged = (labels(folder / name) for name in (RENDERED, REFINED, TAGGED))
    assert set(given) == {"iris_centre", "look_vec", "path"}
    assert refined == given
    assert tagged == {name: (kind, [rows[row] for row in story.TAGGED]) for name, (kind, rows) in given.items()}
