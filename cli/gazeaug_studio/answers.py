"""Answers: JSON that holds any name of a file, bytes, and "not modified"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette import responses
from starlette.requests import Request
from starlette.responses import Response


class JSONResponse(responses.JSONResponse):
    """JSON in ASCII: names of files may hold bytes that are no text, which UTF-8 cannot say."""

    def render(self, content: Any) -> bytes:
        """The content as JSON."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


class BytesResponse(Response):
    """Numbers as they lie in memory."""

    media_type = "application/octet-stream"


def not_modified(request: Request, etag: str, headers: Mapping[str, str] | None = None) -> Response | None:
    """The answer 304 where the page has what goes by this ETag; None where it has not."""
    is_known = etag in request.headers.get("if-none-match", "")
    return Response(status_code=304, headers={**(headers or {}), "ETag": etag}) if is_known else None
