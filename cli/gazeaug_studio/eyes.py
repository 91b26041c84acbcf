"""The addresses of eye files; what answers them is imported with the first request, since HDF5 takes its time."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from threading import Thread
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gazeaug_studio.bodies import with_body


def of(module: str, name: str) -> Callable[..., Any]:
    """A handler by the name of its module."""

    def handler(request: Request, *body: Any) -> Response:
        found: Response = getattr(import_module(f"gazeaug_studio.{module}"), name)(request, *body)
        return found

    return handler


def load() -> None:
    """Import it ahead of the first request, in a thread of its own."""
    Thread(target=import_module, args=["gazeaug_studio.rows"], daemon=True).start()


ROUTES = [
    Route("/api/eyes", of("eye_info", "info")),
    Route("/api/eyes/rows", of("rows", "rows")),
    Route("/api/eyes/marks", of("rows", "marks")),
    Route("/api/eyes/labels", of("rows", "labels")),
    Route("/api/eyes/map", of("histograms", "gaze_map")),
    Route("/api/eyes/histogram", of("histograms", "histogram")),
    Route("/api/eyes/select", with_body(of("selection", "select")), methods=["POST"]),
    Route("/api/eyes/tags", of("tag_routes", "show")),
    Route("/api/eyes/tags", with_body(of("tag_routes", "change")), methods=["POST"]),
    Route("/api/eyes/tags/rows-file", with_body(of("tag_routes", "write_rows_file")), methods=["POST"]),
]
