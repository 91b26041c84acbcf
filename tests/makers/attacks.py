"""Attacks on a studio, each with what it got: the table of docs/studio.md, and requests as a test sends them."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.makers.studio import TOKEN, Answer, Asker

ORIGIN, HOST = "http://127.0.0.1:{port}", "127.0.0.1:{port}"
OTHER_PAGE = "This request comes from another page"
NO_NAME = "This name is not one of this machine's (the Host header)"
ASK_AGAIN = "Open the address that gazeaug studio printed in the terminal"
NO_JSON = "The request is no JSON."
OUTSIDE = "outside of the folder"
OWN = "the studio's own files are not shown"
NO_HTTP = "Invalid HTTP request received."
NOTHING = "There is nothing at this address."
Values = str | tuple[str, ...] | None


@dataclass(frozen=True)
class Attack:
    """A request, and how it is answered."""

    what: str
    line: str
    status: int
    said: str
    """The sentence of the answer begins with it, or holds it behind a name."""
    headers: Mapping[str, Values] = field(default_factory=dict)
    """In place of what a browser of the studio's own page sends: None leaves one out, several are sent as such."""
    body: str = ""
    shown_body: str = ""
    """What the table shows of a long one."""
    is_whole: bool = True
    """Whether the head ends."""

    @property
    def row(self) -> str:
        """Its row of the table."""
        headers = [f"`{name}: {shown(value)}`" for name, values in self.headers.items() for value in many(values)]
        left_out = [f"no `{name}`" for name, values in self.headers.items() if values is None]
        body = [f"body `{self.shown_body or self.body}`"] if self.body or self.shown_body else []
        request = ", ".join([f"`{shown(self.line)}`", *headers, *left_out, *body])
        return f"| {self.what} | {request} | {self.status}: {self.said} |"


def many(values: Values) -> tuple[str, ...]:
    """Values of a header."""
    return () if values is None else (values,) if isinstance(values, str) else values


def shown(text: str) -> str:
    """A text of a request in the table."""
    text = text.replace("{port}", "8750").replace("{token}", "TOKEN").replace("{name}", "NAME")
    return f"{text[:40]}... ({len(text):,} characters)" if len(text) > 120 else text


