"""Line charts by matplotlib: inline SVG whose colours are the page's, or a PNG, SVG or PDF file."""

from __future__ import annotations

import io
import logging
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

from gazeaug.outputs import replacing, writing_to

# It logs a warning where HOME cannot be written, or where its list of fonts takes long: nothing that a user can act on.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

from matplotlib import rc_params_from_file, style  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.ticker import MaxNLocator, StrMethodFormatter  # noqa: E402

WIDTH, HEIGHT = 420, 200  # of one chart, in pixels of a page
FILE_HEIGHT, LINE_HEIGHT = 280, 16  # of one in a file without its legend, and of a line of that
DPI = 144  # of a PNG: two pixels for each of a page
FEW = 8  # points; each has a dot then
LOOK = Path(__file__).with_name("charts.mplstyle")
STYLE = rc_params_from_file(LOOK, use_default_template=False)
COLOURS = STYLE["axes.prop_cycle"].by_key()["color"]
SOFT = STYLE["axes.labelcolor"]
IN_PAGES = {colour: f"var(--c{number})" for number, colour in enumerate(COLOURS)}
IN_PAGES |= {SOFT: "var(--soft)", STYLE["grid.color"]: "var(--rule)", "'DejaVu Sans', sans-serif": "inherit"}
UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}  # the same chart is the same file

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What one chart shows."""

    title: str
    lines: Mapping[str, Points]
    """(step, value) points by name, at most six lines."""
    note: str = ""
    """A sentence that a page has under the title."""
    axis: str = "step"
    """What is counted from left to right."""
    levels: Mapping[str, float] = field(default_factory=dict)
    """Named horizontal lines to compare with."""
    spacing: Literal["linear", "log", "even"] = "linear"
    """From left to right. All but `linear` name every step; `even` sets one as far from the next as all others."""


def inline_svg(chart: Chart, width: int = WIDTH) -> str:
    """A chart without title and legend as an element of a page; a point under the pointer tells its step and value."""
    with drawn_alike():
        figure = Figure((width / 72, HEIGHT / 72), dpi=72, layout="constrained")
        axes = figure.add_subplot()
        plot(chart, axes)
        svg = io.StringIO()
        figure.savefig(svg, format="svg", transparent=True)
    text = svg.getvalue()
    for in_file, in_page in IN_PAGES.items():
        text = text.replace(in_file, in_page)
    root = ElementTree.fromstring(text)
    for unneeded in [part for part in root if part.tag.endswith(("metadata", "defs"))]:
        root.remove(unneeded)
    for element in root.iter():  # a page has many charts, so no ids; and it needs no namespaces
        element.tag = element.tag.rpartition("}")[2]
        for name in ("id", "clip-path"):
            element.attrib.pop(name, None)
    add_points(root, chart, axes)
    root.attrib.update({"role": "img", "aria-label": ", ".join(chart.lines)})
    return ElementTree.tostring(root, encoding="unicode")


def save_charts(charts: Sequence[Chart], output: Path) -> None:
    """Write charts side by side, with titles and legends, as PNG, SVG or PDF; an earlier file is replaced.

    Args:
        charts: from left to right.
        output: whose ending tells the kind.

    Raises:
        RunError: the disk is full or refuses.
    """
    kind = output.suffix[1:].lower()
    height = FILE_HEIGHT + LINE_HEIGHT * max(len(chart.lines) for chart in charts)
    with drawn_alike():
        figure = Figure((WIDTH * len(charts) / 72, height / 72))
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
        for chart, axes in zip(charts, figure.subplots(1, len(charts), squeeze=False)[0], strict=True):
            lines = plot(chart, axes)
            axes.set_title(chart.title)
            axes.legend(lines, chart.lines, loc="upper left", bbox_to_anchor=(0, -0.12))
            for line in lines:
                line.set_marker("o" if len(line.get_xdata()) < FEW else "")
        with replacing(output) as partial, writing_to(output):
            figure.savefig(partial, format=kind, dpi=DPI, metadata=UNDATED.get(kind))


@contextmanager
def drawn_alike() -> Iterator[None]:
    """Drawing in this style, whatever the user has set for matplotlib, and silent where the font lacks a letter."""
    with style.context(["default", LOOK]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def plot(chart: Chart, axes: Axes) -> list[Any]:
    """The lines of a chart, drawn on axes between round numbers, with its levels."""
    steps = sorted({step for points in chart.lines.values() for step, _ in points})
    places: dict[str, Callable[[float], float]] = {"linear": float, "log": math.log, "even": steps.index}
    place = places[chart.spacing]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
    if chart.spacing != "linear":
        axes.set_xticks([place(step) for step in steps], [counted(step) for step in steps])
    axes.set_xlabel(chart.axis)
    lines = [
        axes.plot([place(step) for step, _ in points], [value for _, value in points], color=colour, clip_on=False)[0]
        for colour, points in zip(cycle(COLOURS), chart.lines.values(), strict=False)
    ]
    for name, value in chart.levels.items():
        axes.axhline(value, color=SOFT, linestyle=(0, (4, 4)), linewidth=1, clip_on=False)
        axes.annotate(name, (1, value), (0, 3), axes.get_yaxis_transform(), "offset points", color=SOFT, ha="right")
    return lines


def add_points(root: ElementTree.Element, chart: Chart, axes: Axes) -> None:
    """A disc on each point, seen where points are few, which names it when the pointer rests there."""
    for colour, line, (name, points) in zip(cycle(COLOURS), axes.lines, chart.lines.items(), strict=False):
        look = {"r": "3", "fill": IN_PAGES[colour]} if len(points) < FEW else {"r": "5", "fill": "transparent"}
        for (step, value), (x, y) in zip(points, axes.transData.transform(line.get_xydata()), strict=True):
            at = {"cx": f"{x:.1f}", "cy": f"{HEIGHT - y:.1f}"}
            title = ElementTree.SubElement(ElementTree.SubElement(root, "circle", look | at), "title")
            title.text = f"{name}, {chart.axis} {counted(step)}: {value:.4g}"


def counted(step: float) -> str:
    """1,500 or 0.03."""
    return f"{step:,.0f}" if step == round(step) else f"{step:.2g}"
