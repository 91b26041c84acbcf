"""The pages in a real browser: nothing is fetched, nothing fails, nothing sticks out, and the slider moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from gazeaug.evaluation.intervals import share_of
from tests.makers.browsers import CONTRASTS
from tests.makers.every_page import write_every_page

LINE = "svg path[style*='--c0']"
NAMES = ["report", "experiments", "evaluation", "realism", "turing"]
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_every_page(tmp_path_factory.mktemp("pages"))


def opened(browser: Any, path: Path, width: int) -> tuple[Any, list[str]]:
    """A page, and whatever it asked the network for or complained of."""
    page, wrong = browser.new_page(viewport={"width": width, "height": 900}), []
    page.on("request", lambda request: wrong.append(request.url) if request.url.startswith("http") else None)
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(path.as_uri())
    return page, wrong


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [420, 1360])
def test_a_page_fits_and_needs_nothing(browser, pages, name, width):
    page, wrong = opened(browser, pages[name], width)
    if name == "turing":
        page.press("body", "Enter")
        page.wait_for_selector("#eye[src^=data]")
    else:
        page.wait_for_selector(LINE, state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    page.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_in_light_and_dark(browser, pages, name, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(pages[name].as_uri())
    found = page.evaluate(CONTRASTS)
    assert len(found) > 5
    assert [one for one in found if one[1] < 4.5] == []
    page.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_sees_names_and_not_keys(browser, pages, name):
    page, _ = opened(browser, pages[name], 1360)
    assert "_" not in page.inner_text("body")  # without what is folded away
    page.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [420, 1360])
def test_pictures_are_enlarged_by_whole_pixels(browser, pages, name, width):
    page, _ = opened(browser, pages[name], width)
    if name == "turing":
        page.click("#begin")
    found = page.eval_on_selector_all(
        "img.pixels",
        """images => images.filter((image) => image.checkVisibility()).map((image) => [
        image.getBoundingClientRect().width / image.naturalWidth, getComputedStyle(image).imageRendering])""",
    )
    assert found
    assert {rendering for _, rendering in found} == {"pixelated"}
    assert all(factor == round(factor) >= 1 for factor, _ in found)
    page.close()


def test_no_axis_goes_below_what_can_be(browser, pages):
    page, _ = opened(browser, pages["report"], 1360)
    ticks = page.eval_on_selector_all(
        "figure.chart",
        """charts => charts.map((chart) => [chart.querySelector("h3").textContent,
        [...chart.querySelectorAll("svg text")].map((text) => text.textContent.replace("\u2212", "-"))])""",
    )
    may_be_negative = {"Appearance loss", "Correlation with the input"}
    assert len(ticks) > 10
    assert [title for title, texts in ticks if any(text.startswith("-") for text in texts)] in (
        [],
        *([one] for one in may_be_negative),
        sorted(may_be_negative),
    )
    assert all(float(text) <= 100 for title, texts in ticks if "ccuracy" in title for text in texts if text.isdigit())
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
    first, last = (f"#grid img[data-column='{column}']" for column in (0, 1))
    assert page.inner_text("#step") == "6"
    before = [page.get_attribute(eye, "src") for eye in (first, last)]
    page.press("#when", "Home")
    assert page.inner_text("#step") == "2"
    assert page.get_attribute(first, "src") == before[0]
    assert page.get_attribute(last, "src") != before[1]
    assert page.evaluate(f'document.querySelector("{last}").naturalWidth') == 55
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
        page.press("body", ("ArrowRight" if number % 2 else "j") if answer else ("ArrowLeft" if number % 2 else "f"))
    expected = share_of(81, 100)
    low, high = f"{100 * expected.low:.1f} %", f"{100 * expected.high:.1f} %"
    assert page.inner_text("#big") == "81.0 % right"
    assert page.inner_text("#interval") == f"95 % interval: {low} to {high}"
    assert "more often than by chance" in page.inner_text("#verdict")
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
    assert page.is_disabled("#back")
    for take_back in (lambda: page.press("body", "Backspace"), lambda: page.click("#back")):
        page.press("body", "j")
        assert page.inner_text("#count") == "2 of 100"
        take_back()
        assert page.inner_text("#count") == "1 of 100"
    for _ in range(100):
        page.click("button[data-real='1']")
    assert page.inner_text("#big").startswith("50.0 % right")
    assert "No difference was shown" in page.inner_text("#verdict")
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
