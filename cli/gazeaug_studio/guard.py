"""Who may ask: a token or its cookie, names of this machine only, and no other page's requests.

Host is checked against DNS rebinding, and Origin against requests that another page sends. That page may be on another
port of this machine: its requests count as same-site and carry cookies (Fetch standard; RFC 6265bis, 5.2).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gazeaug_studio.errors import answer

READING = ("GET", "HEAD")
HOST = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<name>[A-Za-z0-9_.-]+))(?::\d{1,5})?")
ASK_AGAIN = "Open the address that gazeaug studio printed in the terminal; it holds the token."
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def read_token(path: Path) -> str:
    """The token in a file that its owner alone can read; made where there is none, so a restart keeps the old one."""
    try:
        token = path.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        token = ""
    if len(token) < 32:
        token = secrets.token_urlsafe(32)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(token)
    return token


def is_known(host: str, names: frozenset[str]) -> bool:
    """Whether a Host header names this machine: by an address, as localhost, or by a name of its own.

    An address cannot be rebound, and the port may be another one at the far end of `ssh -L`.
    """
    found = HOST.fullmatch(host)
    if found is None:
        return False
    name = (found["v6"] or found["name"]).lower()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name in names
    return True


def names_here(host: str) -> frozenset[str]:
    """Names under which this machine may be asked."""
    return frozenset({"localhost", host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()})


@dataclass(frozen=True)
class Guard:
    """ASGI middleware."""

    app: ASGIApp
    token: str
    names: frozenset[str]
    port: int

    @property
    def cookie(self) -> str:
        """Name of the cookie; a browser has one jar for all ports of a machine."""
        return f"gazeaug-studio-{self.port}"

    @property
    def pass_(self) -> str:
        """Value of the cookie, from which the token cannot be told."""
        return hmac.new(self.token.encode(), b"cookie", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is refused; hand on the rest, with headers that keep other pages out."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self.refusal(scope)
        await (self.app if refusal is None else refusal)(scope, receive, send_with_headers)

    def refusal(self, scope: Scope) -> Response | None:
        """What is answered in place of the application; None where the request may pass."""
        headers, query = Headers(scope=scope), QueryParams(scope["query_string"])
        if not is_known(headers.get("host", ""), self.names):
            return answer(403, "This name is not one of this machine's (the Host header); use 127.0.0.1 or localhost.")
        origin = headers.get("origin")
        if scope["method"] not in READING and (origin is None or urlsplit(origin).netloc != headers["host"]):
            return answer(403, "This request comes from another page (the Origin header).")
        if headers.get("sec-fetch-site") == "cross-site" and scope["path"] != "/":
            return answer(403, "This request comes from another page (the Sec-Fetch-Site header).")
        given = query.get("token")
        if given is not None and scope["path"] == "/":
            return self.admitted() if same(given, self.token) else answer(401, f"The token is not right. {ASK_AGAIN}")
        cookies = cookie_parser(headers.get("cookie", ""))
        return None if same(cookies.get(self.cookie, ""), self.pass_) else answer(401, ASK_AGAIN)

    def admitted(self) -> Response:
        """To the page without the token in its address, with the cookie."""
        response = RedirectResponse("/", 303)
        response.set_cookie(self.cookie, self.pass_, httponly=True, samesite="strict", path="/")
        return response


def same(given: str, wanted: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), wanted.encode())