READ, WRITE = "GET /api/eyes?file=eyes.h5", "POST /api/line"
ATTACKS = [
    Attack("DNS rebinding: a page whose own name leads here", READ, 403, NO_NAME, {"Host": "evil.example:{port}"}),
    Attack("a name that only begins like ours", READ, 403, NO_NAME, {"Host": "localhost.evil.example"}),
    Attack("a name with a user before it", READ, 403, NO_NAME, {"Host": "localhost@evil.example"}),
    Attack("an empty name", READ, 403, NO_NAME, {"Host": ""}),
    Attack("no name", READ, 400, NO_HTTP, {"Host": None}),
    Attack("two names", READ, 400, NO_HTTP, {"Host": (HOST, "evil.example")}),
    Attack("a form of another site", WRITE, 403, OTHER_PAGE, {"Origin": "https://evil.example"}),
    Attack("a page on another port, with our cookie", WRITE, 403, OTHER_PAGE, {"Origin": "http://127.0.0.1:3000"}),
    Attack("a sandboxed page", WRITE, 403, OTHER_PAGE, {"Origin": "null"}),
    Attack("a request that hides its page", WRITE, 403, OTHER_PAGE, {"Origin": None}),
    Attack("two origins", WRITE, 403, OTHER_PAGE, {"Origin": (ORIGIN, "https://evil.example")}),
    Attack("an origin that begins like ours", WRITE, 403, OTHER_PAGE, {"Origin": f"{ORIGIN}.evil.example"}),
    Attack("an origin that is no address", WRITE, 403, OTHER_PAGE, {"Origin": "http://["}),
    Attack("another method from another page", "DELETE /api/jobs/1", 403, OTHER_PAGE, {"Origin": "null"}),
    Attack("a preflight", "OPTIONS /api/line", 403, OTHER_PAGE, {"Origin": "http://127.0.0.1:3000"}),
    Attack("reading from another page", READ, 403, OTHER_PAGE, {"Origin": "http://127.0.0.1:3000"}),
    Attack("an image, script or frame of another site", READ, 403, OTHER_PAGE, {"Sec-Fetch-Site": "cross-site"}),
    Attack("the same of another port", READ, 403, OTHER_PAGE, {"Sec-Fetch-Site": "same-site"}),
    Attack("no cookie", READ, 401, ASK_AGAIN, {"Cookie": None}),
    Attack("a cookie that is not ours", READ, 401, ASK_AGAIN, {"Cookie": "{name}=" + "0" * 64}),
    Attack("a cookie that is no text", READ, 401, ASK_AGAIN, {"Cookie": "{name}=\xff\xfe"}),
    Attack("a wrong token", "GET /?token=wrong", 401, "The token is not right.", {"Cookie": None}),
    Attack("a token that is no text", "GET /?token=%ff%00", 401, "The token is not right.", {"Cookie": None}),
    Attack("a long token", f"GET /?token={'a' * 10000}", 401, "The token is not right.", {"Cookie": None}),
    Attack("an empty token", "GET /?token=", 401, "The token is not right.", {"Cookie": None}),
    Attack("a token anywhere else", f"{READ}&token={{token}}", 401, ASK_AGAIN, {"Cookie": None}),
    Attack(
        "a WebSocket",
        "GET /api/jobs/ws",
        404,
        "There is no such job",
        {"Upgrade": "websocket", "Connection": "Upgrade"},
    ),
    Attack("TRACE", "TRACE /", 405, "This address does not take that."),
    Attack("two lengths", WRITE, 400, NO_HTTP, {"Content-Length": ("2", "20")}, "{}"),
    Attack("a head that does not end", READ, 400, NO_HTTP, {"X": "a" * (128 << 10)}, is_whole=False),
    Attack(
        "a body of 5 MiB", WRITE, 413, "The request is larger than 4 MiB.", body=" " * (5 << 20), shown_body="5 MiB"
    ),
    Attack("deep JSON", WRITE, 400, NO_JSON, body="[" * 100_000, shown_body="[[[..."),
    Attack(
        "a number of 5,000 digits", WRITE, 400, NO_JSON, body='{"a":' + "9" * 5000 + "}", shown_body='{"a": 999...}'
    ),
    Attack("a number that no float holds", WRITE, 400, NO_JSON, body='{"a": 1e999}'),
    Attack("what is no number", WRITE, 400, NO_JSON, body='{"a": NaN}'),
    Attack("half a character", WRITE, 400, NO_JSON, body='{"a": "\\ud800"}'),
    Attack("a list", WRITE, 400, "The request must be a JSON object.", body="[]"),
    Attack("a file above the folder", "GET /api/eyes?file=../secret.h5", 403, OUTSIDE),
    Attack("the same, encoded", "GET /api/eyes?file=%2e%2e%2fsecret.h5", 403, OUTSIDE),
    Attack("the same, encoded twice", "GET /api/eyes?file=%252e%252e%252fsecret.h5", 404, "no such file"),
    Attack("a file by its whole path", "GET /api/eyes?file=/etc/passwd", 403, OUTSIDE),
    Attack("a link that leads out", "GET /api/eyes?file=out.h5", 403, OUTSIDE),
    Attack("a folder that is a link", "GET /api/eyes?file=up/secret.h5", 403, OUTSIDE),
    Attack("a name with a NUL", "GET /api/eyes?file=eyes.h5%00.png", 400, "That is no name of a file."),
    Attack("a long name", f"GET /api/eyes?file={'a' * 5000}", 400, "That is no name of a file."),
    Attack("the token", "GET /api/eyes?file=.gazeaug-studio/token", 403, OWN),
    Attack("the token by dots", "GET /api/eyes?file=sub/../.gazeaug-studio/token", 403, OWN),
    Attack("two files, one of them good", "GET /api/eyes?file=eyes.h5&file=../secret.h5", 403, OUTSIDE),
    Attack(
        "a file of the system, through the files of the page", "GET /static/../../../../../etc/passwd", 404, NOTHING
    ),
    Attack("the same, encoded", "GET /static/%2e%2e/%2e%2e/%2e%2e/app.py", 404, NOTHING),
    Attack("a job above the folder of jobs", "GET /api/jobs/..%2f..%2f/log", 404, NOTHING),
]


def sent(attack: Attack, studio: Asker) -> Answer:
    """Send an attack byte for byte; what no client would send goes out, too."""
    name = studio.cookie.partition("=")[0]

    def filled(text: str) -> str:
        for key, value in {"port": str(studio.port), "token": TOKEN, "name": name}.items():
            text = text.replace(f"{{{key}}}", value)
        return text

    regular: dict[str, Values] = {"Host": HOST, "Cookie": studio.cookie, "Content-Length": str(len(attack.body))}
    if not attack.line.startswith("GET"):
        regular["Origin"] = ORIGIN
    headers = {**regular, "Connection": "close", **attack.headers}
    lines = [f"{name}: {value}" for name, values in headers.items() for value in many(values)]
    head = "\r\n".join([f"{attack.line} HTTP/1.1", *lines, *(["", ""] if attack.is_whole else [])])
    return exchanged(studio.port, filled(head).encode("latin-1") + attack.body.encode())


def exchanged(port: int, data: bytes) -> Answer:
    """What comes back for bytes, to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before it was read
            connection.sendall(data)
        with contextlib.closing(http.client.HTTPResponse(connection, method="GET")) as response:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
