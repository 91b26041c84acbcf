"""A page of the studio in a real browser, and what went wrong on it."""

from __future__ import annotations

from typing import Any

from tests.makers.studio import Asker


class StudioPage:
    """A part of the studio, in a context of its own; `wrong` is what it complained of, or asked elsewhere."""

    def __init__(self, browser: Any, studio: Asker, part: str = "", width: int = 1360, scheme: str = "light") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.origin, self.wrong = f"http://127.0.0.1:{studio.port}", list[str]()
        own, note = (f"{self.origin}/", f"blob:{self.origin}/"), self.wrong.append
        self.page.on("request", lambda request: request.url.startswith(own) or note(request.url))
        self.page.on("console", lambda message: note(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: note(str(error)))
        self.page.goto(studio.address)
        self.page.goto(f"{self.origin}/#/{part}")

    def close(self) -> None:
        """End, without a complaint."""
        self.context.close()
        assert self.wrong == []
