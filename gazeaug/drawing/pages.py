"""HTML pages by jinja2: everything that is filled in is escaped, style and charts are inside, nothing is fetched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gazeaug.drawing.charts import WIDTH
from gazeaug.effort import Effort
from gazeaug.outputs import write_text


@dataclass(frozen=True, kw_only=True)
class KeyFigure:
    """One of the figures at the top of a page."""

    name: str
    """What is measured, in two or three words."""
    value: str
    """As people read it: "62", "0.41"; a dash where it is not known."""
    unit: str = ""
    """"%", "px", "degrees"."""
    interval: str = ""
    """How sure it is: "95 % interval 58 to 66 %"."""
    meaning: str
    """What the value says, in one sentence, and what a good one would be."""


class Drawn(Protocol):
    """What the macro `chart` takes: a `Chart`, a `Comparison`, or anything else that draws itself."""

    @property
    def title(self) -> str:
        """What the chart shows."""

    @property
    def note(self) -> str:
        """A sentence under the title; empty for none."""

    @property
    def keys(self) -> list[str] | tuple[str, ...]:
        """Names to explain by the colours of their lines."""

    def svg(self, width: int) -> str:
        """An element of a page."""


def svg(drawn: Drawn, width: int = WIDTH) -> Markup:
    """A chart as an element, which its own code has made safe."""
    return Markup(drawn.svg(width))


def spoken(name: str) -> str:
    """The name of an option or a measurement without underscores."""
    return name.strip("_").replace("_", " ")


PAGES = Environment(
    loader=PackageLoader("gazeaug", ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters |= {"svg": svg, "spoken": spoken, "as_json": json.dumps}


def write_page(output: Path, template: str, *, effort: Effort | None = None, **values: Any) -> Path:
    """Write a page; an earlier one is replaced.

    Args:
        output: where to.
        template: its path in the package; it extends drawing/base.html, and drawing/macros.html has what pages share.
        effort: what the results on the page cost; None where that was not recorded.
        values: what the template names.

    Raises:
        RunError: the disk is full or refuses.
    """
    write_text(output, PAGES.get_template(template).render(effort=effort, **values))
    return output
