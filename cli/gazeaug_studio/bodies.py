"""What comes with a request: bounded JSON bodies, and values of the address."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gazeaug_studio.errors import Refused

MOST_BODY_BYTES = 4 << 20
SILENCE_S = 30.0  # in which a part of a body must come


def with_body(handler: Callable[[Request, dict[str, Any]], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint of a function that takes the request and its body, a JSON object; it runs in a thread."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(handler, request, await read_object(request))

    return endpoint


async def parts_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes.

    Raises:
        Refused: 408 where it stops coming, 400 where the page has gone.
    """
    stream = aiter(request.stream())
    while True:
        try:
            yield await asyncio.wait_for(anext(stream), SILENCE_S)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise Refused(408, f"The request stopped coming for {SILENCE_S:.0f} s.") from error
        except ClientDisconnect as error:
            raise Refused(400, "The request broke off.") from error


async def read_object(request: Request) -> dict[str, Any]:
    """The body as a mapping.

    Raises:
        Refused: 413 where it is too large, 400 where it is no JSON object, 408 where it stops coming.
    """
    data = bytearray()
    async for part in parts_of(request):
        data += part
        if len(data) > MOST_BODY_BYTES:
            raise Refused(413, f"The request is larger than {MOST_BODY_BYTES >> 20} MiB.")
    return await run_in_threadpool(parsed, data)


def parsed(data: bytearray) -> dict[str, Any]:
    """JSON of a body; what Python takes beyond JSON (NaN, halves of characters, endless numbers) is refused."""
    try:
        found = json.loads(data, parse_constant=refuse, parse_float=finite)
        if b"\\ud" in data.lower():
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The request is no JSON.") from error
    if not isinstance(found, dict):
        raise Refused(400, "The request must be a JSON object.")
    return found


def refuse(text: str) -> NoReturn:
    """NaN and Infinity are none of JSON's numbers."""
    raise ValueError(text)


def finite(text: str) -> float:
    """A number that a float can hold."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


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
