"""Own files that came with their folder from elsewhere, in an archive or a copy: nothing of them acts by itself.

Jobs that wait are commands that a server would run, and whoever made the archive knows the token. No archive keeps the
number that a file system gives to a folder (its inode), so the own files hold theirs.
"""

from __future__ import annotations

import os
from pathlib import Path

from gazeaug_studio.jobs import Jobs
from gazeaug_studio.workspace import OWN, Workspace

MARK, TOKEN = "made-here", "token"
CAME = "It came with the folder from elsewhere, so it does not start by itself; Start again starts it."


def check_origin(workspace: Workspace) -> None:
    """Take over own files that were not made where they are: links among them and the token go, jobs do not wait."""
    own = workspace.root / OWN
    number = str(own.stat().st_ino)
    if read(own / MARK) == number:
        return
    remove_links(own)
    (own / TOKEN).unlink(missing_ok=True)
    for job in Jobs(workspace.root).unfinished():
        if not job.is_alive:
            job.end("stopped", None, CAME)
    (own / MARK).write_text(number)


def read(path: Path) -> str:
    """A short text; empty where there is none."""
    if path.is_symlink() or not path.is_file():
        return ""
    return path.read_bytes()[:40].decode("ascii", "replace")


def remove_links(folder: Path) -> None:
    """Delete the links in a folder, not what they lead to: the studio deletes old files among its own."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if os.path.islink(path := os.path.join(parent, name)):
                os.unlink(path)
