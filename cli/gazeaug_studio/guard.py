"""Who may ask: a token or its cookie, names of this machine only, and no other page's requests.

Host is checked against DNS rebinding, and Origin and Sec-Fetch-Site against requests that another page sends. That page
may be on another port of this machine: its requests count as same-site and carry cookies (Fetch standard; RFC 6265bis,
5.2).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import socket
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gazeaug_studio.errors import answer

READING = ("GET", "HEAD")
HOST = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<name>[A-Za-z0-9_.-]+))(?::\d{1,5})?")
OF_OWN_PAGE = (None, "same-origin", "none")
"""Values of Sec-Fetch-Site: none is what a person types; browsers up to 2023 may send nothing."""
ASK_AGAIN = "Open the address that gazeaug studio printed in the terminal; it holds the token."
GO_ON = '<!doctype html><meta http-equiv="refresh" content="0; url=/"><a href="/">gazeaug studio</a>'
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'; object-src 'none'; worker-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-cache",
}


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


def is_inside(host: str) -> bool:
    """Whether what is served at an address can be asked by this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def names_here(host: str) -> frozenset[str]:
    """Names under which this machine may be asked; its own names only where other machines can connect."""
    own = () if is_inside(host) else (host.lower(), socket.gethostname().lower(), socket.getfqdn().lower())
    return frozenset({"localhost", *own})


@dataclass(frozen=True)
class Guard:
    """ASGI middleware."""

    app: ASGIApp
    token: str
    names: frozenset[str]

    @property
    def cookie(self) -> str:
        """Name of the cookie. A browser has one jar for all ports of a host, and `ssh -L` may bring several studios."""
        return f"gazeaug-studio-{self.hashed(b'name')[:16]}"

    @property
    def pass_(self) -> str:
        """Value of the cookie, from which the token cannot be told."""
        return self.hashed(b"cookie")

    def hashed(self, purpose: bytes) -> str:
        """What the token makes for a purpose."""
        return hmac.new(self.token.encode(), purpose, hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is refused; hand on the rest, with headers that keep other pages out."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "there are none"})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        found = self.refusal(scope) or self.entry(scope)
        await (self.app if found is None else found)(scope, receive, send_with_headers)

    def refusal(self, scope: Scope) -> Response | None:
        """What is answered to a request that no page of the studio sends; None to others."""
        headers = Headers(scope=scope)
        host, origins = headers.get("host", ""), headers.getlist("origin")
        if len(headers.getlist("host")) != 1 or not is_known(host, self.names):
            return answer(403, "This name is not one of this machine's (the Host header); use 127.0.0.1 or localhost.")
        is_own = [origin.lower() for origin in origins] == [f"http://{host.lower()}"]
        if not is_own and (origins or scope["method"] not in READING):
            return answer(403, "This request comes from another page (the Origin header).")
        if headers.get("sec-fetch-site") not in OF_OWN_PAGE and scope["path"] != "/":
            return answer(403, "This request comes from another page (the Sec-Fetch-Site header).")
        return None

    def entry(self, scope: Scope) -> Response | None:
        """What is answered to who comes with a token, or with nothing; None to who has the cookie."""
        headers, given = Headers(scope=scope), QueryParams(scope["query_string"]).get("token")
        if given is not None and scope["path"] == "/":
            return (
                self.admitted(headers)
                if same(given, self.token)
                else answer(401, f"The token is not right. {ASK_AGAIN}")
            )
        is_admitted = any(same(value, self.pass_) for value in cookies(headers, self.cookie))
        return None if is_admitted else answer(401, ASK_AGAIN)

    def admitted(self, headers: Headers) -> Response:
        """To the page without the token in its address, with the cookie.

        A browser keeps a strict cookie back on a redirect that another page's link led to, the page in a file that
        opens the browser among them; a page of the studio then goes on.
        """
        is_typed = headers.get("sec-fetch-site") in OF_OWN_PAGE
        response = RedirectResponse("/", 303) if is_typed else HTMLResponse(GO_ON)
        response.set_cookie(self.cookie, self.pass_, httponly=True, samesite="strict", path="/")
        response.headers["Cache-Control"] = "no-store"
        return response


def cookies(headers: Headers, name: str) -> list[str]:
    """Values of the cookies of a name: a page on another port can set one of the same name."""
    pairs = [pair.strip().partition("=") for text in headers.getlist("cookie") for pair in text.split(";")]
    return [value for key, _, value in pairs if key == name]


def same(given: str, wanted: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), wanted.encode())
