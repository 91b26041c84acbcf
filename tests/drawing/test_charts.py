"""Charts: every line is there in its colour, at the height of its values, in files and in pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.figure import Figure
from PIL import Image, ImageColor

from gazeaug.drawing.charts import DPI, FILE_HEIGHT, WIDTH, Chart, inline_svg, plot
from gazeaug.drawing.charts import save_charts as save
from gazeaug.drawing.look import COLOURS, LOOK, drawn_alike

SCALE = DPI // 72


def drawn(tmp_path: Path, *charts: Chart) -> Image.Image:
    save(charts, tmp_path / "chart.png")
    with Image.open(tmp_path / "chart.png") as image:
        return image.convert("RGB")


def places_of(image: Image.Image, colour: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a colour, above the legend, in pixels of a page."""
    near = np.abs(np.asarray(image).astype(int) - ImageColor.getrgb(colour)).max(2) < 30
    rows, columns = np.nonzero(near[: SCALE * (FILE_HEIGHT - 20)])
    return rows / SCALE, columns / SCALE


def test_lines_lie_where_their_values_are(tmp_path):
    lines = {"high": [(0.0, 10.0), (20.0, 10.0)], "low": [(0.0, 0.0), (20.0, 0.0)]}
    charts = Chart(title="title", lines=lines, axis="degrees"), Chart(title="other", lines={"a": [(5.0, 1.0)]})
    image = drawn(tmp_path, *charts)
    assert image.size[0] == 2 * WIDTH * SCALE
    middle = image.width // 2
    (high, across), (low, _) = (places_of(image.crop((0, 0, middle, image.height)), c) for c in COLOURS[:2])
    assert high.max() < low.min() - 150
    assert across.min() < 50
    assert across.max() > WIDTH - 50
    alone, _ = places_of(image.crop((middle, 0, image.width, image.height)), COLOURS[0])
    assert len(alone) > 30  # one point is a disc


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 98, [0, 20, 40, 60, 80, 100]),
        (11.9, 20.3, [10, 12.5, 15, 17.5, 20, 22.5]),
        (0, 30, [0, 10, 20, 30]),
        (5, 5, None),
    ],
)
def test_ticks_are_round_and_hold_the_values(low, high, expected):
    with drawn_alike():
        axes = Figure().add_subplot()
        plot(Chart(title="", lines={"a": [(0, low), (1, high)]}), axes)
        ticks = list(axes.get_yticks())
    assert expected is None or ticks == expected
    assert ticks[0] <= low <= high <= ticks[-1]
    assert len(ticks) > 1


def test_sizes_far_apart_stand_on_a_logarithmic_axis(tmp_path):
    lines = {"a": [(100.0, 1.0), (1000.0, 0.5), (10_000.0, 0.0)]}
    image = drawn(tmp_path, Chart(title="title", lines=lines, axis="pictures", spacing="log"))
    rows, columns = places_of(image, COLOURS[0])
    middle = columns[np.abs(rows - (rows.min() + rows.max()) / 2) < 2].mean()
    assert middle == pytest.approx((columns.min() + columns.max()) / 2, abs=4)


def test_a_rising_line_rises(tmp_path):
    image = drawn(tmp_path, Chart(title="title", lines={"a": [(0.0, 0.0), (1.0, 5.0), (2.0, 6.0)]}))
    rows, columns = places_of(image, COLOURS[0])
    assert rows[columns < 100].mean() > rows[columns > 300].mean() + 100


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_file_is_of_the_kind_that_its_name_tells_and_repeats_itself(tmp_path, kind):
    chart = Chart(title="$a$ and a_b", lines={"_first": [(0, 1.0)], "眼 $\\x$ \x1b": [(0, 2.0), (1, 3.0)]})
    files = [tmp_path / f"{i}.{kind}" for i in range(2)]
    for file in files:
        save([chart], file)
    content = files[0].read_bytes()
    assert content == files[1].read_bytes()
    assert content[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")
    assert kind != "svg" or all(part in content.decode() for part in (">_first<", ">$a$ and a_b<"))


def circles(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter("circle"))


def test_a_flat_line_and_a_single_point_can_be_drawn():
    assert "nan" not in inline_svg(Chart(title="", lines={"flat": [(0, 1.0), (10, 1.0)]}))
    assert "<title>one, step 5: 0</title>" in inline_svg(Chart(title="", lines={"one": [(5, 0.0)]}))


def test_settings_of_any_size_stand_side_by_side():
    points = [(0, 5.0), (100, 4.0), (10_000, 3.0)]
    chart = inline_svg(Chart(title="", lines={"error": points}, axis="real eyes", spacing="even"))
    places = [float(circle.attrib["cx"]) for circle in circles(chart)]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.11)
    assert all(label in chart for label in (">real eyes<", ">0<", ">100<", ">10,000<"))


