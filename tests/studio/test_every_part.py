"""Every part of the studio in a real browser: it fits, is readable in light and dark, and works by keys alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from gazeaug.photos import photographs as photos
from gazeaug.photos.photographs import prepare_photos
from gazeaug_cli.catalogue import Catalogue
from gazeaug_studio import queues
from gazeaug_studio.commands import Line
from tests.makers.browsers import CONTRASTS
from tests.makers.eye_files import write_eyes
from tests.makers.jobs import FAKE_WORKER, Fakes, ended, says, start, wait
from tests.makers.pairs import refine, refined_pair
from tests.makers.photographs import CodedFinder, coded, faceless
from tests.makers.run_folders import write_run
from tests.makers.studio import Asker, studio_at
from tests.makers.studio_page import StudioPage

LONG = f"a folder with a long name/{'subject_0001_session_0002_' * 4}cropped.h5"
LASTING = "import time; print('sleeping'); time.sleep(600)"
PAIR = {"first": "eyes.h5", "second": "eyes.refined.h5"}
PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "folder": ("data", {}),
    "file": ("data", {"file": "eyes.refined.h5", "gaze": "-40,40,-40,40", "tagged": "no"}),
    "long name": ("data", {"file": LONG}),
    "sources": ("data", {"prepare": "choose"}),
    "form": ("data", {"prepare": "unityeyes"}),
    "photographs": ("photographs", {}),
    "found eyes": ("photographs", {"file": "faces.h5"}),
    "train": ("train", {}),
    "run": ("train", {"run": "runs/a"}),
    "two runs": ("train", {"run": ["runs/a", "runs/b"]}),
    "refine": ("refine", {"file": "eyes.h5"}),
    **{f"compare, {mode}": ("compare", PAIR | {"mode": mode}) for mode in ("slider", "difference")},
    "three files": ("compare", PAIR | {"third": "twice.h5", "gaze": 1, "points": 1}),
    "doubt": ("compare", {"first": "twice.h5", "second": "eyes.refined.h5"}),
    "evaluate": ("evaluate", {}),
    **{
        f"start {name}": ("evaluate", {"start": name})
        for name in ("evaluate", "drift", "realism", "turing", "report", "experiments")
    },
    "page": ("evaluate", {"page": "realism.html"}),
    "jobs": ("jobs", {}),
}
CONTROLS = {
    "button",
    "link",
    "textbox",
    "checkbox",
    "radio",
    "combobox",
    "slider",
    "spinbutton",
    "searchbox",
    "listbox",
    "option",
    "progressbar",
}
PICTURES = {"img", "image", "canvas", "Canvas", "Iframe"}
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => one.checkVisibility())
  .map((one) => Number(one.tagName[1]))"""
# Buttons whose words wrap inside, and what sticks out of the page on the right.
MISPLACED = """() => [...document.querySelectorAll("#main *")].filter((one) => one.checkVisibility()).filter((one) => {
  const box = one.getBoundingClientRect();
  const isButton = one.matches("button, .button") && box.height > 46;
  for (let above = one.parentElement; above; above = above.parentElement)
    if (getComputedStyle(above).overflowX !== "visible") return isButton;
  return isButton || (box.right > innerWidth + 1 && !one.closest(".unseen")); })
  .map((one) => one.outerHTML)"""


class Commands(Catalogue):
    """Those of gazeaug, and `try`, which runs a few words of Python."""

    def describe(self, name: str) -> dict[str, Any]:
        return Fakes().describe(name) if name == "try" else super().describe(name)

    def line(self, name: str, given: Mapping[str, Any]) -> Line:
        return Fakes().line(name, given) if name == "try" else super().line(name, given)


