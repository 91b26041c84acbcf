"""Commands as the page asks for them: the listing, a description for a form, and the line that given values make."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.bodies import needed, with_body
from gazeaug_studio.commands import line_in
from gazeaug_studio.errors import Refused
from gazeaug_studio.queues import queue_of
from gazeaug_studio.studio import studio_of


def wanted(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Command and values of a request {command, given}; raises Refused with 400 for another one."""
    command, given = body.get("command"), body.get("given", {})
    if not isinstance(command, str) or not isinstance(given, dict):
        raise Refused(400, "A command is {command: text, given: {name: value}}.")
    return command, given


def listing(request: Request) -> JSONResponse:
    """Name, section and text of each command."""
    return JSONResponse({"commands": studio_of(request).commands.listing()})


def describe(request: Request) -> JSONResponse:
    """What a command takes."""
    return JSONResponse(studio_of(request).commands.describe(needed(request, "name")))


def line(request: Request, body: dict[str, Any]) -> JSONResponse:
    """The line of given values, its words behind `gazeaug`, and the queue that a job of it would wait in."""
    studio = studio_of(request)
    found = line_in(studio.workspace, studio.commands, *wanted(body))
    text = studio.commands.text(found.words)
    return JSONResponse({"line": text, "words": found.words, "queue": queue_of(found.device)})


ROUTES = [
    Route("/api/commands", listing),
    Route("/api/commands/describe", describe),
    Route("/api/line", with_body(line), methods=["POST"]),
]
