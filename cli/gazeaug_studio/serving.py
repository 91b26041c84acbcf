"""Serving the studio: the port, the address with its token, the browser, and the end."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from gazeaug.errors import InputError
from gazeaug_studio import eyes
from gazeaug_studio.app import make_app
from gazeaug_studio.arrivals import check_origin
from gazeaug_studio.browser import has_screen, leading_page, open_page
from gazeaug_studio.commands import Commands
from gazeaug_studio.connections import Connection
from gazeaug_studio.guard import is_inside, names_here
from gazeaug_studio.token_file import token_in
from gazeaug_studio.workspace import OWN, Workspace, printable

ANYWHERE = ("0.0.0.0", "::")
MOST_CONNECTIONS = 256
MOST_HEAD_BYTES = 128 << 10
"""The address of 4,096 rows is longer than the 16 KiB that h11 takes."""


class Server(uvicorn.Server):
    """A server that tells when it answers."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], object]) -> None:
        super().__init__(config)
        self.on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        self.on_started()


def configured(app: Starlette) -> uvicorn.Config:
    """How it is served, whatever other parsers and protocols of uvicorn are installed."""
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_level="error",
        access_log=False,  # it would hold the token
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=1,
    )


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any free one.

    Raises:
        InputError: the port is in use, or the address is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        found = socket.create_server((host, port), family=family)
    except (OSError, OverflowError, UnicodeError) as error:
        raise InputError(
            f"--host {host} --port {port}: cannot be served ({reason_of(error)}); "
            "give another --port, or 0 for a free one."
        ) from error
    # Inherited by its connections: asyncio sees to it only where a socket names its protocol, and an answer in two
    # parts would wait 40 ms for the first to be acknowledged.
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def reason_of(error: OSError | OverflowError | UnicodeError) -> str:
    """Why an address cannot be served; Python adds the address to the system's words for it."""
    if isinstance(error, OSError) and error.errno is not None:
        return str(error.strerror) if isinstance(error, socket.gaierror) else os.strerror(error.errno)
    return "there is no such address or port"


def serve(folder: Path, commands: Commands, *, host: str, port: int, browse: bool, say: Callable[[str], None]) -> None:
    """Serve a folder until Ctrl-C or SIGTERM, which are its regular ends.

    Raises:
        InputError: there is no such folder, its own files are another user's, or the port cannot be served.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder to work in.")
    workspace = Workspace.at(folder)
    workspace.check_owner()
    with contextlib.suppress(OSError):  # a folder for reading only is shown, too
        workspace.own("token")
        check_origin(workspace)
    token = token_in(workspace.root / OWN / "token")
    with ExitStack() as stack:
        listener = stack.enter_context(bound(host, port))
        port = listener.getsockname()[1]
        address = address_of("127.0.0.1" if host in ANYWHERE else host, port, token)
        page = stack.enter_context(leading_page(address, workspace.root / OWN)) if browse and has_screen() else None

        def tell() -> None:
            say(f"studio of {printable(str(workspace.root))}: {address}")
            if host in ANYWHERE:
                say(f"from other machines: {address_of(socket.gethostname(), port, token)}")
            if not is_inside(host):
                say("Other machines can connect, and what goes over the network is not encrypted; ssh -L is safer.")
            if page is not None:
                open_page(page)
            eyes.load()

        config = configured(make_app(workspace, commands, token=token, names=names_here(host)))
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises the signal again when it has ended
            Server(config, tell).run(sockets=[listener])
        say("the studio has ended; jobs go on without it")


def address_of(host: str, port: int, token: str) -> str:
    """What a person opens."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/?token={token}"