def write_every_kind(folder: Path) -> None:
    """What the parts have something to show of."""
    refined_pair(folder, 40)
    refine(folder, "eyes.refined.h5", "twice.h5", force=True)
    (folder / LONG).parent.mkdir()
    write_eyes(folder / LONG, 10)
    for name in ("a", "b"):
        write_run(folder / f"runs/{name}", n=20, steps=20, grids=(10, 20))
    (folder / "broken.h5").write_bytes(b"no HDF5")
    (folder / "realism.html").write_text("<!doctype html><title>page</title><h1>A page</h1>")
    (folder / "shots").mkdir()
    for name, picture in {
        "good": coded(),
        "small": coded(width=12),
        "empty": faceless(),
        "border": coded(shift=90),
    }.items():
        picture.save(folder / f"shots/{name}.png")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(photos, "open_finder", lambda face_model, *, thorough: CodedFinder())
        patched.setattr(photos, "find_mediapipe", lambda face_model: None)
        patched.chdir(folder)
        prepare_photos(["shots"], "faces.h5", workers=1)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """A studio with a running job, one that waits and one that failed."""
    folder = tmp_path_factory.mktemp("every part")
    write_every_kind(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(queues, "WORKER", FAKE_WORKER)
        with studio_at(folder, Commands()) as studio:
            wait(studio, start(studio, "import sys; sys.exit('error: it is broken.')")["id"], ended)
            wait(
                studio,
                start(studio, "import time; print('sleeping'); time.sleep(600)", output=LONG)["id"],
                says("sleeping"),
            )
            start(studio)
            yield studio
            for job in studio.get("/api/jobs").json["jobs"]:
                studio.post(f"/api/jobs/{job['id']}/stop")
                wait(studio, job["id"], ended)


class Page(StudioPage):
    """A page that opens one part after the other."""

    def open(self, part: str, **values: Any) -> Any:
        """Show a part, as it is once nothing is asked for."""
        self.wrong.clear()
        self.page.goto(f"{self.origin}/#/{part}?{urlencode(values, doseq=True)}")
        self.page.wait_for_selector("#main h1")
        self.page.wait_for_load_state("networkidle")
        return self.page

    def nameless(self) -> list[str]:
        """Controls and pictures without a name, as a screen reader is told of them."""
        session = self.page.context.new_cdp_session(self.page)
        nodes = session.send("Accessibility.getFullAXTree")["nodes"]
        session.detach()
        roles = [
            (node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]
        ]
        return [role for role, name in roles if role in CONTROLS | PICTURES and not name.strip()]


@pytest.fixture(scope="module")
def shown(browser: Any, served: Asker) -> Iterator[Page]:
    page = Page(browser, served)
    yield page
    page.context.close()


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("name", PARTS)
def test_a_part_fits_is_readable_and_has_names(shown, name):
    part, values = PARTS[name]
    page = shown.page
    page.set_viewport_size({"width": 420, "height": 900})
    shown.open(part, **values)
    page.mouse.move(0, 0)
    for width in (420, 1360):  # made narrow, then widened
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(MISPLACED) == [], width
        assert shown.nameless() == [], width
        headings = page.evaluate(HEADINGS)
        assert headings.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(headings)), headings
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert [one for one in page.evaluate(CONTRASTS) if one[1] < 4.5] == [], (width, scheme)
    assert shown.wrong == []


def test_the_tab_says_what_is_shown_and_that_a_job_runs(browser, served):
    shown = Page(browser, served)
    page = shown.open("data", file="eyes.h5")
    assert page.title().startswith("Running - eyes.h5 - Data - every part")
    shown.close()


def test_the_first_link_skips_to_the_content_of_the_part(browser, served):
    shown = Page(browser, served)
    page = shown.open("jobs")
    page.reload()
    page.wait_for_selector("#main h1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert page.inner_text("h1") == "Jobs"
    shown.close()


def test_the_focus_stays_near_what_goes_away(browser, served):
    shown = Page(browser, served)
    page = shown.open("data", file="eyes.refined.h5", gaze="-40,40,-40,40", tagged="no")
    page.locator(".chip").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".chip:has-text('not tagged'):focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".wall:focus")
    page.keyboard.press("t")
    page.get_by_role("button", name="Write tagged as a new file").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".writing h2:focus")
    page.get_by_role("button", name="Close", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("button:has-text('Write tagged'):focus")
    shown.close()


def test_the_focus_goes_on_to_the_next_card_when_one_is_removed(browser, served):
    wait(served, start(served, "print('done')", at_once=True)["id"], ended)
    shown = Page(browser, served)
    page = shown.open("jobs")
    remove = page.locator(".job[data-state=done]").get_by_role("button", name="Remove")
    remove.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".job[data-state=failed] h3:focus")
    shown.close()
