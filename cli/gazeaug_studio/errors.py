"""How errors reach the page: a status and one sentence as JSON, never a traceback."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gazeaug.errors import GazeaugError, InputError
from gazeaug_studio.answers import JSONResponse

FULL = {errno.ENOSPC, errno.EDQUOT}
SENTENCES: Mapping[int, str] = {
    401: "The system does not let the studio read this.",
    404: "There is nothing at this address.",
    405: "This address does not take that.",
}


class Refused(GazeaugError):  # noqa: N818 - what it is, not what went wrong
    """A request that is not served, with the status of its answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def answer(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A sentence as JSON: {"error": ...}."""
    return JSONResponse({"error": sentence}, status, headers)


def on_refused(request: Request, error: Exception) -> Response:
    """The answer to what the studio refuses itself."""
    assert isinstance(error, Refused)
    return answer(error.status, str(error))


def on_gazeaug_error(request: Request, error: Exception) -> Response:
    """422 for a bad file or option, 500 for a failure on the way; the library's sentence, with names in the folder."""
    sentence = request.app.state.studio.workspace.in_folder(str(error))
    return answer(422 if isinstance(error, InputError) else 500, sentence)


def on_http_error(request: Request, error: Exception) -> Response:
    """Unknown addresses and methods."""
    assert isinstance(error, HTTPException)
    return answer(error.status_code, SENTENCES.get(error.status_code, str(error.detail)), error.headers)


def on_os_error(request: Request, error: Exception) -> Response:
    """What the system refuses: a file that has gone, permissions, a full disk."""
    assert isinstance(error, OSError)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return answer(404, "The file is no longer there; reload the page.")
    if error.errno in FULL:
        return answer(507, "The disk is full; delete something, then try again.")
    return answer(500, f"The system refused: {error.strerror or type(error).__name__}.")


def on_any_error(request: Request, error: Exception) -> Response:
    """A fault of the studio itself; uvicorn prints the traceback in the terminal."""
    return answer(500, "A fault of the studio itself; the terminal that it was started from says more.")


HANDLERS = {
    Refused: on_refused,
    GazeaugError: on_gazeaug_error,
    HTTPException: on_http_error,
    OSError: on_os_error,
    Exception: on_any_error,
}
