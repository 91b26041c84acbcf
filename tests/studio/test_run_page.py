"""Runs in a real browser: curves move, the slider shows earlier eyes, runs share charts, and nothing sticks out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from gazeaug.samples.sets import make_sample_data
from tests.makers.browsers import CONTRASTS
from tests.makers.eye_files import write_eyes
from tests.makers.run_folders import add_lines, write_grid, write_run
from tests.makers.studio_page import StudioPage

DISTANCE = ".chart:has(h3:text-is('Distance to the real eyes'))"
REFINED = ".eye-strip:has(.kind:text-is('Refined')) canvas"
GREY = "(canvas) => canvas.getContext('2d').getImageData(2, 2, 1, 1).data[0]"
DRAWN = "(canvas) => canvas.toDataURL()"
HOSTILE = 'runs/<img src=x onerror=alert(1)>"&'


class Page(StudioPage):
    """Runs in the part Train."""

    def __init__(self, browser: Any, studio: Any, *runs: str, **seen: Any) -> None:
        super().__init__(browser, studio, f"train?{urlencode([('run', run) for run in runs])}", **seen)

    def label(self) -> str:
        """What a chart says to those who do not see it."""
        return str(self.page.locator(f"{DISTANCE} .plot").get_attribute("aria-label"))

    def wait_for_label(self, text: str) -> None:
        """Until the chart says something."""
        self.page.locator(f"{DISTANCE} .plot[aria-label*='{text}']").wait_for(timeout=15_000)

    def wait_for_grey(self, level: int) -> None:
        """Until the refined eyes are those of a checkpoint."""
        for _ in range(100):
            if self.page.locator(REFINED).evaluate(GREY) == level:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"no eye of {level}, but of {self.page.locator(REFINED).evaluate(GREY)}")


def test_the_curve_moves_as_lines_arrive(browser, studio, folder):
    run = write_run(folder / "runs/a", n=5, steps=40)
    shown = Page(browser, studio, "runs/a")
    shown.wait_for_label("at step 5")
    canvas = shown.page.locator(f"{DISTANCE} canvas")
    before = canvas.evaluate(DRAWN)
    add_lines(run, range(6, 31))
    shown.wait_for_label("at step 30")
    shown.page.wait_for_timeout(100)
    assert canvas.evaluate(DRAWN) != before
    assert "At step 30 of 40" in shown.page.inner_text(".run-state")
    shown.close()


def test_a_new_run_in_the_same_folder_replaces_the_curve(browser, studio, folder):
    run = write_run(folder / "runs/a", n=30, steps=40)
    shown = Page(browser, studio, "runs/a")
    shown.wait_for_label("at step 30")
    (run / "metrics.jsonl").write_text("")
    add_lines(run, range(1, 4), shift=0.3)
    shown.wait_for_label("at step 3")
    shown.close()


def test_the_slider_shows_earlier_eyes_and_the_pointer_moves_it(browser, studio, folder):
    write_run(folder / "runs/a", n=60, steps=60, grids=(20, 40, 60))
    shown = Page(browser, studio, "runs/a")
    shown.wait_for_grey(60)
    slider = shown.page.get_by_role("slider", name="Checkpoint")
    slider.focus()
    slider.press("ArrowLeft")
    shown.wait_for_grey(40)
    assert slider.get_attribute("aria-valuetext") == "step 40, 2 of 3"
    slider.press("Home")
    shown.wait_for_grey(20)
    over = shown.page.locator(f"{DISTANCE} .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    shown.page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + box["height"] / 2)
    shown.wait_for_grey(40)
    shown.page.get_by_role("button", name="Play").click()
    shown.wait_for_grey(60)
    scale = shown.page.locator(REFINED).evaluate("(canvas) => canvas.getBoundingClientRect().width / canvas.width")
    assert scale == int(scale) >= 2
    shown.close()


def test_a_new_checkpoint_is_shown_unless_an_earlier_one_is_looked_at(browser, studio, folder):
    run = write_run(folder / "runs/a", n=60, steps=90, grids=(20, 40))
    shown = Page(browser, studio, "runs/a")
    shown.wait_for_grey(40)
    write_grid(run, 60)
    add_lines(run, range(61, 64))
    shown.wait_for_grey(60)
    shown.page.get_by_role("slider", name="Checkpoint").press("Home")
    shown.wait_for_grey(20)
    write_grid(run, 80)
    add_lines(run, range(64, 81))
    shown.wait_for_label("at step 80")
    shown.page.wait_for_timeout(300)
    shown.wait_for_grey(20)
    shown.close()


def test_runs_are_picked_from_the_list_and_share_a_chart(browser, studio, folder):
    for name, shift in (("a", 0.0), ("b", 0.2), ("c", 0.4)):
        write_run(folder / f"runs/{name}", n=20, steps=20, grids=(10, 20), shift=shift)
    shown = Page(browser, studio)
    for name in ("a", "c"):
        shown.page.get_by_role("checkbox", name=f"Show runs/{name} with others").check()
    shown.page.get_by_role("button", name="Show on one chart").click()
    shown.page.locator(DISTANCE).wait_for()
    assert "distance of runs/a" in shown.label()
    assert "distance of runs/c" in shown.label()
    assert shown.page.locator(".swatch").count() == 2
    shown.page.reload()
    shown.wait_for_label("distance of runs/c")
    shown.close()


def test_the_last_values_are_a_table_too(browser, studio, folder):
    write_run(folder / "runs/a", n=20, steps=20)
    shown = Page(browser, studio, "runs/a")
    shown.page.get_by_text("Last values as a table").click()
    row = shown.page.locator("tr", has_text="Real eyes reached").inner_text()
    assert row.split("\t")[1:4] == ["reached", "20", "95.2"]
    shown.close()


def test_a_long_run_stays_small(browser, studio, folder):
    write_run(folder / "runs/a", n=20_000, steps=20_000)
    shown = Page(browser, studio, "runs/a")
    shown.wait_for_label("at step 20,000")
    most = shown.page.evaluate("""async () => { const { Series } = await import("/static/run_numbers.js");
      const series = new Series(400);
      let most = 0;
      for (let step = 1; step <= 100000; step += 1) {
        series.add(step, step);
        most = Math.max(most, series.steps.length);
      }
      const even = series.steps.slice(0, -1).map((step, i) => step - (series.steps[i - 1] ?? 0));
      return [most, series.last.step, new Set(even.slice(1)).size]; }""")
    assert most == [800, 100_000, 1]
    shown.close()


def test_a_run_that_is_deleted_while_it_is_shown_is_told(browser, studio, folder):
    write_run(folder / "runs/a", n=5)
    shown = Page(browser, studio, "runs/a")
    shown.wait_for_label("at step 5")
    shutil.rmtree(folder / "runs/a")
    shown.page.locator("main .problem", has_text="runs/a").first.wait_for(timeout=15_000)
    shown.page.close()  # the browser notes the 404


def test_hostile_names_are_texts(browser, studio, folder):
    write_run(folder / HOSTILE, n=5, grids=(5,))
    shown = Page(browser, studio)
    shown.page.get_by_role("link", name=HOSTILE).click()
    shown.wait_for_label("at step 5")
    assert shown.page.inner_text("h1") == HOSTILE
    assert shown.page.locator("main img").count() == 0
    shown.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [420, 1360])
def test_pages_fit_and_can_be_read(browser, studio, folder, width, scheme):
    for i, name in enumerate(("synthetic", "real")):
        write_eyes(folder / f"{name}.h5", 40, seed=i)
    for name in ("a", "b"):
        write_run(folder / f"runs/{name}", n=20, steps=20, grids=(10, 20))
    for runs in ((), ("runs/a",), ("runs/a", "runs/b")):
        shown = Page(browser, studio, *runs, width=width, scheme=scheme)
        shown.page.locator(DISTANCE if runs else ".pair-said h3").wait_for(timeout=30_000)
        shown.page.wait_for_timeout(200)
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        dim = [(text, ratio) for text, ratio in shown.page.evaluate(CONTRASTS) if ratio < 4.5]
        assert [one for one in dim if one[0] not in ("Show on one chart",)] == []  # a button that is off
        shown.close()


def test_a_changed_scheme_redraws_the_charts(browser, studio, folder):
    write_run(folder / "runs/a", n=20, steps=20)
    shown = Page(browser, studio, "runs/a")
    shown.wait_for_label("at step 20")
    shown.page.wait_for_timeout(200)
    canvas = shown.page.locator(f"{DISTANCE} canvas")
    before = canvas.evaluate(DRAWN)
    shown.page.emulate_media(color_scheme="dark")
    shown.page.wait_for_timeout(300)
    assert canvas.evaluate(DRAWN) != before
    shown.close()


def test_the_pair_is_shown_and_checked_and_can_be_swapped(browser, studio, folder):
    make_sample_data(folder, rows=40)
    shown = Page(browser, studio)
    shown.page.locator(".pair-said", has_text="few real eyes").wait_for(timeout=30_000)
    assert shown.page.locator(".side-of-pair canvas:visible").count() == 2
    assert "gazeaug train --dry-run --synthetic unityeyes.h5 --real real.h5" in shown.page.inner_text(".pair-said")
    shown.page.get_by_label("Rendered eyes", exact=True).select_option("real.h5")
    shown.page.get_by_label("Real eyes", exact=True).select_option("unityeyes.h5")
    shown.page.get_by_role("button", name="Swap the two files").click(timeout=30_000)
    shown.page.locator(".pair-said", has_text="few real eyes").wait_for(timeout=30_000)
    shown.page.locator(".form-foot code", has_text="--synthetic unityeyes.h5 --real real.h5").wait_for()
    shown.close()


def test_an_empty_folder_says_what_to_do(browser, studio, folder: Path):
    shown = Page(browser, studio)
    shown.page.get_by_role("button", name="Make sample eyes").wait_for()
    assert "No eye files are here yet" in shown.page.inner_text("main")
    shown.close()


def test_a_report_is_written_and_can_be_opened(browser, studio, folder):
    write_run(folder / "runs/a", n=20, steps=20, grids=(10, 20))
    shown = Page(browser, studio, "runs/a")
    shown.page.get_by_role("button", name="Write report").click()
    link = shown.page.get_by_role("link", name="Open the report")
    link.wait_for(timeout=60_000)
    assert link.get_attribute("href") == "/files/runs/a/report.html"
    shown.close()
