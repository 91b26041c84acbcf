"""The token of a folder, in a file that its owner alone can read."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

SHORTEST = 32


def token_in(path: Path) -> str:
    """The token in a file; a new one where there is none that can be trusted, so a restart keeps the old one.

    Where it cannot be written (a folder for reading only, a full disk), it lasts until the server ends.
    """
    token = read_trusted(path)
    if token is None:
        token = secrets.token_urlsafe(SHORTEST)
        try:
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(token)
        except OSError:
            pass
    return token


def read_trusted(path: Path) -> str | None:
    """The token, unless another user could have read or written it: links, other owners and open modes do not count."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(number, "rb") as stream:
            found, token = os.fstat(number), stream.read(4096).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    is_private = os.name == "nt" or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
    return token if is_private and stat.S_ISREG(found.st_mode) and len(token) >= SHORTEST else None
