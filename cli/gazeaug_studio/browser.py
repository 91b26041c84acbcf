"""Opening the browser without showing the token to other users of the machine.

Every user can read the arguments of every process (`ps`). So the browser gets the name of a page that its owner alone
can read, and that page leads to the address; Jupyter Server does the same.
"""

from __future__ import annotations

import contextlib
import html
import os
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={0}"><a href="{0}">studio</a>'


def has_screen() -> bool:
    """Whether a browser would have a screen; over SSH there is none, and a browser of the terminal would block it."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def leading_page(address: str, folder: Path) -> Iterator[Path | None]:
    """A page that leads to an address, readable by its owner alone; None where the folder takes no file."""
    try:
        number, name = tempfile.mkstemp(prefix="open-", suffix=".html", dir=folder)
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            stream.write(PAGE.format(html.escape(address)))
    except OSError:
        yield None
        return
    try:
        yield Path(name)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)


def open_page(page: Path) -> None:
    """Show a page in the browser, in a thread: some browsers return only when they are closed."""
    threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()
