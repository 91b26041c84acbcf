"""The story of the studio, by clicks alone: from an empty folder to a refined file and a set of tagged rows.

Each chapter is a function that takes a page of a browser and leaves it where the next one begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

# A training that is over in seconds. What a person would leave as it is.
QUICK = {
    "Steps": "30",
    "Batch size": "4",
    "Features": "4",
    "Blocks": "1",
    "Camera steps": "2",
    "Discriminator pretrain steps": "1",
    "Gaze guard": "0",
    "Log interval": "1",
    "Validation interval": "10",
}
TAGGED = (0, 1, 3)  # rows
SLOWEST_MS = 180_000  # that a job may take on a busy machine


def press(page: Any, name: str) -> None:
    """Press the button, or follow the link that looks like one, of this name."""
    main = page.locator("#main")
    main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True)).first.click()


def go_to(page: Any, part: str) -> None:
    """Open a part of the studio by its name on the left."""
    page.locator("#nav a", has_text=part).click()
    page.wait_for_selector(f"#nav a[aria-current]:has-text('{part}')")


def make_sample_data(page: Any) -> None:
    """Data: sample eyes."""
    press(page, "Make sample data")
    page.wait_for_selector("h3 a:has-text('samples/unityeyes.h5')", timeout=SLOWEST_MS)


def look_at(page: Any, file: str) -> None:
    """Data: the wall of a file."""
    go_to(page, "Data")
    page.locator(".eyes-card h3 a", has_text=file).first.click()
    page.wait_for_selector(".wall canvas")


def fill_in(page: Any, values: Mapping[str, str]) -> None:
    """Values into the fields of a form, in panels that are folded too."""
    folded = page.locator("details.panel:not([open]) > summary")
    while folded.count():
        folded.first.click()
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)


def start_training(page: Any, options: Mapping[str, str] = QUICK) -> None:
    """Train: the two files, which are chosen already, and some options."""
    go_to(page, "Train")
    page.get_by_role("button", name="Start training").wait_for()
    fill_in(page, options)
    page.wait_for_selector(f".line code:has-text('--steps {options['Steps']}')")
    press(page, "Start training")


def see_trained(page: Any, slowest_ms: int = SLOWEST_MS) -> None:
    """Train: the run at its end."""
    page.get_by_role("button", name="Train further", exact=True).wait_for(timeout=slowest_ms)


def export(page: Any) -> None:
    """Train: the refiner of the run as ONNX."""
    press(page, "Export")
    page.get_by_role("link", name="Refine eyes with it").wait_for(timeout=SLOWEST_MS)


def refine(page: Any, file: str) -> None:
    """Refine: the model of the run, a file, and Verify."""
    press(page, "Refine eyes with it")
    page.get_by_role("checkbox", name=file, checked=True).wait_for()  # the rendered eyes are chosen already
    page.wait_for_selector(f".line code:has-text('{file}')")
    press(page, "Refine")
    page.get_by_role("button", name="Verify").wait_for(timeout=SLOWEST_MS)


def verify(page: Any) -> None:
    """Refine: the refined file against its input."""
    press(page, "Verify")
    page.locator("#main").get_by_text("Verified", exact=True).wait_for(timeout=SLOWEST_MS)


def compare(page: Any) -> None:
    """Compare: both files side by side."""
    press(page, "Compare")
    page.wait_for_selector("main canvas")


def tag_and_write(page: Any, file: str) -> None:
    """Data: tag the first rows of a file by keys, and write them as a new file."""
    look_at(page, file)
    page.locator(".wall").focus()
    for key in ("Home", "t", "ArrowRight", "t", "ArrowRight", "ArrowRight", "t"):
        page.keyboard.press(key)
    press(page, "Write tagged as a new file")
    press(page, "Write the file")
    page.get_by_role("link", name="Open samples/").wait_for(timeout=SLOWEST_MS)


def free_of_problems(page: Any) -> list[str]:
    """Sentences of problems on the page."""
    return [text for text in page.locator(".problem:visible").all_inner_texts() if text.strip()]


def screenshot(page: Any, folder: Path, name: str) -> None:
    """A picture of the whole page."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
