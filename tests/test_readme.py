"""The README and what stands beside it: two languages level, every command line parsed, every link and figure right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from PIL import Image
from typer.main import get_command

from benchmarks.readme_pictures import draw_results, real_sets, simulated_cameras
from gazeaug_cli.app import app
from tests.site.lines import what_is_wrong

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")
README, CHINESE, CONTRIBUTING = ((ROOT / name).read_text("utf-8") for name in PAGES)


def code_blocks(page: str) -> list[str]:
    return re.findall(r"^```.*?^```$", page, re.M | re.S)


def table_rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("|")]


def test_both_languages_have_the_same_headings_in_order() -> None:
    levels = [
        re.findall(r"^(#+) ", re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S), re.M) for page in (README, CHINESE)
    ]
    assert levels[0] == levels[1]


def test_both_languages_have_the_same_code() -> None:
    assert code_blocks(README) == code_blocks(CHINESE)


def test_both_languages_have_the_same_figures_and_links_in_their_tables() -> None:
    english, chinese = table_rows(README), table_rows(CHINESE)
    assert len(english) == len(chinese)
    for row, translated in zip(english, chinese, strict=True):
        for pattern in (r"\]\((http[^)]*|docs[^)]*)\)", r"`[^`]*`"):
            assert re.findall(pattern, row) == re.findall(pattern, translated), translated
        figures = [
            sorted(re.findall(r"\d+(?:\.\d+)?", re.sub(r"\([^)]*http[^)]*\)", "", text))) for text in (row, translated)
        ]
        assert figures[0] == figures[1], translated


def test_each_language_leads_to_the_other() -> None:
    assert "[简体中文](README.zh-CN.md)" in README.split("##")[0]
    assert "[English](README.md)" in CHINESE.split("##")[0]


@pytest.mark.parametrize("page", PAGES)
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!http)([^)]+)\)", (ROOT / page).read_text("utf-8"))
    assert links
    for link in links:
        name, _, anchor = link.partition("#")
        target = ROOT / (name or page)
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


def anchors(page: str) -> list[str]:
    """What the headings of a page are called in links, as on GitHub."""
    headings = re.findall(r"^#+ (.+)$", page, re.M)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


COMMANDS = tuple(get_command(app).list_commands(None))  # type: ignore[attr-defined, arg-type]


@pytest.mark.parametrize("page", PAGES)
def test_options_named_in_the_text_are_real(page: str) -> None:
    """`refine-dataset --check-drift 1`, `train --resume` and the like; tests/site has those that begin with gazeaug."""
    named = re.findall(r"`([a-z-]+(?: [a-z0-9-]+)? --[^`]+)`", (ROOT / page).read_text("utf-8"))
    wrong = [why for said in named if said.startswith(COMMANDS) and (why := what_is_wrong(said, is_whole=False))]
    assert not wrong


def test_options_named_in_the_text_are_found() -> None:
    assert "`refine-dataset --check-drift 1`" in README
    assert what_is_wrong("refine-dataset --check-drifts 1", is_whole=False)


def test_nothing_says_that_it_is_on_pypi() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        assert "pip install gazeaug" not in page.read_text("utf-8"), page


def test_the_chart_has_the_figures_of_the_results_and_of_the_readme(tmp_path: Path) -> None:
    cameras, errors = simulated_cameras(), real_sets()
    mean = cameras[-1]
    assert len(cameras) == 11
    assert f"**{mean.refined} %** on average" in README
    others = [camera for camera in cameras[:-1] if camera.name != "sample"]
    assert f"({others[-1].refined} to {others[0].refined}) | {mean.augmented} %" in README
    sample = next(camera for camera in cameras if camera.name == "sample")
    assert f"**{sample.refined} %** | {sample.augmented} %" in README
    for found in errors.values():
        rendered, refined, real = (f"{error.mean:.2f}" for error in found)
        assert f"| {refined} | {rendered} | {real} |" in README
    draw_results(tmp_path / "results.png")
    with Image.open(tmp_path / "results.png") as drawn, Image.open(ROOT / "docs" / "results.png") as kept:
        assert drawn.size == kept.size


def test_figures_of_the_gpu_are_those_of_the_performance_page() -> None:
    measured = (ROOT / "docs" / "performance.md").read_text("utf-8")
    for page in (README, CHINESE):
        rate, seconds = re.search(r"([\d,]+) (?:eyes of|只) 35 x 55", page), re.search(r"(\d+\.\d) (?:s\.|秒)", page)
        assert rate is not None
        assert seconds is not None
        assert rate[1] in measured
        assert seconds[1] in measured


def test_the_citation_is_valid() -> None:
    """The keys that CFF 1.2.0 requires, of the file and of each reference; the version is the package's."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert all(citation[key] for key in ("message", "title", "authors"))
    assert citation["type"] in ("software", "dataset")
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert version is not None
    assert str(citation["version"]) == version[1]
    for reference in citation["references"]:
        assert all(reference[key] for key in ("type", "title", "authors"))
        assert all({"family-names", "given-names"} == set(author) for author in reference["authors"])


def test_the_image_gets_what_the_wheel_is_built_from() -> None:
    kept = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.M))
    assert {"gazeaug", "cli", "exporters", "pyproject.toml", "README.md", "LICENSE", "constraints.txt"} == kept
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert dockerfile.startswith("# Not built or run by the authors' tests")
    assert "USER ubuntu" in dockerfile
