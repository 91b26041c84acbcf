"""The addresses of jobs."""

from __future__ import annotations

import os
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.bodies import whole_number, with_body
from gazeaug_studio.command_routes import wanted
from gazeaug_studio.errors import Refused
from gazeaug_studio.jobs import Job
from gazeaug_studio.queues import Queues, described
from gazeaug_studio.studio import studio_of

MOST_LOG_BYTES = 256 << 10


def queues_of(request: Request) -> Queues:
    """The queues of the studio that a request is for."""
    studio = studio_of(request)
    return Queues(studio.workspace, studio.commands)


def named(request: Request) -> Job:
    """The job in the address."""
    return queues_of(request).find(request.path_params["ident"])


def answer(job: Job, status: int = 200) -> JSONResponse:
    """A job; what has just been removed is not found."""
    found = described(job)
    if found is None:
        raise Refused(404, "There is no such job; it may have been removed.")
    return JSONResponse(found, status)


def list_jobs(request: Request) -> Response:
    """All jobs, newest first."""
    return JSONResponse({"jobs": queues_of(request).all()})


def start_job(request: Request, body: dict[str, Any]) -> Response:
    """Add a job: {command, given, at_once}."""
    at_once = body.get("at_once", False)
    if not isinstance(at_once, bool):
        raise Refused(400, "at_once must be true or false.")
    return answer(queues_of(request).start(*wanted(body), at_once=at_once), 201)


def one_job(request: Request) -> Response:
    """One job."""
    return answer(named(request))


def read_log(request: Request) -> Response:
    """Output of a job as bytes, from an offset (`from`) or its last ones (`tail`); X-Next is where to go on."""
    path = named(request).folder / "log"
    start = whole_number(request.query_params.get("from", "0"), "from")
    tail = request.query_params.get("tail")
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            if tail is not None:
                start = max(0, size - whole_number(tail, "tail"))
            log.seek(min(start, size))
            data = log.read(MOST_LOG_BYTES)
    except FileNotFoundError:
        start, data = 0, b""
    headers = {"X-From": str(start), "X-Next": str(start + len(data))}
    return Response(data, media_type="text/plain; charset=utf-8", headers=headers)


def stop_job(request: Request, body: dict[str, Any]) -> Response:
    """Stop a job."""
    job = named(request)
    queues_of(request).stop(job)
    return answer(job)


def start_again(request: Request, body: dict[str, Any]) -> Response:
    """Start the command of a job again: {at_once}; the answer is the new job."""
    return answer(queues_of(request).again(named(request), at_once=body.get("at_once") is True), 201)


def remove_job(request: Request, body: dict[str, Any]) -> Response:
    """Remove the record of a job that has ended."""
    queues_of(request).remove(named(request))
    return JSONResponse({})


ROUTES = [
    Route("/api/jobs", list_jobs),
    Route("/api/jobs", with_body(start_job), methods=["POST"]),
    Route("/api/jobs/{ident}", one_job),
    Route("/api/jobs/{ident}/log", read_log),
    Route("/api/jobs/{ident}/stop", with_body(stop_job), methods=["POST"]),
    Route("/api/jobs/{ident}/again", with_body(start_again), methods=["POST"]),
    Route("/api/jobs/{ident}/remove", with_body(remove_job), methods=["POST"]),
]
