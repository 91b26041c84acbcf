"""Comparisons by matplotlib: a dot and its interval for each of several sets, one below the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree import ElementTree

from matplotlib.axes import Axes

from gazeaug.drawing.charts import WIDTH, Limits, round_ticks, within
from gazeaug.drawing.look import COLOURS, IN_PAGES, INK, SOFT, drawn_alike, figure_of, page_svg

ROW_HEIGHT, REST_HEIGHT = 34, 62  # in pixels of a page: of a set, and of the axis with its label
LONGEST_NAME = 26  # letters; a name is shortened in its middle beyond


class Measured(NamedTuple):
    """A figure and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What one comparison shows."""

    title: str
    rows: Mapping[str, Measured]
    """By name, from top to bottom."""
    note: str = ""
    """A sentence that a page has under the title."""
    axis: str = ""
    """What is measured, with its unit."""
    form: str = ".3g"
    """How a value is written beside its dot."""
    limits: Limits = (None, None)
    """What no value can be below and above."""
    levels: Mapping[str, float] = field(default_factory=dict)
    """Named vertical lines to compare with; all of them are within the axis."""
    keys: tuple[str, ...] = ()
    """Nothing to explain by colours: every row has its name."""

    def svg(self, width: int = WIDTH) -> str:
        """An element of a page; a dot under the pointer tells its value and interval."""
        height = REST_HEIGHT + ROW_HEIGHT * len(self.rows)
        with drawn_alike():
            figure = figure_of(width, height)
            axes = figure.add_subplot()
            self.plot(axes)
            root = page_svg(figure, f"{self.title}: {', '.join(self.rows)}")
        for place, (name, found) in enumerate(self.rows.items()):
            x, y = axes.transData.transform((found.value, place))
            disc = {"r": "5", "fill": IN_PAGES[COLOURS[0]], "cx": f"{x:.1f}", "cy": f"{height - y:.1f}"}
            title = ElementTree.SubElement(ElementTree.SubElement(root, "circle", disc), "title")
            title.text = f"{name}: {found.value:{self.form}} ({found.low:{self.form}} to {found.high:{self.form}})"
        return ElementTree.tostring(root, encoding="unicode")

    def plot(self, axes: Axes) -> None:
        """Draw on empty axes; the dots are elements of the page, where matplotlib's are links to one shape."""
        for place, found in enumerate(self.rows.values()):
            axes.plot((found.low, found.high), (place, place), color=COLOURS[0], linewidth=2, clip_on=False)
            text = f"{found.value:{self.form}}"
            axes.annotate(text, (found.value, place), (0, 8), textcoords="offset points", color=INK, ha="center")
        for name, value in self.levels.items():
            axes.axvline(value, color=SOFT, linestyle=(0, (4, 4)), linewidth=1)
            axes.annotate(
                name, (value, 1), (0, 4), axes.get_xaxis_transform(), "offset points", color=SOFT, ha="center"
            )
        round_ticks(axes.xaxis)
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xlim(*within(axes.get_xlim(), self.limits))
        axes.set_yticks(range(len(self.rows)), [shortened(name) for name in self.rows], color=INK)
        axes.set_ylim(len(self.rows) - 0.5, -0.75)
        axes.set_xlabel(self.axis)


def shortened(name: str) -> str:
    """A name that leaves room for what it names."""
    half = (LONGEST_NAME - 1) // 2
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}…{name[-half:]}"
