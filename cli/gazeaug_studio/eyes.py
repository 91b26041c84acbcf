"""The addresses of eye files; what answers them is imported with the first request, since HDF5 takes its time."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def of(module: str, name: str) -> Callable[..., Any]:
    """A handler by the name of its module."""

    def handler(request: Request, *body: Any) -> Response:
        found: Response = getattr(import_module(f"gazeaug_studio.{module}"), name)(request, *body)
        return found

    return handler


ROUTES = [
    Route("/api/eyes", of("eye_info", "info")),
    Route("/api/eyes/rows", of("rows", "rows")),
    Route("/api/eyes/marks", of("rows", "marks")),
    Route("/api/eyes/labels", of("rows", "labels")),
]
