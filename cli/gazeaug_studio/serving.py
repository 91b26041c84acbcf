"""Serving the studio: the port, the address with its token, the browser."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from gazeaug.errors import InputError
from gazeaug_studio.app import make_app
from gazeaug_studio.commands import Commands
from gazeaug_studio.guard import names_here, read_token
from gazeaug_studio.workspace import Workspace

ANYWHERE = ("0.0.0.0", "::")


class Server(uvicorn.Server):
    """A server that tells when it answers."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], object]) -> None:
        super().__init__(config)
        self.on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        self.on_started()


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any free one.

    Raises:
        InputError: the port is in use, or the address is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        found = socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(
            f"--host {host} --port {port}: cannot be served ({error.strerror}); "
            "give another --port, or 0 for a free one."
        ) from error
    return found


def serve(folder: Path, commands: Commands, *, host: str, port: int, browse: bool, say: Callable[[str], None]) -> None:
    """Serve a folder until Ctrl-C.

    Raises:
        InputError: there is no such folder, or the port cannot be served.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder to work in.")
    workspace = Workspace.at(folder)
    token = read_token(workspace.own("token"))
    with bound(host, port) as listener:
        port = listener.getsockname()[1]
        shown = "127.0.0.1" if host in ANYWHERE else f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{port}/?token={token}"
        app = make_app(workspace, commands, token=token, names=names_here(host), port=port)

        def tell() -> None:
            say(f"studio of {workspace.root}: {address}")
            if browse:
                webbrowser.open(address)

        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, lifespan="off")
        Server(config, tell).run(sockets=[listener])
