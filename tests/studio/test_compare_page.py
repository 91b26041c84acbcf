"""The part Compare in a real browser: pixels as numpy has them, the order of pairs, keys, widths and colours."""

from __future__ import annotations

import base64
import threading
from contextlib import contextmanager

import numpy as np
import pytest

pytest.importorskip("starlette")

from gazeaug_studio import changes
from tests.makers.eye_files import write_eyes
from tests.makers.pairs import change_between, opened, pictures_of, refine, refined_pair
from tests.makers.studio import studio_at
from tests.makers.studio_page import StudioPage

RED = """canvas => { const { width, height } = canvas;
  const data = canvas.getContext("2d").getImageData(0, 0, width, height).data, parts = [];
  const red = Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]);
  for (let at = 0; at < red.length; at += 8192) parts.push(String.fromCharCode(...red.subarray(at, at + 8192)));
  return [width, height, btoa(parts.join(""))]; }"""
PANE = ".pair-panes canvas"
PAIR = {"first": "eyes.h5", "second": "eyes.refined.h5"}
N = 60
TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    refined_pair(folder, N)
    write_eyes(folder / "large.h5", 8, shape=(32, 36))
    refine(folder, "large.h5", "large.refined.h5", resize=True)
    refine(folder, "eyes.refined.h5", "twice.h5", force=True)
    with studio_at(folder) as studio:
        yield studio, folder


@contextmanager
def shown(browser, studio, *, width=1360, scheme="light", shows=True, expects=None, **params):
    """The page, ready, and whatever went wrong on it."""
    query = "&".join(f"{name}={value}" for name, value in params.items())
    seen = StudioPage(browser, studio, f"compare?{query}", width=width, scheme=scheme)
    page = seen.page
    if shows:
        page.wait_for_selector(".pair-told:has-text('changed by')")
        ready(page)
    yield page
    seen.wrong = [text for text in seen.wrong if expects is None or expects not in text]
    seen.close()


def ready(page, row=None):
    """Wait until all panes show a pair."""
    page.wait_for_function(
        """row => { const panes = [...document.querySelectorAll(".pair-panes canvas")];
        return panes.length && panes.every(({ dataset: { pair } }) => row === null ? pair : pair === String(row)); }""",
        arg=row,
    )
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def levels_of(page, pane=0):
    """A pane's red, (height, width)."""
    width, height, data = page.locator(PANE).nth(pane).evaluate(RED)
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width).astype(int)


def drawn(page, pane=0):
    """A pane's grey levels, a value for each pixel of the picture, and the factor it is enlarged by."""
    levels = levels_of(page, pane)
    factor = levels.shape[1] // 18
    assert levels.shape == (16 * factor, 18 * factor)
    blocks = levels.reshape(16, factor, 18, factor)
    assert (blocks == blocks[:, :1, :, :1]).all()  # whole pixels, one level each
    return blocks[:, 0, :, 0], factor


def test_the_pair_stands_side_by_side_as_it_is_stored(browser, served):
    studio, folder = served
    with shown(browser, studio, **PAIR, row=7) as page:
        for pane, name in enumerate(PAIR.values()):
            levels, factor = drawn(page, pane)
            assert (levels == pictures_of(folder / name)[7]).all()
            assert factor >= 10


@pytest.mark.parametrize(("scale", "absolute"), [(1, False), (4, False), (2, True)])
def test_the_difference_is_numpys(browser, served, scale, absolute):
    studio, folder = served
    before, after = (pictures_of(folder / name)[3] for name in PAIR.values())
    change = scale * (after - before)
    with shown(browser, studio, **PAIR, row=3, mode="difference") as page:
        page.select_option("#pair-scale", str(scale))
        if absolute:
            page.click("text=Absolute")
        ready(page, 3)
        levels, _ = drawn(page)
    assert (levels == np.clip(np.abs(change) if absolute else 128 + change, 0, 255)).all()


def test_the_slider_shows_the_first_file_before_it_and_the_second_behind(browser, served):
    studio, folder = served
    before, after = (pictures_of(folder / name)[3] for name in PAIR.values())
    with shown(browser, studio, **PAIR, row=3, mode="slider") as page:
        page.fill("#pair-amount", "30")
        ready(page, 3)
        levels = levels_of(page)
        factor, split = levels.shape[1] // 18, round(0.3 * levels.shape[1])
        one, other = (np.kron(picture, np.ones((factor, factor))) for picture in (before, after))
        assert (levels[:, : split - 1] == one[:, : split - 1]).all()
        assert (levels[:, split + 1 :] == other[:, split + 1 :]).all()
        box = page.locator(PANE).bounding_box()
        page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 9)
        assert page.input_value("#pair-amount") == "75"


def test_fading_ends_in_the_second_file(browser, served):
    studio, folder = served
    with shown(browser, studio, **PAIR, row=3, mode="fade") as page:
        for share, name in (("0", "eyes.h5"), ("100", "eyes.refined.h5")):
            page.fill("#pair-amount", share)
            ready(page, 3)
            assert (drawn(page)[0] == pictures_of(folder / name)[3]).all()


