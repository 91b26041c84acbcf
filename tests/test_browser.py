"""The pages in a real browser: nothing is fetched, nothing fails, nothing sticks out, and the slider moves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import h5py
import numpy as np
import pytest

from gazeaug.estimators.options import EstimatorConfig
from gazeaug.evaluation.intervals import share_of
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug.evaluation.page import write_evaluation_page
from gazeaug.evaluation.realism import measure_realism
from gazeaug.evaluation.realism_page import write_realism_page
from gazeaug.evaluation.trials import evaluate
from gazeaug.evaluation.turing import write_turing_page
from gazeaug.experiments.page import write_experiments_page
from gazeaug.experiments.questions import EXPERIMENTS, LOOKED_AT, Result
from gazeaug.runs.report import write_report
from gazeaug.samples.renderer import render_eyes
from gazeaug.training.loop import train
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

playwright = pytest.importorskip("playwright.sync_api")
LINE = "svg path[style*='--c0']"
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
    quick = {"steps": 6, "validation_interval": 2, "checkpoint_interval": 2, "learning_rate": 0.02}  # grids that differ
    run = train(**pair, **TINY, **quick, run_dir=folder / "run")
    looks = dict.fromkeys(LOOKED_AT, 0.5)
    results = [Result(run="r", value=i, milliseconds=1.0, looks=looks, error=7.0 - i) for i in (1, 2)]
    experiments = write_experiments_page(dict.fromkeys(EXPERIMENTS, results), folder / "experiments.html")
    return {"report": write_report(run), "experiments": experiments, **pages_on_eyes(folder)}


def pages_on_eyes(folder: Path) -> dict[str, Path]:
    """The pages that show what eyes are worth and what they look like."""
    files = {}
    for name, domain, seed in (("refined", "synthetic", 0), ("camera", "camera", 0), ("test", "camera", 1)):
        eyes = render_eyes(120, domain=domain, seed=seed)
        files[name] = folder / f"{name}.h5"
        with h5py.File(files[name], "w") as file:
            file["image"], file["look_vec"], file["subject"] = eyes.images, eyes.look_vec, np.arange(120) % 6
    train = [str(files[name]) for name in ("refined", "camera")]
    config = EvaluateConfig(train=train, test=str(files["test"]), subset=(40, None), group="subject", seeds=1)
    found = evaluate(config, EstimatorConfig(estimator="knn", device="cpu"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            "gazeaug.evaluation.two_sample_test.LEAST_UPDATES", 10
        )  # the page is looked at, not the figures
        realism = measure_realism(files["refined"], files["camera"])
    return {
        "evaluation": write_evaluation_page(found, folder / "evaluation.html"),
        "realism": write_realism_page(realism, [files["refined"], files["camera"]], folder / "realism.html"),
        "turing": write_turing_page(files["refined"], files["camera"], folder / "turing.html"),
    }


def opened(browser: Any, path: Path, width: int) -> tuple[Any, list[str]]:
    """A page, and whatever it asked the network for or complained of."""
    page, wrong = browser.new_page(viewport={"width": width, "height": 900}), []
    page.on("request", lambda request: wrong.append(request.url) if request.url.startswith("http") else None)
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(path.as_uri())
    return page, wrong


@pytest.mark.parametrize("name", ["report", "experiments", "evaluation", "realism", "turing"])
@pytest.mark.parametrize("width", [420, 1360])
def test_a_page_fits_and_needs_nothing(browser, pages, name, width):
    page, wrong = opened(browser, pages[name], width)
    if name == "turing":
        page.press("body", "Enter")
        page.wait_for_selector("#eye[src^=data]")
    else:
        page.wait_for_selector(LINE)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    page.close()


def test_charts_follow_light_and_dark(browser, pages):
    colours = set()
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(pages["report"].as_uri())
        colours.add(page.eval_on_selector(LINE, "line => getComputedStyle(line).stroke"))
        page.close()
    assert colours == {"rgb(31, 95, 168)", "rgb(125, 179, 240)"}


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


def truth_of(page: Any) -> list[bool]:
    """Which of the pictures of a Turing page are real."""
    found: list[bool] = page.evaluate("trial.pictures.map((_, i) => trial.code[i] !== trial.mask[i])")
    return found


def test_a_turing_page_takes_answers_by_key_and_gives_the_accuracy_with_its_interval(browser, pages):
    """81 right of 100: 40 real and 41 refined eyes."""
    page, wrong = opened(browser, pages["turing"], 1360)
    page.press("body", "ArrowLeft")  # before the start: no answer
    page.press("body", "Enter")
    truth = truth_of(page)
    spared = {True: 10, False: 9}  # to be answered wrongly
    for number, is_real in enumerate(truth):
        assert page.inner_text("#count") == f"{number + 1} of 100"
        assert not page.is_visible("#big")
        answer = is_real
        if spared[is_real]:
            spared[is_real] -= 1
            answer = not is_real
        page.press("body", ("ArrowRight" if number % 2 else "r") if answer else ("ArrowLeft" if number % 2 else "f"))
    expected = share_of(81, 100)
    low, high = f"{100 * expected.low:.1f} %", f"{100 * expected.high:.1f} %"
    assert page.inner_text("#big") == f"81.0 % right ({low} to {high})"
    assert "more often than a toss" in page.inner_text("#verdict")
    assert "40 of 50 real eyes and 41 of 50 refined eyes" in page.inner_text("#kinds")
    assert page.locator("#missed figure").count() == 19
    saved = json.loads(unquote(page.get_attribute("#save", "href").partition(",")[2]))
    assert saved["truth"] == truth
    assert saved["accuracy"] == 0.81
    assert len(saved["seconds"]) == 100
    assert wrong == []
    page.close()


def test_a_turing_answer_can_be_taken_back_and_a_coin_shows_nothing(browser, pages):
    page, _ = opened(browser, pages["turing"], 420)
    page.click("#begin")
    page.press("body", "r")
    page.press("body", "Backspace")
    assert page.inner_text("#count") == "1 of 100"
    for _ in range(100):
        page.click("button[data-real='1']")
    assert page.inner_text("#big").startswith("50.0 % right")
    assert "no difference was shown" in page.inner_text("#verdict")
    page.close()


def test_a_turing_page_does_not_show_the_truth(browser, pages):
    """Neither in names nor in the order of what is there to be seen."""
    page, _ = opened(browser, pages["turing"], 1360)
    page.press("body", "Enter")
    assert page.get_attribute("#eye", "alt") == "an eye: real or refined?"
    assert page.get_attribute("#eye", "src").startswith("data:image/png;base64,")
    lengths = page.evaluate("trial.pictures.map((picture) => picture.length)")
    assert len(set(lengths)) > 20  # no one length for one kind
    page.close()
