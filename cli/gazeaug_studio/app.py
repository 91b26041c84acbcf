"""The web application: its addresses, by the module that answers them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import gazeaug
from gazeaug_studio import (
    command_routes,
    comparing,
    eyes,
    files,
    job_routes,
    listing,
    pair_check,
    photographs,
    run_routes,
    uploads,
)
from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.commands import Commands
from gazeaug_studio.errors import HANDLERS
from gazeaug_studio.guard import Guard
from gazeaug_studio.studio import Studio, studio_of
from gazeaug_studio.workspace import Workspace

STATIC = Path(__file__).with_name("static")


def index(request: Request) -> FileResponse:
    """The page."""
    return FileResponse(STATIC / "index.html")


def about(request: Request) -> JSONResponse:
    """Name of the folder and version."""
    root = studio_of(request).workspace.root
    return JSONResponse({"folder": str(root), "name": root.name, "version": gazeaug.__version__})


def make_app(workspace: Workspace, commands: Commands, *, token: str, names: frozenset[str]) -> Starlette:
    """The application.

    Args:
        workspace: the folder that is served.
        commands: what can be run.
        token: what the address must hold once.
        names: of this machine, see `gazeaug_studio.guard.names_here`.
    """
    routes: list[Any] = [
        Route("/", index),
        Route("/api/about", about),
        *comparing.ROUTES,
        *eyes.ROUTES,
        *job_routes.ROUTES,
        *command_routes.ROUTES,
        *listing.ROUTES,
        *pair_check.ROUTES,
        *run_routes.ROUTES,
        *files.ROUTES,
        *photographs.ROUTES,
        *uploads.ROUTES,
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, token=token, names=names)],
        exception_handlers=HANDLERS,
    )
    app.state.studio = Studio(workspace, commands)
    return app