def test_the_order_of_change_is_numpys(browser, served):
    studio, folder = served
    change = change_between(*(folder / name for name in PAIR.values())).astype("f4")
    order = np.argsort(-change, kind="stable")
    with shown(browser, studio, **PAIR) as page:
        page.select_option("#pair-order", "-change")
        for row in order[:5]:
            ready(page, int(row))
            assert page.input_value("#pair-row") == str(row)
            assert f"changed by {change[row]:.1f} grey levels" in page.inner_text(".pair-told")
            page.locator("h1").click()
            page.keyboard.press("ArrowRight")
        page.wait_for_function("wanted => location.hash.includes(wanted)", arg=f"row={order[5]}&by=-change")
        page.reload()
        page.wait_for_selector(".pair-told:has-text('changed by')")
        ready(page, int(order[5]))
        assert page.input_value("#pair-order") == "-change"


def test_a_range_of_change_leaves_the_pairs_within_it(browser, served):
    studio, folder = served
    change = change_between(*(folder / name for name in PAIR.values()))
    low, high = np.quantile(change, [0.3, 0.6])
    with shown(browser, studio, **PAIR) as page:
        page.get_by_label("Lowest change").fill(f"{low:.4f}")
        page.get_by_label("Lowest change").blur()
        page.get_by_label("Highest change").fill(f"{high:.4f}")
        page.get_by_label("Highest change").blur()
        wanted = int(((change >= round(low, 4)) & (change <= round(high, 4))).sum())
        assert 0 < wanted < N
        page.wait_for_selector(f"text={wanted} of {N} pairs")
        page.click("text=Show all")
        page.wait_for_selector(f".bar >> text={N} pairs")


def test_keys_change_pair_mode_and_zoom(browser, served):
    studio, folder = served
    pictures = [pictures_of(folder / name) for name in PAIR.values()]
    with shown(browser, studio, **PAIR, row=3) as page:
        page.keyboard.press("ArrowRight")
        ready(page, 4)
        page.keyboard.press(" ")
        ready(page, 4)
        assert [(drawn(page, pane)[0] == picture[4]).all() for pane, picture in enumerate(pictures[::-1])] == [
            True,
            True,
        ]
        assert page.get_attribute("button:text('Swap')", "aria-pressed") == "true"
        page.keyboard.press(" ")
        for key, mode in zip("2341", ["Slider", "Fade", "Difference", "Side by side"], strict=True):
            page.keyboard.press(key)
            assert page.get_attribute(f"button:text-is('{mode}')", "aria-pressed") == "true"
        ready(page, 4)
        fit = drawn(page)[1]
        page.keyboard.press("+")
        ready(page, 4)
        factor = fit + max(1, round(fit / 4))
        assert page.inner_text("output[aria-label=Zoom]") == f"{factor}{TIMES}"
        both = [levels_of(page, pane) for pane in (0, 1)]
        left, top = round(both[0].shape[1] / 2 - 9 * factor), round(both[0].shape[0] / 2 - 8 * factor)
        for levels, picture in zip(both, pictures, strict=True):
            large = np.kron(picture[4], np.ones((factor, factor)))
            assert (levels == large[-top : -top + levels.shape[0], -left : -left + levels.shape[1]]).all()
        page.keyboard.press("0")
        assert page.inner_text("output[aria-label=Zoom]") == f"{fit}{TIMES}"


def test_labels_of_the_pair_are_said_to_be_equal(browser, served):
    studio, _ = served
    with shown(browser, studio, **PAIR) as page:
        page.wait_for_selector("text=All 5 labels are equal, bit for bit.")
        assert page.locator(".pair-labels tbody tr").count() == 5


def test_two_refiners_stand_beside_each_other(browser, served):
    studio, folder = served
    with shown(browser, studio, **PAIR, third="twice.h5", anyway=1, row=2) as page:
        files = [*PAIR.values(), "twice.h5"]
        assert page.locator(PANE).count() == 3
        for pane, name in enumerate(files):
            assert (drawn(page, pane)[0] == pictures_of(folder / name)[2]).all()
        page.keyboard.press("4")
        ready(page, 2)
        assert page.locator(".pair-panes figcaption").all_inner_texts() == [
            f"{one} → {other}" for one, other in [files[:2], [files[0], files[2]], files[1:]]
        ]
        one, _, two = (pictures_of(folder / name)[2] for name in files)
        assert (drawn(page, 1)[0] == np.clip(128 + 2 * (two - one), 0, 255)).all()


def test_resized_pictures_are_shown_as_they_were_refined(browser, served):
    studio, _ = served
    with shown(browser, studio, first="large.h5", second="large.refined.h5", row=1) as page:
        page.wait_for_selector(f"text=large.h5 has pictures of 32 {TIMES} 36.")
        fitted = studio.get("/api/compare/fitted", first="large.h5", second="large.refined.h5", rows="1").data
        assert (drawn(page)[0] == np.frombuffer(fitted, np.uint8).reshape(16, 18)).all()


