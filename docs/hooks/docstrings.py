"""How the reference reads docstrings: their `Example:` is a section of its own, in which >>> starts code."""

from __future__ import annotations

import re
from typing import Any

import griffe


class Examples(griffe.Extension):
    """Google's style has a section `Examples:` only."""

    def on_object(self, *, obj: griffe.Object, **others: Any) -> None:
        """Rename the section of one object's docstring."""
        if obj.docstring:
            obj.docstring.value = re.sub(r"^Example:$", "Examples:", obj.docstring.value, flags=re.M)
