"""The site: it builds without a warning, asks no other address for anything, and its reference lists all there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import gazeaug
from gazeaug.options import options_of
from gazeaug.training.config import TrainConfig
from gazeaug_cli.app import app
from tests.site.lines import ROOT

pytest.importorskip("material")
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
ELSEWHERE = re.compile(r"\s*(https?:)?//")
LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "link": "href",
    "use": "href",
}
IN_STYLES = re.compile(r"@import|url\(\s*['\"]?(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built strictly: a link that leads nowhere, or a page that the nav lacks, fails."""
    folder = tmp_path_factory.mktemp("site")
    line = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    paths = os.pathsep.join(str(ROOT / name) for name in (".", "cli", "exporters"))
    done = subprocess.run(
        line,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search("WARNING|ERROR", done.stdout + done.stderr), done.stdout + done.stderr
    return folder


class Loaded(HTMLParser):
    """Collects what a page loads: scripts, pictures, styles; not the links that a reader may follow."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address of a tag that loads something."""
        found = dict(attrs).get(LOADED.get(tag, ""))
        if found and dict(attrs).get("rel") not in ("canonical", "next", "prev"):
            self.addresses.append(found)


def test_no_page_loads_anything_from_another_address(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 60
    for page in pages:
        text = page.read_text("utf-8")
        reader = Loaded()
        reader.feed(text)
        assert reader.addresses
        assert [address for address in reader.addresses if ELSEWHERE.match(address)] == [], page
        assert 'class="mermaid"' not in text, f"{page}: drawings of Mermaid would be loaded from another address"
        assert not any(IN_STYLES.search(style) for style in re.findall(r"<style>(.*?)</style>", text, re.S)), page
    for style in site.rglob("*.css"):
        assert not IN_STYLES.search(style.read_text("utf-8")), style


def test_every_command_has_a_page_with_every_option(site: Path) -> None:
    group: Any = get_command(app)
    context = group.context_class(group, info_name="gazeaug")
    overview = (site / "reference/cli/index.html").read_text("utf-8")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        page = (site / f"reference/cli/{name}.html").read_text("utf-8")
        assert f'href="{name}.html"' in overview
        inner = [
            command.get_command(context, each) for each in getattr(command, "list_commands", lambda _: [])(context)
        ]
        for each in (command, *inner):
            flags = [flag for option in each.params if not getattr(option, "hidden", False) for flag in option.opts]
            wanted = [flag for flag in flags if flag.startswith("--") and flag != "--help"]
            assert [flag for flag in wanted if flag not in page] == []
            examples = getattr(each, "examples", [])
            assert all(example.split("'")[0].split('"')[0].split("=")[0].strip() in page for example in examples)


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    page = (site / "reference/python.html").read_text("utf-8")
    missing = [name for name in gazeaug.__all__ if not name.startswith("_") and f'id="gazeaug.{name}"' not in page]
    assert missing == []


def test_every_option_of_training_is_in_the_reference(site: Path) -> None:
    page = (site / "reference/training-options.html").read_text("utf-8")
    missing = [option.flag for option in options_of(TrainConfig) if option.panel and option.flag not in page]
    assert missing == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    quiet = ["--disable-background-networking", "--disable-component-update", "--no-sandbox"]
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=executable, args=quiet)
        yield opened
        opened.close()


def test_search_works_from_the_disk(site: Path, browser: Any) -> None:
    """Without a server and without a network."""
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    page.goto((site / "index.html").as_uri())
    page.locator("input.md-search__input").click()
    page.locator("input.md-search__input").press_sequentially("refined pictures equal the input")
    found = page.locator(".md-search-result__item a").first
    found.wait_for(timeout=10_000)
    assert "faq.html" in str(found.get_attribute("href"))
    assert asked == []


def test_no_page_is_wider_than_a_phone(site: Path, browser: Any) -> None:
    """Tables and long commands scroll within themselves."""
    page = browser.new_page(viewport={"width": 420, "height": 900})
    alike = [path for path in (site / "reference/cli").glob("*.html") if path.stem not in ("index", "train", "prepare")]
    for path in sorted({*site.rglob("*.html")} - {*alike}):
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        assert page.evaluate("document.documentElement.scrollWidth") <= 420, path
