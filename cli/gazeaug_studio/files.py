"""Pictures, pages and texts of the folder, served so that nothing in them can act as the studio.

A page of the folder may hold anything: it gets an origin of its own (the CSP directive `sandbox` without
`allow-same-origin`), so the cookie is of no use to it, and it can load nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from gazeaug_studio.answers import not_modified
from gazeaug_studio.errors import Refused
from gazeaug_studio.studio import studio_of
from gazeaug_studio.workspace import Workspace

PAGES = (".html", ".htm")
TEXTS = (".csv", ".json", ".jsonl", ".log", ".md", ".toml", ".tsv", ".txt", ".yaml", ".yml")
PICTURES = {  # by their endings: the type, and what such a file begins with
    ".png": ("image/png", rb"\x89PNG\r\n\x1a\n"),
    ".jpg": ("image/jpeg", rb"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", rb"\xff\xd8\xff"),
    ".webp": ("image/webp", rb"RIFF....WEBP"),
    ".gif": ("image/gif", rb"GIF8[79]a"),
    ".bmp": ("image/bmp", rb"BM"),
}
MOST_TEXT_BYTES = 4 << 20  # that a browser shows without a wait; a longer text is downloaded

HEADERS = {
    "Content-Security-Policy": "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    # Browsers refuse a page in a tab of its own that is both sandboxed and held apart by this header (HTML standard,
    # 7.4.5: navigations are a network error then); a link that opens one says noopener instead.
    "Cross-Origin-Opener-Policy": "unsafe-none",
}


def shown_file(workspace: Workspace, name: str) -> Path:
    """A file of the folder that may be shown.

    Raises:
        Refused: 403 for hidden files, the studio's own and what leads out of the folder; 404 where there is no file.
    """
    path = workspace.there(name)
    if any(part.startswith(".") for part in Path(workspace.name(path)).parts):  # of what a link leads to, too
        raise Refused(403, f"{name}: hidden files are not shown.")
    if not path.is_file():
        raise Refused(404, f"{name}: not a file.")
    return path


def picture_type(path: Path) -> str | None:
    """The type of a picture that browsers show, where name and first bytes agree; None for anything else."""
    kind, begin = PICTURES.get(path.suffix.lower(), (None, b""))
    if kind is not None:
        with path.open("rb") as stream:
            head = stream.read(12)
        if re.match(begin, head, re.DOTALL) is None:
            return None
    return kind


def file(request: Request) -> Response:
    """GET /files/PATH: a picture, a page or a text to be shown; anything else as a download."""
    path = shown_file(studio_of(request).workspace, request.path_params["path"])
    state, ending = path.stat(), path.suffix.lower()
    if ending in TEXTS and state.st_size <= MOST_TEXT_BYTES:
        # Read at once: logs and figures of a run grow while they are sent.
        return Response(path.read_bytes(), headers=HEADERS, media_type="text/plain; charset=utf-8")
    kind = "text/html; charset=utf-8" if ending in PAGES else picture_type(path)
    saved_as = None if kind else path.name
    kind = kind or "application/octet-stream"
    found = FileResponse(path, headers=HEADERS, media_type=kind, filename=saved_as, stat_result=state)
    return not_modified(request, found.headers["etag"], HEADERS) or found


ROUTES = [Route("/files/{path:path}", file)]
