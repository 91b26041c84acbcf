"""A studio that is served for a test, and a browser's part in asking it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from gazeaug_cli.catalogue import Catalogue
from gazeaug_studio.app import make_app
from gazeaug_studio.commands import Commands
from gazeaug_studio.guard import names_here
from gazeaug_studio.serving import Server, bound, configured
from gazeaug_studio.workspace import Workspace

TOKEN = "a-token-that-is-long-enough-for-tests"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.data)


@dataclass
class Asker:
    """Asks a studio as its page does; what is named in `headers` replaces what a browser would send."""

    port: int
    cookie: str = ""

    def ask(self, method: str, path: str, body: Any = None, **headers: str | None) -> Answer:
        """One request. Headers are written with underscores; None leaves one out."""
        host = f"127.0.0.1:{self.port}"
        sent = {"Host": host, "Cookie": self.cookie} | ({} if method == "GET" else {"Origin": f"http://{host}"})
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, data, {name: value for name, value in sent.items() if value is not None})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def get(self, path: str, **params: Any) -> Answer:
        """GET with values in the address."""
        return self.ask("GET", f"{path}?{urlencode(params)}" if params else path)

    def post(self, path: str, **body: Any) -> Answer:
        """POST of a JSON object."""
        return self.ask("POST", path, body)

    @property
    def address(self) -> str:
        """What a person opens."""
        return f"http://127.0.0.1:{self.port}/?token={TOKEN}"

    def enter(self) -> None:
        """Take the cookie, as a browser does with the address that was printed."""
        answer = self.ask("GET", f"/?token={TOKEN}")
        assert answer.status == 303, answer
        self.cookie = answer.headers["set-cookie"].partition(";")[0]


class QuickServer(Server):
    """A server that ends as soon as it is told, since hundreds of tests wait for theirs."""

    async def main_loop(self) -> None:
        """Until it is told to end."""
        while not self.should_exit:
            await asyncio.sleep(0.01)


@contextmanager
def studio_at(folder: Path, commands: Commands | None = None) -> Iterator[Asker]:
    """A studio of a folder in a thread of this process, entered; other commands than gazeaug's are a test's own."""
    with bound("127.0.0.1", 0) as listener:
        port, is_up = listener.getsockname()[1], threading.Event()
        app = make_app(Workspace.at(folder), commands or Catalogue(), token=TOKEN, names=names_here("127.0.0.1"))
        server = QuickServer(configured(app), is_up.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert is_up.wait(30)
        asker = Asker(port)
        asker.enter()
        yield asker
        server.should_exit = True
        thread.join(30)
