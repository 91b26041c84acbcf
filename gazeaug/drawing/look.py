"""How charts look, by matplotlib, and how one becomes an element of a page: SVG whose colours are the page's."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from matplotlib import rc_params_from_file, style
from matplotlib.figure import Figure

PIXELS = 72  # an inch, in pages
LOOK = Path(__file__).with_name("charts.mplstyle")
STYLE = rc_params_from_file(LOOK, use_default_template=False)
COLOURS = STYLE["axes.prop_cycle"].by_key()["color"]
SOFT, RULE = STYLE["axes.labelcolor"], STYLE["grid.color"]
INK, PAPER = STYLE["text.color"], STYLE["figure.facecolor"]
IN_PAGES = {colour: f"var(--c{number})" for number, colour in enumerate(COLOURS)}
IN_PAGES |= {SOFT: "var(--soft)", RULE: "var(--rule)", INK: "var(--ink)", PAPER: "var(--paper)"}
IN_PAGES |= {"'DejaVu Sans', sans-serif": "inherit"}


@contextmanager
def drawn_alike() -> Iterator[None]:
    """Drawing in this style, whatever the user has set for matplotlib, and silent where the font lacks a letter."""
    with style.context(["default", LOOK]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def figure_of(width: float, height: float) -> Figure:
    """An empty figure of so many pixels of a page; call it within `drawn_alike`."""
    return Figure((width / PIXELS, height / PIXELS), dpi=PIXELS, layout="constrained")


def page_svg(figure: Figure, label: str) -> ElementTree.Element:
    """A figure as an element of a page: it follows light and dark, and has no ids, since a page has many charts.

    Args:
        figure: drawn within `drawn_alike`, in the colours of this module.
        label: what it shows, for those who do not see it.
    """
    svg = io.StringIO()
    figure.savefig(svg, format="svg", transparent=True)
    text = svg.getvalue()
    for in_file, in_page in IN_PAGES.items():
        text = text.replace(in_file, in_page)
    root = ElementTree.fromstring(text)
    for unneeded in [part for part in root if part.tag.endswith(("metadata", "defs"))]:
        root.remove(unneeded)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for name in ("id", "clip-path"):
            element.attrib.pop(name, None)
    root.attrib.update({"role": "img", "aria-label": label})
    return root
