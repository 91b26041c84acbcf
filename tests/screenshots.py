"""Screenshots of every page, to be looked at after a change of the design: `python -m tests.screenshots FOLDER`.

Pages are made from small made eyes, or taken as they are: `python -m tests.screenshots FOLDER runs/first/report.html`.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.makers.every_page import write_every_page

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
WIDTHS, SCHEMES = (420, 1200), ("light", "dark")
# Text that a reader sees, with the contrast of its colour to what lies behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (colour) => { const [r, g, b] = rgba(colour).map((v) => v / 255).map((v) =>
    v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (element) => { for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor; if (rgba(colour)[3] === 255) return colour; } return "white"; };
  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim(), element = texts.currentNode.parentElement;
    if (!text || !element.checkVisibility() || ["SCRIPT", "STYLE", "title"].includes(element.tagName)) continue;
    const style = getComputedStyle(element), colour = element.closest("svg") ? style.fill : style.color;
    const [a, b] = [light(colour), light(behind(element))].sort((x, y) => y - x);
    found.push([text, (a + 0.05) / (b + 0.05)]);
  }
  return found;
}"""
QUIET = ("--disable-background-networking", "--disable-component-update", "--no-sandbox")


def executable() -> str | None:
    """An installed browser that playwright can drive."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def opened_browser(path: str) -> Iterator[Any]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


def shoot(pages: Mapping[str, Path], folder: Path, browser: Any) -> None:
    """A whole page at every width in light and dark; of the Turing page also a question and the result."""
    for name, path in pages.items():
        for width in WIDTHS:
            for scheme in SCHEMES:
                page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                page.goto(path.as_uri())
                for part in states(page):
                    page.screenshot(path=folder / f"{name}{part}-{width}-{scheme}.png", full_page=True)
                page.close()


def states(page: Any) -> Iterator[str]:
    """Names of what a page can show, each once it shows it."""
    yield ""
    if page.query_selector("#begin") is None:
        return
    page.click("#begin")
    yield "-question"
    for number in range(page.evaluate("trial.pictures.length")):
        page.press("body", "fj"[number * number % 3 % 2])
    yield "-result"


def main() -> None:
    """Write the screenshots and say where."""
    folder, browser = Path(sys.argv[1]).absolute(), executable()
    if browser is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is installed")
    folder.mkdir(parents=True)
    given = {Path(name).stem: Path(name).absolute() for name in sys.argv[2:]}
    with opened_browser(browser) as opened:
        shoot(given or write_every_page(folder), folder, opened)
    sys.stdout.write(f"screenshots -> {folder}\n")


if __name__ == "__main__":
    main()
