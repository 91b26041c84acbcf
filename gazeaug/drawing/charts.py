"""Line charts by matplotlib: an element of a page, or a PNG, SVG or PDF file; with intervals where they are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from gazeaug.drawing.look import COLOURS, IN_PAGES, PIXELS, SOFT, drawn_alike, figure_of, page_svg
from gazeaug.outputs import replacing, writing_to

WIDTH, HEIGHT = 420, 220  # of one chart, in pixels of a page
FILE_HEIGHT, LINE_HEIGHT = 280, 16  # of one in a file without its legend, and of a line of that
DPI = 144  # of a PNG: two pixels for each of a page
FEW = 8  # points; each has a dot then
UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}  # the same chart is the same file

Points = Sequence[tuple[float, float]]
Limits = tuple[float | None, float | None]


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
    unit: str = ""
    """Of the values; stands above the axis."""
    limits: Limits = (None, None)
    """What no value can be below and above; the axis ends there at the latest."""
    intervals: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    """Low and high for every point of a line, by its name: drawn as error bars."""
    levels: Mapping[str, float] = field(default_factory=dict)
    """Named horizontal lines to compare with."""
    spacing: Literal["linear", "log", "even"] = "linear"
    """From left to right. All but `linear` name every step; `even` sets one as far from the next as all others."""

    @property
    def keys(self) -> list[str]:
        """Names that a page explains by their colours; none for a single line, which the title names."""
        return list(self.lines) if len(self.lines) > 1 else []

    def svg(self, width: int = WIDTH) -> str:
        """An element of a page, see `inline_svg`."""
        return inline_svg(self, width)


def inline_svg(chart: Chart, width: int = WIDTH) -> str:
    """A chart without title and legend as an element of a page; a point under the pointer tells its step and value."""
    with drawn_alike():
        figure = figure_of(width, HEIGHT)
        axes = figure.add_subplot()
        plot(chart, axes)
        axes.set_title(chart.unit, color=SOFT, fontsize="medium")
        root = page_svg(figure, f"{chart.title}: {', '.join(chart.lines)}")
    add_points(root, chart, axes)
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
        figure = Figure((WIDTH * len(charts) / PIXELS, height / PIXELS))
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
        for chart, axes in zip(charts, figure.subplots(1, len(charts), squeeze=False)[0], strict=True):
            lines = plot(chart, axes)
            axes.set_title(f"{chart.title}, {chart.unit}" if chart.unit else chart.title)
            axes.legend(lines, chart.lines, loc="upper left", bbox_to_anchor=(0, -0.12))
            for line in lines:
                line.set_marker("o" if len(line.get_xdata()) < FEW else "")
        with replacing(output) as partial, writing_to(output):
            figure.savefig(partial, format=kind, dpi=DPI, metadata=UNDATED.get(kind))


def plot(chart: Chart, axes: Axes) -> list[Any]:
    """The lines of a chart, drawn on axes between round numbers, with its intervals and levels."""
    steps = sorted({step for points in chart.lines.values() for step, _ in points})
    places: dict[str, Callable[[float], float]] = {"linear": float, "log": math.log, "even": steps.index}
    place = places[chart.spacing]
    for axis in (axes.xaxis, axes.yaxis):
        round_ticks(axis)
    if chart.spacing != "linear":
        axes.set_xticks([place(step) for step in steps], [counted(step) for step in steps])
    axes.set_xlabel(chart.axis)
    lines = []
    for colour, (name, points) in zip(cycle(COLOURS), chart.lines.items(), strict=False):
        at, values = [place(step) for step, _ in points], [value for _, value in points]
        lines += axes.plot(at, values, color=colour, clip_on=False)
        if bars := chart.intervals.get(name):
            axes.vlines(at, *zip(*bars, strict=True), color=colour, linewidth=1.4, clip_on=False)
    for name, value in chart.levels.items():
        axes.axhline(value, color=SOFT, linestyle=(0, (4, 4)), linewidth=1, clip_on=False)
        axes.annotate(
            name, (1, value), (0, 2), axes.get_yaxis_transform(), "offset points", color=SOFT, ha="right", va="bottom"
        )
    axes.set_ylim(*within(axes.get_ylim(), chart.limits))
    return lines


def round_ticks(axis: Axis) -> None:
    """Ticks at round numbers, written out."""
    axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def within(found: tuple[float, float], limits: Limits) -> tuple[float, float]:
    """The ends of an axis, drawn in to what values can be."""
    low = found[0] if limits[0] is None else max(found[0], limits[0])
    high = found[1] if limits[1] is None else min(found[1], limits[1])
    return low, high


def add_points(root: ElementTree.Element, chart: Chart, axes: Axes) -> None:
    """A disc on each point, seen where points are few, which names it when the pointer rests there."""
    for colour, line, (name, points) in zip(cycle(COLOURS), axes.lines, chart.lines.items(), strict=False):
        look = {"r": "3.5", "fill": IN_PAGES[colour]} if len(points) < FEW else {"r": "5", "fill": "transparent"}
        for (step, value), (x, y) in zip(points, axes.transData.transform(line.get_xydata()), strict=True):
            at = {"cx": f"{x:.1f}", "cy": f"{HEIGHT - y:.1f}"}
            title = ElementTree.SubElement(ElementTree.SubElement(root, "circle", look | at), "title")
            title.text = f"{name}, {chart.axis} {counted(step)}: {value:.4g} {chart.unit}".rstrip()


def counted(step: float) -> str:
    """1,500 or 0.03."""
    return f"{step:,.0f}" if step == round(step) else f"{step:.2g}"
