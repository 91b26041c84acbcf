"""The pages in a real browser: nothing is fetched, nothing fails, nothing sticks out, and the slider moves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import TINY, write_eyes

from gazeaug.experiments import EXPERIMENTS, LOOKED_AT, Result
from gazeaug.experiments_page import write_experiments_page
from gazeaug.report import write_report
from gazeaug.training import train

playwright = pytest.importorskip("playwright.sync_api")
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    quiet = ["--disable-background-networking", "--disable-component-update", "--no-sandbox"]
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=executable, args=quiet)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    pair = {name: str(write_eyes(folder / f"{name}.h5", 40, seed=i)) for i, name in enumerate(("synthetic", "real"))}
    quick = {"steps": 6, "watch_interval": 2, "checkpoint_interval": 2, "learning_rate": 0.02}  # grids that differ
    run = train(**pair, **TINY, **quick, run_dir=folder / "run")
    looks = dict.fromkeys(LOOKED_AT, 0.5)
    results = [Result(run="r", value=i, milliseconds=1.0, looks=looks, error=7.0 - i) for i in (1, 2)]
    experiments = write_experiments_page(dict.fromkeys(EXPERIMENTS, results), folder / "experiments.html")
    return {"report": write_report(run), "experiments": experiments}


def opened(browser: Any, path: Path, width: int) -> tuple[Any, list[str]]:
    """A page, and whatever it asked the network for or complained of."""
    page, wrong = browser.new_page(viewport={"width": width, "height": 900}), []
    page.on("request", lambda request: wrong.append(request.url) if request.url.startswith("http") else None)
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(path.as_uri())
    return page, wrong


@pytest.mark.parametrize("name", ["report", "experiments"])
@pytest.mark.parametrize("width", [420, 1360])
def test_a_page_fits_and_needs_nothing(browser, pages, name, width):
    page, wrong = opened(browser, pages[name], width)
    page.wait_for_selector("svg polyline")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    page.close()


def test_the_slider_shows_an_earlier_grid(browser, pages):
    page, _ = opened(browser, pages["report"], 1360)
    assert page.inner_text("#step") == "step 6"
    last = page.get_attribute("#grid", "src")
    page.press("#when", "Home")
    assert page.inner_text("#step") == "step 2"
    assert page.get_attribute("#grid", "src") != last
    assert page.evaluate("document.getElementById('grid').naturalWidth") > 100
    page.close()


def test_the_summary_leads_to_each_experiment(browser, pages):
    page, _ = opened(browser, pages["experiments"], 1360)
    page.click("a[href='#e5']")
    assert page.evaluate("document.getElementById('e5').getBoundingClientRect().top") < 900
    page.close()
