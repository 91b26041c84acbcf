"""HTML pages by jinja2: everything that is filled in is escaped, style and charts are inside, nothing is fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gazeaug.drawing.charts import inline_svg
from gazeaug.outputs import write_text

PAGES = Environment(
    loader=PackageLoader("gazeaug", ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters |= {"svg": lambda *chart: Markup(inline_svg(*chart)), "as_json": json.dumps}


def write_page(output: Path, template: str, **values: Any) -> Path:
    """Write a page; an earlier one is replaced.

    Args:
        output: where to.
        template: its path in the package; it extends drawing/base.html, and drawing/macros.html has what pages share.
        values: what the template names.

    Raises:
        RunError: the disk is full or refuses.
    """
    write_text(output, PAGES.get_template(template).render(values))
    return output
