"""The cards of jobs in a real browser: live, stopped by a click, announced, and the same after a reload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gazeaug_studio import queues
from tests.makers.jobs import FAKE_WORKER, Fakes, ended, start, wait
from tests.makers.studio import Asker, studio_at
from tests.makers.studio_page import StudioPage

TELLING = """
import json, os, time
at = {"title": "training", "n": 3, "total": 8, "unit": "steps", "share": 0.375, "seconds_left": 120, "told": "",
      "counted": "3 of 8 steps", "rate": "2 steps/s", "inner": ""}
json.dump(at, open(os.environ["GAZEAUG_PROGRESS_FILE"], "w"))
print("<img src=x onerror=alert(1)>")
time.sleep(60)
"""


@pytest.fixture
def studio(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asker]:
    monkeypatch.setattr(queues, "WORKER", FAKE_WORKER)
    with studio_at(folder, Fakes()) as asker:
        yield asker
        for job in asker.get("/api/jobs").json["jobs"]:
            if not ended(job):
                asker.post(f"/api/jobs/{job['id']}/stop")
                wait(asker, job["id"], ended)


@pytest.fixture
def page(browser: Any, studio: Asker) -> Iterator[Any]:
    shown = StudioPage(browser, studio, "jobs", width=420)
    yield shown.page
    shown.close()


def test_a_card_from_its_start_to_its_removal(studio: Asker, page: Any) -> None:
    page.wait_for_selector(".note:has-text('Nothing has been run in this folder yet')")
    start(studio, TELLING, output="made.h5")
    start(studio, "print('after')")
    running = page.locator(".job[data-state=running]")
    running.locator(".job-counts:has-text('training: 3 of 8 steps, 2 steps/s, about 2 min left')").wait_for()
    assert running.locator("h3").text_content() == "try → made.h5"
    assert running.locator("[role=progressbar]").get_attribute("aria-valuenow") == "38"
    assert "behind 1 other" in page.locator(".job[data-state=queued] .soft").text_content()
    assert page.locator("#nav .badge").get_attribute("aria-label") == "1 running"
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    running.get_by_role("button", name="Output").click()
    running.locator(".job-log:has-text('onerror')").wait_for()
    assert page.locator(".job img").count() == 0  # the output is text
    page.reload()
    running.get_by_role("button", name="Stop").click()
    stopped = page.locator(".job[data-state=stopped]")
    stopped.wait_for()
    page.locator(".job[data-state=done] .job-last:has-text('after')").wait_for()
    page.wait_for_function("!document.querySelector('#nav .badge')")
    stopped.get_by_role("button", name="Remove").click()
    stopped.wait_for(state="detached")
    assert page.locator(".job").count() == 1


def test_an_end_is_told_where_no_card_shows_it(studio: Asker, page: Any) -> None:
    page.wait_for_selector(".note")
    page.evaluate("location.hash = '#/compare'")
    page.evaluate(
        "code => import('/static/jobs.js').then((jobs) => jobs.startJob('try', { code }))",
        "import sys, time; time.sleep(1.5); sys.exit('error: it is broken.')",
    )
    page.wait_for_selector(".toast[data-state=failed]:has-text('try')")
    assert page.locator("#said").text_content() == "try: failed. error: it is broken."
    page.get_by_role("link", name="try").click()
    page.wait_for_selector(".job[data-state=failed] .job-last:has-text('error: it is broken.')")