def test_a_doubtful_pair_is_shown_when_one_asks_for_it(browser, served):
    studio, _ = served
    with shown(browser, studio, first="eyes.refined.h5", second="eyes.h5", shows=False) as page:
        page.wait_for_selector("text=the two files seem to be swapped")
        page.click("text=Swap the two files")
        page.wait_for_selector(".pair-told:has-text('changed by')")
        assert "first=eyes.h5" in page.url


def test_a_file_that_is_replaced_is_said_and_opened_anew(browser, served):
    studio, folder = served
    refine(folder, "eyes.h5", "brief.h5", rows=9)
    replaced = []

    def replace(route):
        if not replaced:
            replaced.append(refine(folder, "eyes.h5", "brief.h5", overwrite=True))
        route.continue_()

    with shown(browser, studio, shows=False, expects="409") as page:
        page.route("**/api/eyes/rows?file=brief.h5*", replace)
        page.evaluate("location.hash = '#/compare?first=eyes.h5&second=brief.h5&row=4'")
        page.wait_for_selector(".problem:has-text('brief.h5: has changed since it was opened')")
        page.click("button:text('Reload')")
        page.wait_for_selector(f".pair-told:has-text('5 of {N}')")
        ready(page, 4)


def test_measuring_stops_when_the_page_is_left(browser, served, monkeypatch):
    studio, folder = served
    refine(folder, "eyes.h5", "left.h5", overwrite=True)
    gate, measure = threading.Semaphore(3), changes.ChangeWork.measure

    def measured(work, pairs):
        assert gate.acquire(timeout=60)
        measure(work, pairs)

    monkeypatch.setattr(changes, "SLAB_BYTES", 1)
    monkeypatch.setattr(changes.ChangeWork, "measure", measured)
    with shown(browser, studio, first="eyes.h5", second="left.h5") as page:
        page.wait_for_selector(f".histogram >> text=Measured 3 of {N} pairs.")
        with page.expect_response("**/api/compare/change/stop") as stopped:
            page.click("nav a:text('Jobs')")
        assert stopped.value.json()["done"] == 3
        gate.release(N)
        work = next(one for one in changes.CHANGES.works.values() if one.pairing.sides[1].name == "left.h5")
        work.thread.join(30)
        assert (work.done, work.is_running) == (4, False)  # the slab that it was at, and no more


def test_without_a_choice_the_newest_refined_file_is_shown(browser, served):
    studio, _ = served
    with shown(browser, studio) as page:
        assert page.locator(".compare-files select").nth(1).input_value() != ""


def test_an_empty_folder_says_what_to_do(browser, tmp_path):
    with studio_at(tmp_path) as studio, shown(browser, studio, shows=False) as page:
        page.wait_for_selector("text=This folder has no eye file yet.")


def test_another_refiner_is_a_form_with_its_line(browser, served):
    studio, _ = served
    with shown(browser, studio, **PAIR) as page:
        page.click("text=Another refiner on the same rows")
        line = page.locator(".other-refiner .line code")
        page.wait_for_selector(".other-refiner .line code:has-text('eyes.refined.other.h5')")
        words = line.inner_text().split()
        assert words[:2] == ["gazeaug", "refine-dataset"]
        assert {"eyes.h5", "ready", "eyes.refined.other.h5", str(N)} <= set(words)


def test_the_drift_of_all_rows_is_measured_by_a_job(browser, served):
    studio, folder = served
    refine(folder, "eyes.h5", "still.h5", overwrite=True)
    with shown(browser, studio, first="eyes.h5", second="still.h5") as page:
        assert page.locator(".drift-offers .line code").inner_text() == "gazeaug drift --flag 2 eyes.h5 still.h5"
        page.click("text=Measure the drift of all rows")
        page.wait_for_selector(".pair-told:has-text('iris moved by')", timeout=120_000)
        with opened(folder / "still.h5") as file:
            order = np.argsort(-file["drift_px"][()], kind="stable")
        page.select_option("#pair-order", "-drift")
        ready(page, int(order[0]))
        assert page.locator("text=Measure the drift of all rows").count() == 0


@pytest.mark.parametrize("width", [420, 1360])
def test_it_fits(browser, served, width):
    studio, _ = served
    with shown(browser, studio, width=width, **PAIR, third="twice.h5", anyway=1, gaze=1, points=1, row=2) as page:
        for mode in ("Side by side", "Slider", "Fade", "Difference"):
            page.click(f"button:text-is('{mode}')")
            ready(page, 2)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            factors = page.locator(PANE).evaluate_all(
                """all => all.map((one) => [one.getBoundingClientRect().width / one.width,
                getComputedStyle(one).imageRendering])"""
            )
            assert factors
            assert all(factor == 1 and rendering == "pixelated" for factor, rendering in factors)
