"""Screenshots of every page, to be looked at after a change of the design: `python -m tests.screenshots FOLDER`.

Pages are made from small made eyes, or taken as they are: `python -m tests.screenshots FOLDER runs/first/report.html`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.makers.browsers import BROWSERS, executable, opened_browser
from tests.makers.every_page import write_every_page

WIDTHS, SCHEMES = (420, 1200), ("light", "dark")


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