def test_points_lie_on_their_line():
    """A disc is where the line turns, so the pointer finds what it tells."""
    points = [(25, 1.5), (300, 0.5), (5000, 1.0)]
    svg = inline_svg(Chart(title="", lines={"a": points}, levels={"floor": 0.25}))
    path = re.search(r'd="([^"]*)" style="[^"]*stroke: var\(--c0\)', svg)[1]
    corners = [tuple(map(float, corner)) for corner in re.findall(r"[ML] (\S+) (\S+)", path)]
    discs = [(float(circle.attrib["cx"]), float(circle.attrib["cy"])) for circle in circles(svg)]
    np.testing.assert_allclose(discs, corners, atol=0.06)
    assert [circle[0].text for circle in circles(svg)] == ["a, step 25: 1.5", "a, step 300: 0.5", "a, step 5,000: 1"]


def test_a_page_colours_a_chart_and_can_hold_many():
    """No colour of its own: it follows light and dark. No ids, which would clash; no style, which would leak."""
    lines = {f"<b>{i}": [(0, float(i)), (1, 2.0)] for i in range(8)}
    svg = inline_svg(Chart(title="Heights", lines=lines, levels={"floor": 1.0}))
    assert not re.search(r"#|\bid=|<style|https?:|DejaVu", svg)
    assert {f"var(--c{i})" for i in range(6)} | {"var(--soft)", "var(--rule)"} == set(re.findall(r"var\(.*?\)", svg))
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Heights: " + ", ".join(lines)
    assert ">floor<" in svg


def test_what_the_user_has_set_for_matplotlib_changes_nothing_and_stays():
    chart = Chart(title="", lines={"a": [(0, 1.0), (1, 2.0)]})
    plain = inline_svg(chart)
    before = rcParams["axes.facecolor"], rcParams["svg.fonttype"]
    rcParams["axes.facecolor"], rcParams["svg.fonttype"] = "red", "path"
    try:
        assert inline_svg(chart) == plain
        assert rcParams["svg.fonttype"] == "path"
    finally:
        rcParams["axes.facecolor"], rcParams["svg.fonttype"] = before


def test_the_colours_of_files_are_those_of_pages_on_light_paper():
    css, look = LOOK.with_name("page.css").read_text(), LOOK.read_text()
    light = re.findall(r"--\w+: light-dark\((#\w+)", css)
    assert len(light) == 10
    assert {"#" + "".join(2 * c for c in colour[1:]) if len(colour) == 4 else colour for colour in light} == {
        f"#{colour}" for colour in re.findall(r"\b[0-9a-f]{6}\b", look)
    }


@pytest.mark.parametrize("home", ["fresh", "missing"])
def test_no_home_brings_no_warning(tmp_path, home):
    """Where its folder cannot be made, matplotlib lists the fonts anew every time, without a word."""
    (tmp_path / "fresh").mkdir()
    place = {"fresh": tmp_path / "fresh", "missing": Path("/dev/null/home")}[home]
    program = "from gazeaug.drawing.charts import *; print(inline_svg(Chart(title='', lines={'a': [(0, 1.0)]})))"
    environment = {"HOME": str(place), "PATH": "", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("<svg")
    assert done.stderr == ""


def test_an_axis_ends_where_values_must():
    """Also for a flat line, round which matplotlib leaves room on both sides."""
    for value in (0.0, 1e-9, 0.3):
        with drawn_alike():
            axes = Figure().add_subplot()
            plot(Chart(title="", lines={"loss": [(0, value), (1, value)]}, limits=(0.0, None)), axes)
        assert axes.get_ylim()[0] >= 0
    with drawn_alike():
        axes = Figure().add_subplot()
        plot(Chart(title="", lines={"share": [(0, 40.0), (1, 100.0)]}, limits=(0.0, 100.0)), axes)
    assert axes.get_ylim()[1] == 100


def test_error_bars_reach_from_low_to_high_and_the_axis_holds_them():
    chart = Chart(title="", lines={"error": [(0, 5.0), (1, 4.0)]}, intervals={"error": [(3.0, 9.0), (3.5, 4.5)]})
    with drawn_alike():
        axes = Figure().add_subplot()
        plot(chart, axes)
    (bars,) = axes.collections
    assert [sorted(y for _, y in segment) for segment in bars.get_segments()] == [[3.0, 9.0], [3.5, 4.5]]
    assert axes.get_ylim()[0] <= 3 < 9 <= axes.get_ylim()[1]
