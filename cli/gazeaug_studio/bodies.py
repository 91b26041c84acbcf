"""What comes with a request: bounded JSON bodies, and values of the address."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from gazeaug_studio.errors import Refused

MOST_BODY_BYTES = 4 << 20


def with_body(handler: Callable[[Request, dict[str, Any]], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint of a function that takes the request and its body, a JSON object; it runs in a thread."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(handler, request, await read_object(request))

    return endpoint


async def read_object(request: Request) -> dict[str, Any]:
    """The body as a mapping.

    Raises:
        Refused: 413 where it is too large, 400 where it is no JSON object.
    """
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MOST_BODY_BYTES:
            raise Refused(413, f"The request is larger than {MOST_BODY_BYTES >> 20} MiB.")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The request is no JSON.") from error
    if not isinstance(found, dict):
        raise Refused(400, "The request must be a JSON object.")
    return found


def needed(request: Request, name: str) -> str:
    """A value of the address; raises Refused with 400 where it is missing."""
    value = request.query_params.get(name)
    if not value:
        raise Refused(400, f"The address needs {name}=...")
    return value


def whole_number(text: str, name: str) -> int:
    """A number of at least 0 in a request; raises Refused with 400."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Refused(400, f"{name} must be a whole number of at least 0, got '{text[:40]}'.")
    return int(text)
