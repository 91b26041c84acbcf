"""JSON answers that hold any name of a file."""

from __future__ import annotations

import json
from typing import Any

from starlette import responses


class JSONResponse(responses.JSONResponse):
    """JSON in ASCII: names of files may hold bytes that are no text, which UTF-8 cannot say."""

    def render(self, content: Any) -> bytes:
        """The content as JSON."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")
