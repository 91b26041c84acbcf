"""Screenshots of the studio on sample data: `python -m tests.studio_screenshots FOLDER`.

Goes through the story by clicks, then takes every part at both widths, in light and dark, and the pictures of the docs
(docs-NAME-SCHEME.png; they stand in docs/assets/studio/). FOLDER is gone on with where it has been used before.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.makers import story
from tests.makers.browsers import BROWSERS, executable, opened_browser
from tests.makers.served import served
from tests.screenshots import SCHEMES

WIDTHS = (1360, 420)
RENDERED, REFINED, RUN = "samples/unityeyes.h5", "samples/unityeyes.refined.h5", "runs/first"
# A training of a minute, with curves worth looking at.
SHORT = story.QUICK | {
    "Steps": "100",
    "Batch size": "8",
    "Features": "8",
    "Camera steps": "20",
    "Discriminator pretrain steps": "10",
}
PARTS = {
    "data": "data",
    "wall": f"data?file={RENDERED}&arrows=1",
    "row": f"data?file={REFINED}&points=1&scale=3",
    "sources": "data?prepare=choose",
    "prepare": "data?prepare=unityeyes",
    "photographs": "photographs",
    "train": "train",
    "run": f"train?run={RUN}",
    "refine": "refine",
    "compare": f"compare?first={RENDERED}&second={REFINED}",
    "evaluate": "evaluate",
    "turing": "evaluate?start=turing",
    "page": "evaluate?page=turing.html",
    "jobs": "jobs",
}
DOCS = {"wall": (PARTS["wall"], 800), "compare": (f"{PARTS['compare']}&row=9", 1220), "train": (PARTS["run"], 1160)}
DOCS_WIDTH = 1280


def prepare(page: Any, folder: Path) -> None:
    """What the pictures show, by clicks, where it is not there yet."""
    if not (folder / RENDERED).exists():
        story.make_sample_data(page)
    if not (folder / RUN / "state.json").exists():
        story.start_training(page, SHORT)
        story.see_trained(page, slowest_ms=10 * story.SLOWEST_MS)
    if not (folder / REFINED).exists():
        story.go_to(page, "Refine")
        page.get_by_role("radio", name="Ready refiner").check()
        page.get_by_role("checkbox", name=RENDERED).check()
        page.wait_for_selector(".line code:has-text('--model ready')")
        story.press(page, "Refine")
        page.get_by_role("button", name="Verify").wait_for(timeout=story.SLOWEST_MS)
    if not (folder / "turing.html").exists():
        story.go_to(page, "Evaluate")
        page.locator(".card", has_text="Visual Turing test").get_by_role("link").first.click()
        story.press(page, "Make the test")
        page.locator("iframe.page").wait_for(timeout=story.SLOWEST_MS)


def shoot(browser: Any, address: str, folder: Path) -> list[str]:
    """Every part at every width in light and dark; what is wrong with them."""
    wrong: list[str] = []

    def note(error: Any) -> None:
        wrong.append(str(error))

    for width in WIDTHS:
        for scheme in SCHEMES:
            page = opened(browser, address, {"width": width, "height": 900}, scheme)
            page.on("pageerror", note)
            for name, part in PARTS.items():
                show(page, part)
                story.screenshot(page, folder, f"{name}-{width}-{scheme}")
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    wrong.append(f"{name} is wider than {width} px")
                wrong += [f"{name}: {text}" for text in story.free_of_problems(page)]
            page.context.close()
    return wrong


def shoot_docs(browser: Any, address: str, folder: Path) -> None:
    """The pictures of the docs."""
    for scheme in SCHEMES:
        page = opened(browser, address, {"width": DOCS_WIDTH, "height": 800}, scheme)
        for name, (part, height) in DOCS.items():
            page.set_viewport_size({"width": DOCS_WIDTH, "height": height})
            show(page, part)
            page.screenshot(path=folder / f"docs-{name}-{scheme}.png")
        page.context.close()


def opened(browser: Any, address: str, size: dict[str, int], scheme: str) -> Any:
    """A page of the studio."""
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
    page.set_default_timeout(story.SLOWEST_MS)
    page.goto(address)
    return page


def show(page: Any, part: str) -> None:
    """A part, once nothing more arrives."""
    page.evaluate("(hash) => { location.hash = hash; }", f"#/{part}")
    page.locator("#main h1").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_selector(".line code:empty:visible", state="detached")
    page.wait_for_timeout(1500)


def main() -> None:
    """Write the screenshots, and say where and what is wrong."""
    folder, browser = Path(sys.argv[1]).absolute(), executable()
    if browser is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is installed")
    eyes = folder / "eyes"
    eyes.mkdir(parents=True, exist_ok=True)
    with served(eyes, "--no-browser") as studio, opened_browser(browser) as shown:
        address = studio.address
        prepare(opened(shown, address, {"width": 1360, "height": 900}, "light"), eyes)
        shoot_docs(shown, address, folder)
        wrong = shoot(shown, address, folder)
    sys.stdout.write("".join(f"{text}\n" for text in [f"screenshots -> {folder}", *wrong]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
