"""The report of a run: self-contained, escaped, and honest about what is missing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gazeaug.drawing.charts import line_chart
from gazeaug.errors import InputError
from gazeaug.runs.folder import CONFIG
from gazeaug.runs.report import MOST_POINTS, thinned, write_report
from gazeaug.training.loop import train
from gazeaug_cli.app import app
from tests.conftest import TINY, write_eyes

pytestmark = pytest.mark.usefixtures("one_thread")
VOID = {"meta", "input", "img", "line", "circle", "polyline"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    pair = {name: str(write_eyes(folder / f"{name}.h5", 40, seed=i)) for i, name in enumerate(("synthetic", "real"))}
    return train(**pair, **TINY, steps=6, watch_interval=2, checkpoint_interval=2, run_dir=folder / "a<b>run")


class Structure(HTMLParser):
    """Checks that every element is closed, and collects what the page would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(run):
    page = write_report(run).read_text("utf-8")
    structure = Structure(page)
    assert not structure.open
    assert structure.loads
    assert all(load.startswith("data:image/png;base64,") for load in structure.loads)
    assert not re.search(r"https?://", page)


def test_it_shows_curves_grids_diagnosis_and_settings(run):
    page = write_report(run).read_text("utf-8")
    for title in ("Score", "Drift of the iris", "Losses of the refiner", "Accuracy of the discriminator"):
        assert f"<h3>{title}</h3>" in page
    assert len(json.loads(re.search(r"const grids = (.*);", page)[1])) == 3
    assert "few real eyes" in page
    assert "<td>batch_size</td><td>4</td>" in page


def test_names_are_escaped(run):
    page = write_report(run).read_text("utf-8")
    assert "a&lt;b&gt;run" in page
    assert "a<b>run" not in page


def test_a_run_without_grids_or_checkpoint_says_so(run, tmp_path):
    (tmp_path / CONFIG).write_text((run / CONFIG).read_text())
    page = write_report(tmp_path).read_text("utf-8")
    assert "No checkpoint yet." in page
    assert "No sample grid yet." in page
    assert "No line yet." in page


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a training run"):
        write_report(tmp_path)


def test_an_existing_output_is_kept(run, tmp_path):
    output = tmp_path / "page.html"
    output.write_text("mine")
    refused = CliRunner().invoke(app, ["report", str(run), "-o", str(output)])
    assert refused.exit_code == 2
    assert output.read_text() == "mine"
    assert CliRunner().invoke(app, ["report", str(run), "-o", str(output), "--overwrite"]).exit_code == 0


def test_a_long_line_is_thinned_and_keeps_its_end():
    points = [(float(step), 1.0) for step in range(10_000)]
    assert len(thinned(points)) <= MOST_POINTS
    assert thinned(points)[-1] == points[-1]
    assert thinned([(1.0, float("nan")), (2.0, 3.0)]) == [(2.0, 3.0)]


def test_a_flat_line_and_a_single_point_can_be_drawn():
    assert "nan" not in line_chart({"flat": [(0, 1.0), (10, 1.0)]})
    assert "<title>one, step 5: 0</title>" in line_chart({"one": [(5, 0.0)]})


def test_settings_of_any_size_stand_side_by_side():
    chart = line_chart({"error": [(0, 5.0), (100, 4.0), (10_000, 3.0)]}, axis="real eyes", evenly=True)
    places = [float(x) for x in re.findall(r'<circle class="line0" cx="([0-9.]+)"', chart)]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1])
    assert all(label in chart for label in (">real eyes 0<", ">100<", ">10,000<"))
